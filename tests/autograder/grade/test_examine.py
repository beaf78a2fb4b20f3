"""What a worker does with a submission, its tests left out."""
from autograder.examine.grader import GraderError, Result
from autograder.grade import examine
from autograder.grade.job import Assignment, Foundation, Job
from autograder.grade.policy import Policy
from autograder.records.provenance import Stand


def test_examinations_on_other_earlier_modules_share_one_budget(monkeypatch):
    seen = []

    def run_tests(module, codes, tests, package, names, sandboxed, stands_in, end):
        seen.append((package["tensor"], end))
        return Result([], {"tinytorch.tensor": "it hangs"} if package["tensor"] == "own" else {}, [])

    monkeypatch.setattr(examine, "run_tests", run_tests)
    assignment = Assignment("activations", b"", {}, (), {"tensor": "reference"})
    base = Foundation((Stand("01_tensor", "own"),), {"tensor": "own"})
    job = Job(assignment, b"", base, Policy.fallback, False, (), "", "")
    _, used = examine.run_on_what_imports(job, {"cells": []})
    assert [package for package, _ in seen] == ["own", "reference"] and used.stands[0].used == "reference"
    assert seen[0][1] == seen[1][1] and isinstance(seen[0][1], float)


def test_why_there_is_no_grade_is_said_in_words():
    error = GraderError("The test last is wrong: it gives 7 points.")
    assert examine.why(error) == "no score was saved, the grader failed: The test last is wrong: it gives 7 points."
