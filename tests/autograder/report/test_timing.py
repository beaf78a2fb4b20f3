"""Slow tests and slow submissions are seen."""
from autograder.records.submission import Submission
from autograder.report.timing import read_timings, show_timings
from tests.autograder.small_class import ACTIVATIONS, TENSOR, grade, hand_in, small_class, submission
from tito.files import write_whole
from tito.notebooks import as_bytes


def test_tests_are_listed_by_median_and_the_slowest_students_named(tmp_path, capsys):
    classroom = small_class(tmp_path)
    show_timings(read_timings(classroom, [TENSOR, ACTIVATIONS]))
    assert "No grade has times yet" in capsys.readouterr().out
    slow = "#| export\nimport time\ndef mul(a, b):\n    time.sleep(0.3)\n    return Tensor(a.numpy() * b.numpy())"
    for name in ("ada", "blaise", "claude"):
        hand_in(classroom, name, TENSOR, submission(classroom, TENSOR, mul=slow) if name == "blaise" else None)
    grade(classroom)
    timing, = read_timings(classroom, [TENSOR, ACTIVATIONS])
    assert timing.module == TENSOR.id and len(timing.tests["test_mul"]) == 3
    assert max(timing.tests["test_mul"]) >= 0.3 and max(timing.students, key=timing.students.get) == "blaise"
    show_timings([timing])
    out = capsys.readouterr().out
    assert "test_mul" in out and "worst s" in out and "all tests together: blaise" in out


def test_grades_from_before_times_were_recorded_are_left_out(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    grade(classroom)
    one = Submission(classroom, "ada", TENSOR)
    notebook = one.graded().notebook
    del notebook["metadata"]["tinytorch"]["provenance"]["seconds"]
    write_whole(one.autograded, as_bytes(notebook))
    assert one.graded() and read_timings(classroom, [TENSOR]) == []
