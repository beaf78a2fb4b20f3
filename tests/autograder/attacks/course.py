"""A course with a class in it: attackers, and honest neighbours before, among and behind them."""
import contextlib
import csv
import hashlib
import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from typer.testing import CliRunner

from autograder.examine import examiner, student_code
from autograder.records.classroom import Classroom
from autograder.records.gradebook import gradebook
from autograder.records.submission import Submission
from autograder.release.notebook import ensure_released
from autograder.sandbox import watch
from tests.autograder import small_class
from tests.autograder.attacks.blank import Blank
from tests.helpers import REPOSITORY
from tito.course import Module, available
from tito.main import app
from tito.notebooks import as_bytes, cells_of

SECRETS = ("hidden", "reference", "earlier", "neighbour", "gradebook")
KINDS = ("solved", "half", "blank")


@contextlib.contextmanager
def limits(slow: bool) -> Iterator[None]:
    """Short limits for an attack that uses them up; else long ones, so that a busy machine costs nobody points."""
    seconds, memory = (0.3, 1.5, 0.5) if slow else (60.0, 300.0, 5.0), 1 << 30
    with mock.patch.multiple(student_code, TEST_SECONDS=seconds[0], CELL_SECONDS=seconds[0],
                             SUBMISSION_SECONDS=seconds[1], END_SECONDS=seconds[2], LEAST_SECONDS=seconds[0] / 2), \
            mock.patch.object(examiner, "GRACE_SECONDS", seconds[2]), mock.patch.object(watch, "MEMORY_BYTES", memory):
        yield


@dataclass
class Place:
    """Where a student of this id can put files. `meanwhile` is called again and again while the class is graded."""
    student: str
    module: str
    inbox: Path
    submitted: Path
    meanwhile: list[Callable[[], None]] = field(default_factory=list)


class Course:
    """One module's course in `folder`, with a secret in everything that no submission should see."""

    def __init__(self, folder: Path, module: Module, token: str, source: Path = REPOSITORY):
        self.module, self.token = module, token
        self.secrets = {name: f"{name}{hashlib.sha256((token + name).encode()).hexdigest()[:12]}" for name in SECRETS}
        root = folder / "repository"
        for one in available(source):
            if one.number <= max(module.number, 2):
                self._plant(one, source, root)
        (root / "tinytorch").mkdir()
        for name in ("settings.ini", "tinytorch/__init__.py"):
            shutil.copy(source / name, root / name)
        self.classroom = Classroom.at(root)
        self.inbox, self.logs, self.places = folder / "inbox", "", []
        self.inbox.mkdir()
        with gradebook(self.classroom) as book:
            book.update_or_create_student("gradebook-secret", email=self.secrets["gradebook"])
        ensure_released(self.classroom, [small_class.TENSOR, module])
        self.blank = Blank(small_class.blank(self.classroom, module), module.id, self._forbidden(), token)

    def _plant(self, module: Module, source: Path, root: Path) -> None:
        name = "reference" if module == self.module else "earlier"
        notebook = json.loads(module.notebook(source).read_bytes())
        for cell in notebook["cells"]:
            text = "".join(cell["source"])
            text = text.replace("### BEGIN HIDDEN TESTS\n", f"### BEGIN HIDDEN TESTS\n# {self.secrets['hidden']}\n")
            cell["source"] = text.replace("### BEGIN SOLUTION\n", f"### BEGIN SOLUTION\n# {self.secrets[name]}\n")
        path = module.notebook(root)
        path.parent.mkdir(parents=True)
        path.write_bytes(as_bytes(notebook))

    def _forbidden(self) -> tuple[str, ...]:
        root, course = self.classroom.root, self.classroom.folder
        solved = Submission(self.classroom, "a-solved", self.module)
        paths = [course / "gradebook.db", self.module.notebook(root), solved.submitted, solved.autograded,
                 self.module.notebook(REPOSITORY), REPOSITORY / f"tinytorch/{self.module.name}.py",
                 REPOSITORY / f"autograder/audit/wrong_answers/{self.module.name}.py", Path(__file__),
                 course / "nbgrader_config.py", Path("/etc/passwd"), Path("/etc/shadow")]
        return tuple(map(str, paths))

    def tito(self, *arguments) -> str:
        """A command of tito's in this course; what it prints is kept as a log."""
        with contextlib.chdir(self.classroom.root):
            run = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
        self.logs += run.output
        return run.output

    # Handing in

    def hand_in(self, student: str, content: dict | bytes, module: str = "") -> None:
        module = module or self.module.id
        path = self.inbox / module / f"{student}_{module}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())

    def neighbours(self, when: str) -> None:
        """A solved, a half solved and a blank notebook, with a secret of theirs in every answer."""
        answers = [cell.grade_id for cell in cells_of(self.blank.notebook) if cell.role == "answer"]
        blanks = {"solved": [], "half": answers[1::2], "blank": answers}
        for kind in KINDS:
            notebook = small_class.submission(self.classroom, self.module, **dict.fromkeys(blanks[kind]))
            for cell in [*self.blank.cells(notebook, "answer"), *self.blank.cells(notebook, "written")]:
                cell["source"] += f"\n# {self.secrets['neighbour']}"
            self.hand_in(f"{when}-{kind}", notebook)

    def attack(self, student: str, attack) -> None:
        if attack.kind == "delivery":
            submitted = Submission(self.classroom, student, self.module).submitted.parent
            (self.inbox / self.module.id).mkdir(exist_ok=True)
            place = Place(student, self.module.id, self.inbox / self.module.id, submitted)
            attack.make(self.blank, place)
            self.places.append(place)
        elif attack.kind == "earlier":
            first = small_class.TENSOR
            notebook = small_class.submission(self.classroom, first)
            answer = [cell for cell, info in zip(notebook["cells"], cells_of(notebook)) if info.role == "answer"][-1]
            answer["source"] += "\n" + attack.make(self.blank)
            self.hand_in(student, notebook, first.id)
            self.hand_in(student, self.blank.copy())
        else:
            self.hand_in(student, attack.make(self.blank))

    # Collecting, grading, returning

    def grade(self, slow: bool = False, *options: str) -> None:
        """Collect everything and grade what has no grade yet."""
        for folder in sorted(self.inbox.iterdir()):
            self.tito("collect", folder.name, "--from", folder)
        over = threading.Event()
        thread = threading.Thread(target=self._meanwhile, args=[over])
        thread.start()
        try:
            with limits(slow):
                self.tito("grade", self.module.id, *options)
        finally:
            over.set()
            thread.join()

    def _meanwhile(self, over: threading.Event) -> None:
        calls = [call for place in self.places for call in place.meanwhile]
        while calls and not over.wait(0.001):
            for call in calls:
                call()

    def rows(self) -> dict[str, dict[str, str]]:
        """What `tito grades export` says of everybody in this module."""
        path = self.classroom.root / "grades.csv"
        path.unlink(missing_ok=True)
        self.tito("grades", "export", self.module.id, "--out", path)
        with open(path, encoding="utf-8", newline="") as file:
            return {row["student_id"]: row for row in csv.DictReader(file)}

    def page(self, student: str) -> str:
        """The page of feedback, if there is one."""
        path = Submission(self.classroom, student, self.module).feedback
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def refused(self, student: str) -> bool:
        """Whether the newest attempt could not be graded: then there is no page, though an older one was."""
        return Submission(self.classroom, student, self.module).failure.is_file()

    def said(self, student: str) -> str:
        """What the grader noted of a submission besides its cells: errors, reasons, remarks."""
        graded = Submission(self.classroom, student, self.module).graded()
        if not graded:
            return ""
        outputs = [cell.get("outputs", []) for cell in graded.notebook["cells"]
                   if re.search("test|answer", str(cell["metadata"].get("nbgrader", {})))]
        return json.dumps([outputs, graded.provenance.cell_errors, graded.provenance.lines()], ensure_ascii=False)
