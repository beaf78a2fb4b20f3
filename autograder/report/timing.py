"""`tito grades timing`: which tests are slow, and whose submissions, from what was recorded with each grade."""
from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from autograder.records.classroom import Classroom
from autograder.records.submission import Submission
from tito import console
from tito.course import Module

SHOWN = 5                     # submissions listed as the slowest


@dataclass(frozen=True)
class Timing:
    """How long one module's tests took, in seconds by the grader's clock."""
    module: str
    tests: dict[str, list[float]]         # test -> one number a student
    students: dict[str, float]            # sum of the tests


def read_timings(classroom: Classroom, modules: list[Module]) -> list[Timing]:
    """Of each module that has grades with times; grades from before times were recorded have none."""
    timings = []
    for module in modules:
        tests, students = defaultdict(list), {}
        for student in classroom.students():
            graded = Submission(classroom, student, module).graded()
            if graded and graded.provenance.seconds:
                students[student] = sum(graded.provenance.seconds.values())
                for test, seconds in graded.provenance.seconds.items():
                    tests[test].append(seconds)
        if students:
            timings.append(Timing(module.id, dict(tests), students))
    return timings


def show_timings(timings: list[Timing]) -> None:
    """Tests by their median, slowest first, then the slowest submissions."""
    if not timings:
        console.say("No grade has times yet: tito grade records them.")
        return
    rows = []
    for timing in timings:
        ordered = sorted(timing.tests.items(), key=lambda item: median(item[1]), reverse=True)
        rows += [(timing.module, test, f"{median(seconds):.2f}", f"{max(seconds):.2f}", str(len(seconds)))
                 for test, seconds in ordered]
    console.table(rows, ("module", "test", "median s", "worst s", "students"))
    for timing in timings:
        slowest = sorted(timing.students.items(), key=lambda item: item[1], reverse=True)[:SHOWN]
        console.say(f"\nSlowest in {timing.module}, all tests together: "
                    f"{', '.join(f'{student} {seconds:.2f} s' for student, seconds in slowest)}.")
