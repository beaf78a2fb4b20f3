"""What a milestone needs around its experiment: options, checks of the student's parts, figures, a verdict.

The same cells run in a notebook and, exported, as a script. As a script they print their text, save figures into
`results/`, report an error in one line, and exit with 1 when the expected result was not reached.
"""
import argparse
import json
import sys
import textwrap
import time
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from tito.files import write_whole
from tito.package_error import explain, is_missing, notebook_of


def results_of(script: Path) -> Path:
    """Where a milestone's script writes what it reached."""
    return script.parent / "results" / f"{script.stem}.json"


class Broken(Exception):
    """A part of the student's package does not do what the milestone needs. The message is one line."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback."""
        return [str(self)]


class Stage:
    def __init__(self, story: str | None, long: bool = False, talks: bool = False):
        """story: the module's docstring, which a script prints and whose first line `--help` shows.

        long: the script takes `--epochs K` too, which is then in `epochs` (None: all of them), and `--train`, which
        ends it where `leave` is called.
        talks: it takes `--chat` too, which is then in `chat`.
        """
        ipython = sys.modules.get("IPython")
        self.in_notebook = bool(ipython and ipython.get_ipython())
        self.quick = self.chat = self.only_train = False
        self.epochs: int | None = None
        self.folder = Path.cwd()
        self.claims: list[tuple[str, str, str, bool]] = []
        self.told: list[str] = []
        self.start = time.process_time()
        if not self.in_notebook:
            self._begin_script((story or "").strip(), long, talks)

    def _begin_script(self, story: str, long: bool, talks: bool) -> None:
        sys.excepthook = _one_line
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(encoding="utf-8", errors="replace")
        parser = argparse.ArgumentParser(description=story.split("\n")[0])
        parser.add_argument("--quick", action="store_true", help="a bounded version for machines without time")
        if long:
            parser.add_argument("--epochs", type=whole_number, metavar="K",
                                help="stop after K epochs, to go on another time")
            parser.add_argument("--train", action="store_true",
                                help="train the network, keep it in results/, and leave out all that comes after")
        if talks:
            parser.add_argument("--chat", action="store_true",
                                help="talk to the trained model; it is trained first where it is not yet")
        options = parser.parse_args()
        self.quick, self.epochs = options.quick, getattr(options, "epochs", None)
        self.chat, self.only_train = getattr(options, "chat", False), getattr(options, "train", False)
        self.folder = Path(sys.argv[0]).resolve().parent
        import matplotlib

        matplotlib.use("Agg")                  # a script saves its figures and opens no window
        print(story.split("\n")[0] if self.chat else story)

    def check(self, name: str, case: str, compute: Callable[[], object], expected) -> None:
        """Compute one known answer with the student's `name`; if it is wrong, say so in one line and stop.

        case: what is computed, in words that go before "gave ..."; expected: a number, a tuple or nested lists.
        """
        try:
            given = np.asarray(compute(), dtype=float)
        except Exception as error:
            told = explain(error)
            if not is_missing(error):
                told = f"{name} is broken: {case} raised {told}"
            if "notebook" not in told:
                told += f": see notebook {notebook_of(name)}"
            raise Broken(told) from None
        wanted = np.asarray(expected, dtype=float)
        if given.shape != wanted.shape or not np.allclose(given, wanted, rtol=1e-3, atol=1e-5):
            raise Broken(f"{name} is broken: {case} gave {_short(given)}, it should give {_short(wanted)}: "
                         f"see notebook {notebook_of(name)}")

    def show(self, name: str) -> None:
        """Show the current figure: inline in a notebook, as results/NAME.png beside a script."""
        import matplotlib.pyplot as plt

        plt.tight_layout()
        if self.in_notebook:
            plt.show()
            return
        path = self.folder / "results" / f"{Path(sys.argv[0]).stem[:2]}_{name}.png"
        try:
            path.parent.mkdir(exist_ok=True)
            plt.gcf().savefig(path, dpi=110)
            print(f"  figure: {self.place(path)}")
        except OSError as error:
            print(f"  figure not saved: {path} cannot be written ({error.strerror})")
        plt.close()

    def place(self, path: Path) -> str:
        """A file of this milestone, as it is named in the course folder."""
        return path.relative_to(self.folder.parents[1]).as_posix()

    def progress(self, items: Iterable, label: str) -> Iterable:
        """Go through items with a progress bar in a notebook or on a terminal, once that takes longer than a second."""
        from tqdm import tqdm

        place = sys.stdout if self.in_notebook else sys.stderr          # in a notebook stderr is red
        return tqdm(items, desc=label, delay=1, leave=False, file=place, disable=False if self.in_notebook else None)

    def ask(self, *questions: str) -> None:
        """Print questions to reflect on."""
        for number, question in enumerate(questions, start=1):
            print(textwrap.fill(f"{number}. {' '.join(question.split())}", width=100, subsequent_indent="   "))

    def tell(self, line: str) -> None:
        """Print a line that belongs to the results."""
        print(line)
        self.told.append(line)

    def expect(self, claim: str, measured: str, wanted: str, reached: bool) -> None:
        """Note one line of the verdict."""
        self.claims.append((claim, measured, wanted, bool(reached)))

    def verdict(self) -> None:
        """Print what was expected and what was measured. A script exits with 1 unless everything was reached."""
        rows = [("", "measured", "expected", "")]
        rows += [(*words, "yes" if reached else "NO") for *words, reached in self.claims]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        for row in rows:
            print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
        missed = [claim for claim, _, _, reached in self.claims if not reached]
        print("\nThe expected result is " + (f"NOT reached: {'; '.join(missed)}." if missed else "reached."))
        self._costs()
        if not self.in_notebook:
            self._write_results()
            sys.exit(1 if missed else 0)

    def _write_results(self) -> None:
        results = {"quick": self.quick, "claims": self.claims, "told": self.told}
        path = results_of(Path(sys.argv[0]).resolve())
        try:
            write_whole(path, json.dumps(results, indent=1, ensure_ascii=False))
        except OSError as error:
            print(f"Not kept: {path} cannot be written ({error.strerror})")

    def skip(self, reason: str) -> None:
        """End an optional script that lacks what it needs: one line with the mend, exit code 0, nothing claimed."""
        if self.in_notebook:
            raise Broken(f"Skipped: {reason}")
        self.tell(f"Skipped: {reason}")
        self._write_results()
        sys.exit(0)

    def earlier(self, checkpoint: Path, epochs: int) -> int:
        """How many of the epochs an earlier run did, as its checkpoint tells; if any, it is said."""
        import tinytorch as tt

        if not checkpoint.exists():
            return 0
        done = len(tt.load_checkpoint(checkpoint).get("history", {}).get("loss", []))
        if done:
            print(f"{done} of {epochs} epochs were done by an earlier run. To train anew, delete "
                  f"{self.place(checkpoint)}")
        return done

    def leave(self, done: int, epochs: int) -> None:
        """End a script that `--epochs` or `--train` stops here, or go on where all epochs are done."""
        if done >= epochs and not self.only_train:
            return
        print(f"\n{done} of {epochs} epochs are done: " + (
            "the network is trained, and not judged." if done >= epochs else
            "the run is not finished, and not judged. Run it again to go on from here."))
        self._costs()
        sys.exit(0 if done >= epochs else 1)

    def _costs(self) -> None:
        print(f"CPU time {time.process_time() - self.start:.1f} s" + _peak_memory()
              + (", quick version" if self.quick else ""))


def _peak_memory() -> str:
    """The most memory that the process has held so far, in words; nothing on Windows, which does not count that way."""
    try:
        import resource
    except ImportError:
        return ""
    unit = 1 if sys.platform == "darwin" else 1024         # macOS counts bytes, Linux kilobytes
    return f", peak memory {unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:,.0f} MB"


def whole_number(text: str) -> int:
    """A whole number from 1, for argparse."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"it should be 1 or more, not {number}")
    return number


def peak_bytes(f: Callable[[], object]) -> int:
    """The most memory that a call of f takes at once, beyond what was there before."""
    f()                                        # the first call also pays for caches and lazy imports
    tracemalloc.start()
    f()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _one_line(kind: type[BaseException], error: BaseException, _traceback) -> None:
    """sys.excepthook of a script."""
    sys.stdout.flush()
    no_code_is_wrong = ("DataError", "CheckpointError", "WeightsError")
    says_it_all = kind is Broken or kind.__name__ in no_code_is_wrong
    message = "Stopped." if issubclass(kind, KeyboardInterrupt) else str(error) if says_it_all else explain(error)
    print(f"\n{message}", file=sys.stderr)


def _short(values: np.ndarray) -> str:
    """Numbers as one would write them, in one line: [6, 0.5]."""
    text = np.array2string(values, separator=", ", threshold=8, formatter={"float": lambda v: f"{v:.4g}"})
    return " ".join(text.split())
