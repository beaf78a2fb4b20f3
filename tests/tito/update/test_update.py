"""`tito update`: what becomes of each file, a bad source, an update that was stopped, and the command as a process."""
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from tests import helpers
from tito.commands.setup import setup
from tito.commands.update import update
from tito.diagnosis import Check
from tito.errors import TitoError
from tito.manifest import MANIFEST, digest, manifest_text
from tito.update import bring
from tito.update.source import opened

NOTEBOOK = "notebooks/01_tensor/01_tensor.ipynb"


def edition(root: Path, **files: str) -> Path:
    """A student folder as it is released: with its manifest. `files`: more names, "__" for the slash, and contents."""
    helpers.make_student_folder(root)
    for name, content in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return sealed(root)


def sealed(root: Path) -> Path:
    (root / MANIFEST).unlink(missing_ok=True)
    names = [path.relative_to(root).as_posix() for path in sorted(root.rglob("*")) if path.is_file()]
    (root / MANIFEST).write_text(manifest_text({name: digest(root / name) for name in names}), encoding="utf-8")
    return root


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """The next release: another test in 01, other files, one file fewer."""
    root = edition(tmp_path / "new", tito__a="new", tito__b="new", tito__fresh="new")
    for folder in ("notebooks", ".release"):
        helpers.edit(root / folder / "01_tensor/01_tensor.ipynb", better_test)
    return sealed(root)


def better_test(cells: list[dict]) -> None:
    cell = next(cell for cell in cells if helpers.grade_id(cell) == "test_mul")
    cell["source"] = 'assert mul(Tensor([1]), Tensor([2])).numpy() == 2, "better"'


@pytest.fixture
def mine(tmp_path: Path, monkeypatch) -> Path:
    """A student's folder of the first release, in which things were done."""
    root = edition(tmp_path / "Übung mit Leerzeichen", tito__a="old", tito__b="old", tito__gone="old",
                   tito__mended="old")
    helpers.solve(root, "01_tensor")
    (root / "tito/b").write_text("changed by the student")
    (root / "tito/mended").write_text("changed by the student")
    (root / "tinytorch/tensor.py").write_text("# my package")
    (root / "my notes.txt").write_text("mine")
    monkeypatch.chdir(root)
    return root


def sources(root: Path) -> dict[str, str]:
    cells = json.loads((root / NOTEBOOK).read_text(encoding="utf-8"))["cells"]
    return {helpers.grade_id(cell): "".join(cell["source"]) for cell in cells if helpers.grade_id(cell)}


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_files_become_new_and_nothing_of_the_students_is_lost(mine, new, capsys):
    before = sources(mine)
    update(new)
    said = "".join(capsys.readouterr())
    assert sources(mine)["mul"] == before["mul"] and "better" in sources(mine)["test_mul"]
    assert (mine / "tito/a").read_text() == (mine / "tito/b").read_text() == (mine / "tito/fresh").read_text() == "new"
    assert not (mine / "tito/gone").exists(), "unchanged, and no longer part of the edition"
    assert (mine / "tito/mended").read_text() == "changed by the student"
    assert (mine / "tinytorch/tensor.py").read_text() == "# my package" and (mine / "my notes.txt").exists()
    kept = [path.read_text(encoding="utf-8") for path in (mine / ".tito/backups").iterdir()]
    assert "changed by the student" in kept and any("return Tensor(product)" in text for text in kept)
    assert (mine / MANIFEST).read_text() == (new / MANIFEST).read_text()
    assert "01_tensor: the new notebook, your answers in it: 2" in said and "tito/b had changes of yours" in said
    assert "Next: tito module complete 01" in said


def test_a_second_time_changes_nothing(mine, new, capsys):
    update(new)
    before = contents(mine)
    update(new)
    assert contents(mine) == before and "already as in" in capsys.readouterr().out


@pytest.mark.parametrize("steps", range(1, 8))
def test_stopped_anywhere_it_goes_on_when_it_is_run_again(mine, new, monkeypatch, steps):
    wanted = sources(mine)["mul"]
    done = []

    def until(function):
        def run(*arguments):
            if len(done) == steps:
                raise KeyboardInterrupt
            done.append(arguments)
            return function(*arguments)
        return run
    with monkeypatch.context() as patch:
        patch.setattr(bring, "write_whole", until(bring.write_whole))
        patch.setattr(bring, "keep_copy", until(bring.keep_copy))
        with pytest.raises(KeyboardInterrupt):
            update(new)
    update(new)
    assert sources(mine)["mul"] == wanted and "better" in sources(mine)["test_mul"]
    assert (mine / MANIFEST).read_text() == (new / MANIFEST).read_text()


def test_a_smaller_edition_takes_no_notebook_away(mine, new, capsys):
    shutil.rmtree(new / "notebooks/01_tensor")
    shutil.rmtree(new / ".release/01_tensor")
    before = (mine / NOTEBOOK).read_bytes()
    update(sealed(new))
    assert (mine / NOTEBOOK).read_bytes() == before and (mine / ".release/01_tensor/01_tensor.ipynb").is_file()


def test_an_unreadable_notebook_is_left_and_named(mine, new, capsys):
    (mine / NOTEBOOK).write_text("{")
    update(new)
    assert (mine / NOTEBOOK).read_text() == "{" and "tito module reset 01" in capsys.readouterr().err


@pytest.mark.parametrize("top", ["", "class-main/"])
def test_a_zip_does_as_well(mine, new, tmp_path, tito, top):
    archive = tmp_path / "new.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name, content in contents(new).items():
            file.writestr(top + name, content)
    done = tito(mine, "update", "--from", str(archive))
    assert done.returncode == 0 and "1 of your notebooks brought up to date" in done.stdout, done.stderr
    assert "better" in sources(mine)["test_mul"]


def damaged(new: Path) -> None:
    (new / "tito/a").write_text("changed since")


def no_edition(new: Path) -> None:
    (new / MANIFEST).unlink()


def not_a_manifest(new: Path) -> None:
    (new / MANIFEST).write_text("nothing of the kind")


def claims(name: str):
    def change(new: Path) -> None:
        (new / MANIFEST).write_text(f"{digest(new / 'tito/a')}  {name}\n")
    return change


@pytest.mark.parametrize(("spoil", "words"), [
    (damaged, "tito/a is missing or changed"), (no_edition, "is not a student edition"),
    (not_a_manifest, "is damaged"), (claims("../tito/a"), "is not a student edition"),
    (claims("/etc/motd"), "is not a student edition"), (claims("tito\\a"), "is not a student edition"),
    (claims(".GIT/config"), "is not a student edition"), (claims("tinytorch/tensor.py"), "is not a student edition"),
    (shutil.rmtree, "There is no"),
], ids=["damaged", "no edition", "no manifest", "above", "absolute", "backslash", "git", "package", "not there"])
def test_a_source_that_is_no_whole_edition_changes_nothing(mine, new, spoil, words):
    before = contents(mine)
    spoil(new)
    with pytest.raises(TitoError, match=words) as refused:
        update(new)
    assert contents(mine) == before and "\n" not in str(refused.value)


def test_a_file_that_is_no_zip_is_named(mine, tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(TitoError, match="not a readable zip"), opened(tmp_path / "x.zip"):
        pass


def test_only_a_student_edition_is_updated_and_not_from_itself(mine, new, course, monkeypatch):
    with pytest.raises(TitoError, match="this very folder"):
        update(mine)
    monkeypatch.chdir(course)
    with pytest.raises(TitoError, match="no student edition"):
        update(new)


def test_a_link_is_brought_as_a_link(mine, new):
    (new / "tito/link").symlink_to("a")
    update(sealed(new))
    assert (mine / "tito/link").is_symlink() and (mine / "tito/link").read_text() == "new"


def test_setup_puts_solutions_in_place_of_blank_notebooks_and_a_second_time_changes_nothing(mine, monkeypatch, capsys):
    solved = helpers.write_notebook(mine / ".release/solutions/01_tensor.ipynb", helpers.TENSOR)
    fine = Check("", "as it should be")
    for name in ("python_version", "folder_writable", "imported_from_here", "kernel"):
        monkeypatch.setattr(f"tito.diagnosis.{name}", lambda *_: fine)
    shutil.copy(mine / ".release/01_tensor/01_tensor.ipynb", mine / NOTEBOOK)
    setup()
    assert (mine / NOTEBOOK).read_bytes() == solved.read_bytes()
    assert not (mine / "notebooks/01_tensor/01_tensor-mine.ipynb").exists()
    assert "01_tensor: the course's solution is in place" in capsys.readouterr().out
    before = contents(mine)
    setup()
    assert contents(mine) == before
