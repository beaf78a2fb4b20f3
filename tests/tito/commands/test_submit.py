"""`tito submit` hands in the very bytes that it checked, and never overwrites an earlier hand-in."""
import hashlib
import zipfile
from pathlib import Path

import pytest

from tests import helpers
from tito.commands.submit import make_zip, student_name
from tito.course import MODULES
from tito.errors import TitoError
from tito.handed_in import MAX_BYTES, MAX_CELLS

TENSOR = MODULES[0]


def test_a_working_notebook_becomes_a_zip_with_a_receipt(folder, tito):
    notebook = helpers.solve(folder, "01_tensor").read_bytes()
    done = tito(folder, "submit", "01", "--student", "Müller")
    assert done.returncode == 0, done.stderr
    assert "submissions/Müller-01_tensor.zip" in done.stdout
    assert "Next: tito module complete 01 (it is solved, and not part of your package yet)" in done.stdout
    assert hashlib.sha256(notebook).hexdigest()[:16] in done.stdout
    with zipfile.ZipFile(folder / "submissions/Müller-01_tensor.zip") as archive:
        assert archive.namelist() == ["01_tensor/01_tensor.ipynb"]
        assert archive.read("01_tensor/01_tensor.ipynb") == notebook


def test_a_failing_notebook_is_handed_in_only_if_the_student_insists(folder, tito):
    refused = tito(folder, "submit", "01", "--student", "ada")
    assert refused.returncode == 1 and not (folder / "submissions").exists()
    assert "(Exercise 1, tensor): it is not solved yet" in refused.stderr
    assert "Nothing was handed in: tito submit 01 --anyway hands it in" in refused.stderr
    insisted = tito(folder, "submit", "01", "--anyway", JUPYTERHUB_USER="other")
    assert insisted.returncode == 0 and "(Exercise 1, tensor): it is not solved yet" in insisted.stderr
    assert (folder / "submissions/ada-01_tensor.zip").is_file(), "the refused call remembered the id"


def test_handing_in_twice_says_where_the_earlier_zip_is_and_makes_none_of_the_same_notebook(folder, tito):
    path, zips = helpers.solve(folder, "01_tensor"), folder / "submissions"
    tito(folder, "submit", "01", "--student", "ada")
    again = tito(folder, "submit", "01")
    assert "was packed before, just as it is now: submissions/ada-01_tensor.zip" in again.stdout
    assert "Upload ada-01_tensor.zip" in again.stdout and len(list(zips.iterdir())) == 1
    helpers.edit(path, lambda cells: [*cells, helpers.free("1")])
    changed = tito(folder, "submit", "01")
    (earlier,) = set(zips.iterdir()) - {zips / "ada-01_tensor.zip"}
    assert f"The earlier one is kept as submissions/{earlier.name}" in changed.stdout


def test_another_id_than_before_is_told(folder, tito):
    tito(folder, "submit", "01", "--student", "anna")
    assert "your id is now bob (before: anna)" in tito(folder, "submit", "01", "--student", "bob").stderr
    assert "your id" not in tito(folder, "submit", "01", "--student", "bob").stderr


def test_a_cut_off_notebook_is_named_with_the_mend(folder, tito):
    path = helpers.solve(folder, "01_tensor")
    path.write_bytes(path.read_bytes()[:300])
    done = tito(folder, "submit", "01", "--student", "ada")
    assert done.returncode == 1 and f"{path} is not a readable notebook" in done.stderr
    assert "tito module reset 01 keeps a copy" in done.stderr


def test_the_courses_own_solutions_are_not_handed_in(tmp_path, tito):
    repository = helpers.make_course(tmp_path / "repository")
    done = tito(repository, "submit", "01", "--student", "ada")
    assert done.returncode == 1 and "students hand in from the folder that tito release made" in done.stderr
    assert not (repository / "submissions").exists()


def test_nothing_is_left_in_the_temporary_folder(folder, tito, tmp_path):
    """Neither by tito, nor by the settings with which the tests run it."""
    helpers.solve(folder, "01_tensor")
    (scratch := tmp_path / "scratch").mkdir()
    assert tito(folder, "submit", "01", "--student", "ada", TMPDIR=str(scratch)).returncode == 0
    assert list(scratch.iterdir()) == []


def test_an_older_zip_is_kept(folder):
    for content in (b"one", b"two", b"three"):
        make_zip(folder / "submissions/ada-01_tensor.zip", TENSOR, content)
    kept = {zipfile.ZipFile(path).read("01_tensor/01_tensor.ipynb") for path in (folder / "submissions").iterdir()}
    assert kept == {b"one", b"two", b"three"}
    assert zipfile.ZipFile(folder / "submissions/ada-01_tensor.zip").read("01_tensor/01_tensor.ipynb") == b"three"


def test_the_name_comes_from_the_option_then_the_record_then_the_hub(monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_USER", "hub")
    assert student_name("said", "stored") == "said"
    assert student_name("", "stored") == "stored"
    assert student_name("", "") == "hub"


@pytest.mark.parametrize("name", ["Müller", "Möller", "李雷", "ada.lovelace@uni.example", "ada-1"])
def test_an_id_is_kept_as_it_is(name):
    assert student_name(name, "") == name


def test_two_spellings_of_one_letter_are_one_id():
    assert student_name("Mu\u0308ller", "") == "Müller"


@pytest.mark.parametrize("name", ["../../etc/passwd", "Ada Lovelace", "", "-rf", "a/b", "x" * 65])
def test_an_id_that_cannot_be_kept_is_refused_and_never_altered(name, monkeypatch):
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    with pytest.raises(TitoError) as caught:
        student_name(name, "")
    assert caught.value.exit_code == 2


def test_the_login_of_the_machine_is_never_taken_for_the_id(folder, tito):
    helpers.solve(folder, "01_tensor")
    done = tito(folder, "submit", "01", LOGNAME="root", USER="root")
    assert done.returncode == 2 and "--student ID" in done.stderr and not (folder / "submissions").exists()


@pytest.mark.parametrize(("change", "words"), [
    (lambda cells: cells + [helpers.free("1")] * MAX_CELLS, "at most 1000 are accepted"),
    (lambda cells: [*cells, {**helpers.free("1"), "metadata": {"x": "y" * MAX_BYTES}}], "larger than 20 MB")])
def test_what_collection_would_reject_is_not_handed_in(folder, tito, change, words):
    helpers.edit(helpers.solve(folder, "01_tensor"), change)
    done = tito(folder, "submit", "01", "--student", "ada", "--anyway")
    assert done.returncode == 1 and words in done.stderr and not (folder / "submissions").exists()


def test_where_the_class_has_an_exchange_it_goes_there(folder, tito, tmp_path):
    pytest.importorskip("nbgrader")
    exchange = make_exchange(folder, tmp_path / "exchange")
    notebook = helpers.solve(folder, "01_tensor").read_bytes()
    done = tito(folder, "submit", "01", HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    arrived = list((exchange / "tiny/inbound").glob("*/01_tensor.ipynb"))
    assert [path.read_bytes() for path in arrived] == [notebook]
    assert not (folder / "submissions").exists()


def make_exchange(folder: Path, exchange: Path) -> Path:
    for place in ("outbound/01_tensor", "inbound"):
        (exchange / "tiny" / place).mkdir(parents=True)
    exchange.chmod(0o777)
    (exchange / "tiny/outbound/01_tensor/01_tensor.ipynb").write_bytes(
        (folder / ".release/01_tensor/01_tensor.ipynb").read_bytes())
    (folder / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.course_id = 'tiny'\nc.Exchange.root = {str(exchange)!r}\n",
        encoding="utf-8")
    return exchange
