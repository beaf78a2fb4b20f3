"""`tito release --solutions`: solutions of past modules for students, when they are past, and nobody's work is lost."""
import json
import shutil
from datetime import UTC, datetime

import pytest

from autograder.records.settings import Settings
from autograder.release.edition import make_edition
from autograder.release.past import still_open
from autograder.release.tiers import Tier
from tests import helpers
from tests.autograder.release.hinted_class import CODE, done, hinted_class, source, tito, write_code
from tests.autograder.release.test_release import ACTIVATIONS, HIDDEN, in_markdown
from tests.autograder.small_class import SANDBOXED, TENSOR
from tito import diagnosis
from tito.commands.setup import setup
from tito.errors import TitoError
from tito.notebooks import read_cells
from tito.progress import Progress
from tito.update import solutions

MINE = "notebooks/01_tensor/01_tensor-mine.ipynb"
OWN = "return Tensor(b.numpy() * a.numpy())"
UNSAFE = [] if SANDBOXED else ["--unsafe"]


@pytest.fixture
def classroom(tmp_path):
    return hinted_class(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A class whose 01 is over, an edition with its solution, and a student of the edition before, who did 01."""
    folder = tmp_path_factory.mktemp("made")
    classroom, mine = hinted_class(folder), folder / "mine"
    make_edition(classroom, [TENSOR, ACTIVATIONS], mine)
    write_code(mine, tensor=CODE["tensor"], mul=OWN)
    done(mine, "module", "complete", "01")
    (classroom.root / "course/course.toml").write_text('[due]\n1 = 2020-01-01\n[late]\ncloses_after = "7 days"\n')
    said = done(classroom.root, "release", "--to", folder / "past", "--solutions", "01")
    assert "It gives the solutions of 01_tensor." in said and "note: " not in said
    return classroom, folder / "past", mine


@pytest.fixture
def past(made, tmp_path):
    return shutil.copytree(made[1], tmp_path / "past")


@pytest.fixture
def mine(made, tmp_path):
    return shutil.copytree(made[2], tmp_path / "mine")


def contents(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_edition_holds_answers_of_these_modules_and_no_mark_hidden_test_or_other_answer(past):
    blank, solved = TENSOR.notebook(past), past / ".release/solutions/01_tensor.ipynb"
    assert "YOUR CODE HERE" in source(past, "mul") and [path.name for path in solved.parent.iterdir()] == [solved.name]
    answers = {cell.grade_id: cell.source for cell in read_cells(solved) if cell.role in ("answer", "written")}
    assert "product = a.numpy() * b.numpy()" in answers["mul"] and "SOLUTION" not in "".join(answers.values())
    assert answers["why_float32"] == "Because it is half of float64."
    others = [[cell.source for cell in read_cells(path) if cell.grade_id not in answers] for path in (blank, solved)]
    assert others[0] == others[1] and "7.5" not in solved.read_text()
    assert "brings solutions" in (past / "README.md").read_text()


def test_a_student_gets_the_solution_and_keeps_what_is_theirs(mine, past):
    own, package = TENSOR.notebook(mine).read_bytes(), (mine / "tinytorch/tensor.py").read_bytes()
    said = done(mine, "update", "--from", past)
    assert f"01_tensor: the course's solution is in place; your notebook is {MINE}; your tinytorch/tensor.py is" in said
    assert (mine / MINE).read_bytes() == own
    assert "product = a.numpy() * b.numpy()" in source(mine, "mul")
    assert b"product = a.numpy() * b.numpy()" in (mine / "tinytorch/tensor.py").read_bytes()
    assert package in [path.read_bytes() for path in (mine / ".tito/backups").iterdir()]
    progress = Progress(mine)
    assert progress.stands_on_solution(TENSOR) and progress.next_module() == ACTIVATIONS
    assert "the course's solution" in done(mine, "checkpoint", "status")
    before = contents(mine)
    assert "already as in" in done(mine, "update", "--from", past) and contents(mine) == before


def test_who_handed_in_the_solution_is_told_and_must_insist(mine, past):
    done(mine, "update", "--from", past)
    refused = tito(mine, "submit", "01", "--student", "ada")
    assert refused.returncode == 1 and "2 of 2 answers are the course's solution" in refused.stderr
    assert not (mine / "submissions").exists()
    assert "as you asked" in done(mine, "submit", "01", "--student", "ada", "--anyway")
    shutil.copy(mine / MINE, TENSOR.notebook(mine))
    assert "solution" not in done(mine, "submit", "01")


@pytest.mark.long
def test_grading_names_who_handed_the_solution_in(made, past, mine, tmp_path):
    classroom = made[0]
    for student, notebook in (("copycat", solutions.solution_of(past, TENSOR)), ("honest", TENSOR.notebook(mine))):
        (tmp_path / "inbox" / student / "01_tensor").mkdir(parents=True)
        shutil.copy(notebook, tmp_path / "inbox" / student / "01_tensor/01_tensor.ipynb")
    done(classroom.root, "collect", "01", "--from", tmp_path / "inbox")
    said = done(classroom.root, "grade", *UNSAFE)
    assert "copycat 01_tensor: 2 of 2 answers are the solution that students have had since" in said
    assert "honest" not in said and "2 graded" in said


def test_who_brings_their_own_back_keeps_it(mine, past):
    done(mine, "update", "--from", past)
    (mine / MINE).replace(TENSOR.notebook(mine))
    done(mine, "module", "complete", "01")
    assert not Progress(mine).stands_on_solution(TENSOR)
    done(mine, "update", "--from", past)
    assert OWN in source(mine, "mul") and OWN in (mine / "tinytorch/tensor.py").read_text()


def clone_set_up(root, monkeypatch):
    """What git gives back of a folder: all but .tito. `tito setup` in it, on an installation that is in order."""
    shutil.rmtree(root / ".tito")
    for check in ("imported_from_here", "kernel"):
        monkeypatch.setattr(diagnosis, check, lambda root: diagnosis.Check("installation", "in order"))
    monkeypatch.chdir(root)
    setup()


def test_in_a_clone_ones_own_notebook_stays_at_setup_and_at_later_updates(mine, past, monkeypatch, capsys):
    done(mine, "update", "--from", past)
    (mine / MINE).replace(TENSOR.notebook(mine))
    done(mine, "module", "complete", "01")
    clone_set_up(mine, monkeypatch)
    assert "Your own notebook stays for 01_tensor; the course's solutions are in .release/" in capsys.readouterr().out
    done(mine, "update", "--from", past)
    assert OWN in source(mine, "mul") and OWN in (mine / "tinytorch/tensor.py").read_text()
    assert not (mine / MINE).exists() and not Progress(mine).stands_on_solution(TENSOR)


def test_in_a_clone_a_solution_that_was_taken_is_known_as_such_and_not_copied(mine, past, monkeypatch):
    done(mine, "update", "--from", past)
    helpers.edit(TENSOR.notebook(mine), lambda cells: cells[0].update(metadata={"scrolled": True}))
    clone_set_up(mine, monkeypatch)
    assert Progress(mine).stands_on_solution(TENSOR)
    assert [path.name for path in (mine / "notebooks/01_tensor").glob("*mine*")] == ["01_tensor-mine.ipynb"]


def test_setup_in_a_new_folder_puts_the_solutions_in_place(mine, past, monkeypatch):
    (past / ".tito").mkdir(exist_ok=True)
    clone_set_up(past, monkeypatch)
    assert "product = a" in source(past, "mul") and Progress(past).stands_on_solution(TENSOR)


def test_a_folder_without_work_has_nothing_to_keep(past, tmp_path):
    for again in (False, True):
        [taken] = [solutions.take(past, TENSOR)]
        assert (taken.mine, taken.package) == (None, None), again
    assert not (past / MINE).exists()


def test_a_notebook_that_cannot_be_read_is_kept_and_nobody_is_sent_to_put_the_blank_one_there(mine, past):
    TENSOR.notebook(mine).write_text("{broken")
    said = done(mine, "update", "--from", past)
    assert f"your notebook is {MINE}" in said and "module reset" not in said
    assert (mine / MINE).read_text() == "{broken" and "product = a" in source(mine, "mul")


def test_an_earlier_file_of_that_name_is_not_overwritten(mine, past):
    (mine / MINE).write_text("something else")
    done(mine, "update", "--from", past)
    assert (mine / MINE).read_text() == "something else"
    assert OWN in (mine / "notebooks/01_tensor/01_tensor-mine-2.ipynb").read_text()


@pytest.mark.parametrize("step", ["write_whole", "unused", "install", "Progress.record"])
def test_stopped_anywhere_it_goes_on_and_keeps_one_copy(mine, past, monkeypatch, step):
    own = TENSOR.notebook(mine).read_bytes()
    shutil.copytree(past / ".release", mine / ".release", dirs_exist_ok=True)
    with monkeypatch.context() as patch:
        patch.setattr(f"tito.update.solutions.{step}", stop)
        with pytest.raises(KeyboardInterrupt):
            solutions.take_solutions(mine)
    solutions.take_solutions(mine)
    assert [path.read_bytes() for path in (mine / "notebooks/01_tensor").glob("*mine*")] == [own]
    assert "product = a" in source(mine, "mul") and Progress(mine).stands_on_solution(TENSOR)


def stop(*_):
    raise KeyboardInterrupt


def test_a_line_of_another_solution_or_of_any_hidden_test_is_still_a_leak(classroom, tmp_path):
    make_edition(classroom, [TENSOR], tmp_path / "first", solved=[TENSOR])
    in_markdown(classroom)                        # a line of 01's solution, in 02
    make_edition(classroom, [TENSOR, ACTIVATIONS], tmp_path / "second", solved=[TENSOR])
    with pytest.raises(TitoError, match="02_activations.ipynb, cell 1"):
        make_edition(classroom, [TENSOR, ACTIVATIONS], tmp_path / "third", solved=[ACTIVATIONS])
    helpers.edit(TENSOR.notebook(classroom.root), lambda cells: cells[0].update(source=f"# Tensor\n\n{HIDDEN}"))
    with pytest.raises(TitoError, match="01_tensor, cell test_tensor"):
        make_edition(classroom, [TENSOR], tmp_path / "fourth", solved=[TENSOR])


@pytest.mark.parametrize(("toml", "told"), [
    ("[due]\n1 = 2999-10-05", "01_tensor is open until 2999-10-05"),
    ("[due]\n1 = 2020-01-01\n[late]\ncloses_after = '999999 days'", "01_tensor is open until 4757-"),
    ("[due]\n1 = 2020-01-01\n[student.ada.01_tensor]\ndue = 2999-10-05",
     "01_tensor is open for ada until 2999-10-05"),
])
def test_what_is_still_open_for_anybody_is_refused(classroom, tmp_path, toml, told):
    (classroom.root / "course/course.toml").write_text(toml)
    run = tito(classroom.root, "release", "--to", tmp_path / "out", "--solutions", "01-02")
    assert run.returncode == 1 and told in run.stderr and "02_activations" not in run.stderr.split("tinytorch")[0]
    assert run.stderr.count("\n") == 1 and not (tmp_path / "out").exists()


def test_without_a_close_it_is_said_that_a_solution_could_be_handed_in(classroom, tmp_path):
    said = done(classroom.root, "release", "--to", tmp_path / "out", "--solutions", "01-02")
    assert "note: 01_tensor, 02_activations: a solution that is handed in from now on gets its points" in said


@pytest.mark.parametrize(("arguments", "told"), [
    (["02", "--solutions", "01"], "--solutions names 01_tensor, which this edition does not hold"),
    (["--solutions", "02-01"], "write 01-02"), (["--solutions", "moon"], "no module 'moon'"),
])
def test_wrong_usage_is_told_before_anything_is_made(classroom, tmp_path, arguments, told):
    run = tito(classroom.root, "release", "--to", tmp_path / "out", *arguments)
    assert run.returncode == 2 and told in run.stderr and not (tmp_path / "out").exists()


def test_everybody_and_each_extension_are_named(tmp_path):
    settings = Settings(tmp_path / "course.toml", {
        "timezone": "UTC", "due": {"01": "2026-10-05", "02": "2026-10-05"}, "late": {"closes_after": "1 day"},
        "student": {"ada": {"extension": "3 days"}, "bob": {"01_tensor": {"due": "2026-10-01"}}}})
    told = {day: still_open(settings, [TENSOR, ACTIVATIONS], datetime(2026, 10, day, tzinfo=UTC)) for day in (6, 8, 10)}
    assert told[6][0] == ("01_tensor is open until 2026-10-06 23:59 UTC, for ada until 2026-10-09 23:59 UTC")
    assert told[8] == [f"{module} is open for ada until 2026-10-09 23:59 UTC"
                       for module in ("01_tensor", "02_activations")]
    assert told[10] == []


def test_within_the_grace_period_nothing_is_past_even_where_it_outlasts_the_close(tmp_path):
    settings = Settings(tmp_path / "course.toml", {
        "timezone": "UTC", "due": {"01": "2026-10-05"}, "late": {"closes_after": "1 hour", "grace": "1 day"}})
    told = [still_open(settings, [TENSOR], datetime(2026, 10, day, 12, tzinfo=UTC)) for day in (6, 7)]
    assert told == [["01_tensor is open until 2026-10-06 23:59 UTC"], []]


def test_solutions_work_in_every_tier(classroom, tmp_path):
    for tier in (Tier.guided, Tier.challenge):
        folder = tmp_path / tier
        make_edition(classroom, [TENSOR, ACTIVATIONS], folder, tier, [TENSOR, ACTIVATIONS])
        assert len(solutions.take_solutions(folder)) == 2
        assert json.loads(TENSOR.notebook(folder).read_text())["metadata"]["tinytorch"]["tier"] == tier
    done(folder, "module", "test", "02")
