"""The rules for an entry in a few lines, from the constants that apply them."""

from tito.olympics import loadgen
from tito.olympics.athlete import ANSWER_SECONDS, LIFE_SECONDS, LOAD_SECONDS
from tito.olympics.files import MOST_BYTES, MOST_FILES
from tito.olympics.measuring import BATCH

IMPORTS = "an entry imports Python's own modules, NumPy, tinytorch and its own files"  # inside.py says it, too


def rules() -> list[tuple[str, str]]:
    """What an entry is and how it is handed in: (subject, rule)."""
    return [
        ("files", f"entry.py and what it needs: at most {MOST_FILES} plain files and {MOST_BYTES >> 20} MiB in all, "
                  "no folder, no compiled code"),
        ("load()", f"in entry.py; called once, at most {LOAD_SECONDS:.0f} s; returns predict"),
        ("predict(images)", "images: (N, 1, 8, 8) float32, normalized as by load_tinydigits; "
                            "returns N digits, an array (N,) of integers 0 to 9"),
        ("N", f"1 for latency, {BATCH} for memory, up to {loadgen.OFFLINE_MOST:,} under LoadGen; the answer to a photo "
              "is always the same"),
        ("time", f"at most {ANSWER_SECONDS:.0f} s for an answer and {LIFE_SECONDS:.0f} s for all"),
        ("imports", f"{IMPORTS}; a file lies at Path(__file__).parent"),
        ("process", "one thread, idle between its own questions; when verified no other process or thread, no network, "
                    "no file to write, no data set, no ctypes"),
        ("hand in", "tito olympics submit writes olympics/TEAM-EVENT.json: send that file to your instructor"),
    ]
