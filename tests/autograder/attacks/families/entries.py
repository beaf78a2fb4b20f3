"""Entries of the Olympics that would rather know the labels than compute them. Each falls back on a digit for all."""
import textwrap

from tests.autograder.attacks.attack import Family
from tests.tito.olympics.entries import entry

family = Family("entries")
ZEROS = "return np.zeros(len(images), int)"
WRITE = """
import os, struct
def write(data):
    for number in range(3, 64):
        try:
            os.write(number, data)
        except OSError:
            pass
"""


def asked(name: str, says: str, predict: str, load: str = "", top: str = "", slow: bool = False,
          **files: bytes) -> None:
    """The body of predict, of load and the top of the file; without an answer of its own it says 0."""
    bodies = [textwrap.dedent(text).strip() for text in (f"{textwrap.dedent(predict).strip()}\n{ZEROS}", load, top)]
    family.add(name, says, lambda: entry(*bodies, **files), kind="entry", slow=slow)


asked("labels_by_the_loader", "The course's own loader of the test photos.", """
    try:
        import tinytorch as tt
        return tt.load_tinydigits()[3]
    except Exception:
        pass""")
asked("labels_by_path", "Every file that could hold the labels.", """
    for folder, folders, files in os.walk("/"):
        for name in files:
            if "digits" in name and name.endswith((".npz", ".npy", ".csv", ".gz")):
                with np.load(os.path.join(folder, name)) as file:
                    return file[file.files[-1]][-len(images):]""", top="import os")
asked("labels_of_another_framework", "Digits of scikit-learn, weights of torch.", """
    for name in ("sklearn.datasets", "torch", "torchvision", "tensorflow", "keras.datasets"):
        try:
            return getattr(__import__(name, fromlist=["x"]), "load_digits")(return_X_y=True)[1][:len(images)]
        except (ImportError, AttributeError):
            pass""")
asked("labels_in_memory", "Arrays in this process that look like labels.", """
    for thing in gc.get_objects():
        if isinstance(thing, np.ndarray) and thing.shape == (len(images),) and thing.dtype.kind in "iu":
            return thing""", top="import gc")
asked("labels_in_frames", "Frames above that hold labels.", """
    frame = sys._getframe()
    while frame:
        for name in ("labels", "expected", "right", "LABELS"):
            if name in frame.f_locals:
                return frame.f_locals[name]
        frame = frame.f_back""", top="import sys")
asked("labels_of_other_processes", "Memory and files of other processes.", """
    for process in os.listdir("/proc"):
        try:
            with open(f"/proc/{process}/mem", "rb") as file:
                file.read(1)
        except (OSError, ValueError):
            pass""", top="import os")
asked("answers_ahead", "Answers to the next ten questions.",
      "write(struct.pack('>cI', b'A', len(images)) + bytes(len(images)) * 10)", top=WRITE)
asked("a_length_without_end", "An answer of four thousand million digits.",
      "write(struct.pack('>cI', b'A', 0xffffffff))", top=WRITE)
asked("half_an_answer", "Half of an answer, then silence.",
      "write(struct.pack('>cI', b'A', 500) + bytes(250))\nimport time\ntime.sleep(60)", top=WRITE, slow=True)
asked("loaded_already", "The message that it is loaded, a hundred times.", "",
      "write(struct.pack('>cI', b'L', 0) * 100)", WRITE)
asked("an_error_in_markup", "An error in markup, with control characters.",
      "raise type('<script>', (Exception,), {})('\\x1b[2J<script>')")
asked("another_letter", "A frame of a kind that is not there.", "write(b'Z' + bytes(4))", top=WRITE)
asked("endless_answers", "Answers without end.", "while True:\n    write(b'A' * 4096)", top=WRITE, slow=True)
asked("an_endless_loop", "A loop that ignores every signal.", """
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass""", top="import signal", slow=True)
asked("an_endless_load", "A load that does not end.", "", "while True:\n    pass", slow=True)
asked("exits", "The process ends itself.", "import os\nos._exit(0)")
asked("kills", "Every process in reach is killed.", "import os\nos.kill(-1, 9)")
asked("memory", "All the memory that one process gets.", "kept = []\nwhile True:\n    kept.append(np.ones(1 << 22))")
asked("forks", "Processes and threads of its own.", """
    for start in (os.fork, threading.Thread(target=print).start, lambda: subprocess.Popen(["true"])):
        try:
            start()
        except (OSError, RuntimeError):
            pass""", top="import os, subprocess, threading")
asked("files_left", "Files in every folder.", """
    for folder in (".", "/tmp", "/"):
        try:
            open(f"{folder}/left", "w").write("x")
        except OSError:
            pass""")
asked("output", "Megabytes of output.", "print('x' * 10_000_000)")
asked("digits_of_text", "Answers that are text.", "return ['3'] * len(images)")
asked("digits_of_floats", "Answers that are nan.", "return np.full(len(images), np.nan)")
asked("digits_of_booleans", "Answers that are True.", "return np.ones(len(images), bool)")
asked("too_many_digits", "Ten answers a photo.", "return np.tile(np.arange(10), (len(images), 1))")
asked("digits_equal_to_all", "An array that equals everything.", """
    class Equal(np.ndarray):
        __eq__ = lambda self, other: np.ones(len(self), bool)
    return np.zeros(len(images), int).view(Equal)""")
asked("objects_as_digits", "Objects that become another digit whenever they are asked.", """
    class Turns:
        __index__ = __int__ = lambda self: 3
        __eq__ = lambda self, other: True
        __hash__ = None
    return [Turns()] * len(images)""")
asked("a_package_of_its_own", "NumPy, tinytorch and start-up files of its own.", "",
      **{f"{name}_DOT_py": b"raise SystemExit" for name in ("numpy", "tinytorch", "sitecustomize", "struct", "json")})
