"""`tito release --tier`, from the command line to the grade: editions differ in help, and their answers in no point."""
import csv
import re
import shutil

import pytest

from autograder.records.gradebook import gradebook
from autograder.release.edition import make_edition
from autograder.release.tiers import Tier
from tests import helpers
from tests.autograder.release.hinted_class import CODE, done, hinted_class, source, tito, write_code
from tests.autograder.small_class import SANDBOXED, TENSOR
from tito.errors import TitoError

UNSAFE = [] if SANDBOXED else ["--unsafe"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The class, and an edition of each tier, from one course folder."""
    folder = tmp_path_factory.mktemp("made")
    classroom = hinted_class(folder)
    for tier in ("guided", "challenge"):
        done(classroom.root, "release", "--to", folder / tier, "--tier", tier)
    done(classroom.root, "release", "--to", folder / "standard")
    return classroom, {tier: folder / tier for tier in ("guided", "standard", "challenge")}


@pytest.fixture
def editions(made, tmp_path):
    return {tier: shutil.copytree(edition, tmp_path / tier) for tier, edition in made[1].items()}


@pytest.mark.long
def test_answers_from_every_edition_get_the_same_points_and_blanks_get_none(made, editions, tmp_path):
    classroom, inbox = made[0], tmp_path / "inbox"
    for tier, edition in editions.items():
        for kind, code in (("blank", {}), ("half", {"tensor": CODE["tensor"]}), ("solved", CODE)):
            student = f"{tier}-{kind}"
            folder = shutil.copytree(edition, tmp_path / "students" / student)
            write_code(folder, **code)
            (inbox / student / "01_tensor").mkdir(parents=True)
            shutil.copy(TENSOR.notebook(folder), inbox / student / "01_tensor")
    done(classroom.root, "collect", "01", "--from", inbox)
    assert "01_tensor: 9 graded" in done(classroom.root, "grade", "01-02", *UNSAFE)
    done(classroom.root, "grades", "export", "01-01", "--out", tmp_path / "g.csv")
    with open(tmp_path / "g.csv", encoding="utf-8") as file:
        scores = {row["student_id"]: row["score"] for row in csv.DictReader(file)}
    assert scores == {f"{tier}-{kind}": score for tier in editions
                      for kind, score in (("blank", "0"), ("half", "3"), ("solved", "5"))}
    with gradebook(classroom) as book:
        for tier in editions:
            for kind, untouched in (("blank", {"tensor", "mul", "why_float32"}), ("half", {"mul", "why_float32"})):
                notebook = book.find_submission_notebook("01_tensor", "01_tensor", f"{tier}-{kind}")
                assert {comment.name for comment in notebook.comments if comment.comment == "No response."} == untouched


def test_each_edition_says_which_it_is_and_the_check_of_a_student_knows_its_stubs(editions):
    for tier, edition in editions.items():
        assert re.findall(r"This is the \*(\w+)\* edition", (edition / "README.md").read_text()) == [tier]
        blank = tito(edition, "module", "test", "01")
        assert blank.returncode == 1 and "(Exercise 1, tensor): it is not solved yet" in blank.stderr
        assert "0 of 2 exercises solved" in blank.stdout
    write_code(editions["guided"], **CODE)
    assert "# Step 1: " in source(editions["guided"], "mul")
    assert "2 of 2 exercises solved" in done(editions["guided"], "module", "complete", "01")


def test_an_update_to_another_edition_keeps_answers_and_brings_its_stubs(editions):
    mine = editions["standard"]
    write_code(mine, tensor=CODE["tensor"])
    answer = source(mine, "tensor")
    said = done(mine, "update", "--from", editions["guided"])
    assert source(mine, "tensor") == answer and "# Step 1: " in source(mine, "mul")
    assert "compare your answer" not in said and "<details open>" in TENSOR.notebook(mine).read_text()
    done(mine, "update", "--from", editions["challenge"])
    assert source(mine, "tensor") == answer and source(mine, "mul") == source(editions["challenge"], "mul")
    assert "Hint" not in TENSOR.notebook(mine).read_text()


def test_a_hint_that_is_a_line_of_the_solution_is_a_leak_where_there_are_hints(tmp_path):
    def give_away(cells):
        for cell in cells:
            if "Hint 3" in "".join(cell["source"]):
                cell["source"] = "".join(cell["source"]).replace("product = the numbers of a",
                                                                 "product = a.numpy() * b.numpy();")

    classroom = hinted_class(tmp_path)
    helpers.edit(TENSOR.notebook(classroom.root), give_away)
    for tier, place in ((Tier.guided, "cell 9"), (Tier.standard, "cell 10")):
        with pytest.raises(TitoError, match=f"01_tensor.ipynb, {place}"):
            make_edition(classroom, [TENSOR], tmp_path / "out", tier)
    make_edition(classroom, [TENSOR], tmp_path / "out", Tier.challenge)


def test_an_unknown_tier_is_wrong_usage_and_names_the_three(made, tmp_path):
    run = tito(made[0].root, "release", "--to", tmp_path / "out", "--tier", "easy")
    assert run.returncode == 2 and all(tier in run.stderr for tier in ("guided", "standard", "challenge"))
