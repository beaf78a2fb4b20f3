"""python -m benchmarks.grading: what an instructor can expect of `tito grade` at the size of a class.

A class of 01 is generated, 2% of it hostile, and graded as a process with one worker on one core, with one on all (the
next sandbox starts on another core) and with two; once more it is killed at random moments and started again. Solved
submissions of 05 are graded beside plain `nbgrader autograde`.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import psutil
import typer

from autograder.demo import solved
from autograder.records.classroom import Classroom
from autograder.records.submission import Submission
from autograder.release.notebook import ensure_released
from autograder.report.grades import read_grades
from tito import console
from tito.course import Module, find_module, find_root
from tito.notebooks import cells_of, load

ROOT = find_root(Path(__file__).parent)
BIN = Path(sys.executable).parent
TENSOR, AUTOGRAD = find_module("tensor")[0], find_module("autograd")[0]
HOSTILE = ("import os\nos._exit(0)", "while True:\n    pass", "import os\nwhile True:\n    os.fork()",
           "x = []\nwhile True:\n    x.append(bytearray(1 << 20))", "print('x' * 50_000_000)")
CORES = os.sched_getaffinity(0)
EVERY = 50                    # one student in so many is hostile: 2%
app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)


def make_class(folder: Path, module: Module, students: int, hostile: bool) -> Classroom:
    """Every student solves other exercises; seeded, so that two classes are the same."""
    classroom, rng = Classroom.at(ROOT, folder), random.Random(students)
    ensure_released(classroom, [module])
    reference, blank = load(module.notebook(ROOT)), load(classroom.released(module))
    for number in range(students):
        missing = {rng.randrange(8) for _ in range(rng.randrange(3))} if hostile else set()
        notebook = solved(reference, json.loads(json.dumps(blank)), module,
                          lambda module, nth, missing=missing: nth not in missing)
        if hostile and number % EVERY == EVERY // 2:
            spoil(notebook, HOSTILE[number // EVERY % len(HOSTILE)])
        path = Submission(classroom, f"s{number:05}", module).submitted
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")
    return classroom


def spoil(notebook: dict, code: str) -> None:
    """Put hostile code at the end of the last answer."""
    last = [cell for cell in cells_of(notebook) if cell.role == "answer"][-1]
    notebook["cells"][last.index]["source"] = f"{last.source}\n\n{code}"


def tito(*words: str, cores: set[int] = CORES) -> tuple[float, float]:
    """Seconds and peak megabytes of a command's own process, which for grading is the one that merges."""
    start, peak = time.monotonic(), 0
    with start_tito(*words, cores=cores) as process:
        while process.poll() is None:
            peak = max(peak, memory_of(process.pid))
            time.sleep(0.05)
    return time.monotonic() - start, peak / 1e6


def start_tito(*words: str, cores: set[int] = CORES) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", "tito", *map(str, words)], cwd=ROOT, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, cores))


def memory_of(pid: int) -> int:
    try:
        return psutil.Process(pid).memory_info().rss
    except psutil.Error:
        return 0


def grade_killed(classroom: Classroom, students: int, kills: int) -> None:
    """Start `tito grade` again and again: by turns it is killed itself, or one of its workers and then it."""
    rng = random.Random(kills)
    for kill in range(kills):
        with start_tito("grade", TENSOR.id, "--course", classroom.folder, "--workers", 2) as process:
            goal = graded(classroom) + rng.randint(1, max(1, students // (kills + 1)))
            while graded(classroom) < goal and process.poll() is None:
                time.sleep(0.05)
            time.sleep(rng.random())
            if kill % 2 and (workers := workers_of(process)):
                rng.choice(workers).kill()
                time.sleep(1 + rng.random())
            process.kill()
    tito("grade", TENSOR.id, "--course", classroom.folder, "--workers", 2)


def workers_of(process: subprocess.Popen) -> list[psutil.Process]:
    if process.poll() is not None:
        return []
    return [child for child in psutil.Process(process.pid).children() if "spawn_main" in str(child.cmdline())]


def graded(classroom: Classroom) -> int:
    return len(list(classroom.folder.glob("autograded/*/*/*.ipynb")))


def scores(classroom: Classroom) -> list[tuple]:
    """Every student's result in the gradebook and, test by test, in the graded notebook."""
    return [(row.student, row.score, row.status, tests_of(Submission(classroom, row.student, TENSOR)))
            for row in read_grades(classroom, [TENSOR])]


def tests_of(submission: Submission) -> dict:
    found = submission.graded()
    return found.provenance.scores if found else {}


def plain_nbgrader(folder: Path, classroom: Classroom, students: int) -> float:
    """Seconds that `nbgrader autograde` takes for the same submissions in a course of its own."""
    source = folder / "source" / AUTOGRAD.id
    source.mkdir(parents=True)
    shutil.copy(AUTOGRAD.notebook(ROOT), source)
    (folder / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.root = {str(folder)!r}\n",
                                               encoding="utf-8")
    surroundings = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def nbgrader(*words: str) -> None:
        subprocess.run([BIN / "nbgrader", *words], cwd=folder, env=surroundings, check=True, capture_output=True)

    nbgrader("generate_assignment", AUTOGRAD.id)
    shutil.copytree(classroom.folder / "submitted", folder / "submitted")
    start = time.monotonic()
    nbgrader("autograde", AUTOGRAD.id)
    seconds = time.monotonic() - start
    assert len(list(folder.glob("autograded/*/*/*.ipynb"))) == students
    return seconds


def rows_of_class(folder: Path, students: int, kills: int, say: Callable[[str], None]) -> list[tuple]:
    say(f"{students} submissions of {TENSOR.id}, 1 in {EVERY} hostile")
    one = make_class(folder / "one", TENSOR, students, hostile=True)
    narrow, two, killed = (Classroom.at(ROOT, folder / name) for name in ("narrow", "two", "killed"))
    for other in (narrow, two, killed):
        shutil.copytree(one.folder, other.folder)
    say("one worker on one core")
    pinned, _ = tito("grade", TENSOR.id, "--course", narrow.folder, "--workers", 1, cores={min(CORES)})
    say("one worker")
    alone, _ = tito("grade", TENSOR.id, "--course", one.folder, "--workers", 1)
    say("two workers")
    beside, memory = tito("grade", TENSOR.id, "--course", two.folder, "--workers", 2)
    same = scores(narrow) == scores(one) == scores(two)
    say("pages")
    pages, _ = tito("feedback", TENSOR.id, "--course", two.folder, "--workers", 2)
    say(f"{kills} kills")
    grade_killed(killed, students, kills)
    changed = sum(before != after for before, after in zip(scores(two), scores(killed), strict=True))
    return [("submissions a minute, one worker on one core", f"{60 * students / pinned:.0f}", "", ""),
            ("submissions a minute, one worker", f"{60 * students / alone:.0f}", "", ""),
            ("submissions a minute, two workers", f"{60 * students / beside:.0f}", "", ""),
            ("two workers against one on one core",
             f"{pinned / beside:.2f}×, scores {'identical' if same else 'DIFFER'}", "1.7×", "1.9×"),
            ("two workers against one on all cores", f"{alone / beside:.2f}×", "", ""),
            ("memory of the merging process", f"{memory:.0f} MB", "400 MB", "250 MB"),
            ("feedback pages", f"{pages / students:.3f} s each", "0.15 s", "0.05 s"),
            (f"grades lost, doubled or changed by {kills} kills", str(changed), "0", "0")]


def row_of_autograd(folder: Path, students: int, say: Callable[[str], None]) -> tuple:
    say(f"{students} solved submissions of {AUTOGRAD.id}")
    classroom = make_class(folder / "autograd", AUTOGRAD, students, hostile=False)
    ours, _ = tito("grade", AUTOGRAD.id, "--course", classroom.folder, "--policy", "reference")
    say("plain nbgrader")
    plain = plain_nbgrader(folder / "plain", classroom, students)
    return (f"{students} of {AUTOGRAD.id} against plain nbgrader", f"{plain / ours:.1f}× ({ours:.1f} s, {plain:.1f} s)",
            "12×", "20×")


@app.command()
def main(students: Annotated[int, typer.Option(help="In the generated class.")] = 1000,
         kills: Annotated[int, typer.Option(help="Of the run that is killed.")] = 5,
         autograd: Annotated[int, typer.Option(help="Solved submissions of 05; 0 leaves this out.")] = 12) -> None:
    """Measure grading, with start-up, on this machine as it is: the ratios hold where nothing else runs.

    1,000 students took 23 minutes on two cores.
    """
    with tempfile.TemporaryDirectory(prefix="tinytorch-grading-") as name:
        rows = rows_of_class(Path(name), students, kills, console.note)
        if autograd:
            rows.append(row_of_autograd(Path(name), autograd, console.note))
    console.table(rows, ("measure", "here", "at least", "aim"))


if __name__ == "__main__":
    app(prog_name="python -m benchmarks.grading")
