"""`python -m benchmarks.milestones` runs scripts to their end, reads their verdicts, and fails where one is missed."""
import re
import textwrap

import pytest
from typer.testing import CliRunner

from benchmarks import milestones, report
from tito.course import Milestone

SCRIPT = """
    import sys
    from tito.experiment import Stage
    stage = Stage("A story")
    stage.tell("epochs took 3 s of CPU time")
    print("The verdict\\n-----------")
    stage.expect("points, held out", "{measured}", "95% or more", {reached})
    stage.expect("loss, mean", "0.1 to 0.2", "below 1", True)
    stage.verdict()
"""

MARKS = "".join(f"<!-- measured: python -m benchmarks.milestones{option} --write -->\n{text}\n"
                "<!-- end of what was measured -->\n" for option, text in (("", "old"), (" --quick", "the short ones")))


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course folder with one milestone, whose scripts are still to be written."""
    (tmp_path / "milestones/01_1957_perceptron").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    document = tmp_path / "docs/results.md"
    document.write_text(MARKS, encoding="utf-8")
    monkeypatch.setattr(milestones, "MILESTONES", [Milestone("01_1957_perceptron", "Perceptron", 4)])
    monkeypatch.setattr(milestones, "DOCUMENT", document)
    monkeypatch.setattr(report, "_commit", lambda: "abc")
    monkeypatch.setenv("PYTHONPATH", str(report.ROOT))
    monkeypatch.setattr(report, "ROOT", tmp_path)
    return tmp_path


def write(course, name: str, measured: str, reached: bool) -> None:
    text = textwrap.dedent(SCRIPT).format(measured=measured, reached=reached)
    (course / "milestones/01_1957_perceptron" / name).write_text(text, encoding="utf-8")


def test_verdicts_and_costs_are_listed_and_written(course):
    write(course, "01_first.py", "97.5%", True)
    write(course, "02_second.py", "99%", True)
    done = CliRunner().invoke(milestones.app, ["--write"])
    assert done.exit_code == 0, done.output
    text = (course / "docs/results.md").read_text(encoding="utf-8")
    assert "| 01_1957_perceptron/01 | points, held out | 97.5% | 95% or more | yes |" in text
    assert "| 01_1957_perceptron/02 | loss, mean | 0.1 to 0.2 | below 1 | yes |" in text
    assert "| 01_1957_perceptron/02_second.py | " in text and "old" not in text and "commit abc" in text
    assert "02: epochs took 3 s of CPU time" in text and "the short ones" in text


def test_a_milestone_that_is_missed_is_listed_and_fails_the_run(course):
    write(course, "01_first.py", "12%", False)
    write(course, "02_second.py", "99%", True)
    done = CliRunner().invoke(milestones.app, [])
    assert done.exit_code == 1
    assert re.search(r"01_1957_perceptron/01 +points, held out +12% +95% or more +NO", done.output)
    assert "02_second.py" in done.output


def test_a_milestone_that_does_not_exist_is_refused(course):
    done = CliRunner().invoke(milestones.app, ["1066"])
    assert done.exit_code == 2 and "There is no milestone '1066'" in done.output


def test_the_document_is_never_renewed_by_some_milestones_alone(course):
    before = milestones.DOCUMENT.read_bytes()
    done = CliRunner().invoke(milestones.app, ["01", "--write"])
    assert done.exit_code == 2 and "without names" in done.output
    assert milestones.DOCUMENT.read_bytes() == before


def test_a_document_is_not_written_about_a_run_that_was_done_before(course):
    write(course, "01_first.py", "97.5%", True)
    (course / "milestones/01_1957_perceptron/results").mkdir()
    (course / "milestones/01_1957_perceptron/results/run.npz").write_bytes(b"")
    done = CliRunner().invoke(milestones.app, ["--write"])
    assert done.exit_code == 1 and "results/run.npz is there" in done.output and "Delete it first" in done.output
    assert (course / "docs/results.md").read_text(encoding="utf-8") == MARKS
    assert CliRunner().invoke(milestones.app, []).exit_code == 0
