"""The student edition, and the search for leaks in it."""
import html
import json
import os
import re
import signal
import zipfile
from pathlib import Path

import pytest

from autograder import cli
from autograder.records.classroom import Classroom
from autograder.release import edition
from autograder.release.edition import lay_out, make_edition
from autograder.release.leaks import find_leaks, normalised, secrets
from tests import helpers
from tests.autograder.small_class import ACTIVATIONS, TENSOR, small_class
from tito.course import MODULES
from tito.errors import TitoError
from tito.language import language_info
from tito.notebooks import read_cells

SECRET = "self.data = np.asarray(data, dtype=np.float32)"
HIDDEN = 'assert Tensor([7.5]).numpy()[0] == 7.5, "the values changed"'


def repository(tmp_path):
    """The tiny course with a command line to release and a reference package that must not be."""
    classroom = small_class(tmp_path)
    files = {"tito/main.py": "print('tito')\n", "tito/__pycache__/main.pyc": SECRET, "pyproject.toml": "[project]\n",
             "tinytorch/tensor.py": SECRET, "milestones/01_1957_perceptron/results/1.txt": SECRET}
    for name, content in files.items():
        (classroom.root / name).parent.mkdir(parents=True, exist_ok=True)
        (classroom.root / name).write_text(content)
    return classroom


def release(classroom, target, *modules):
    return make_edition(classroom, list(modules) or [TENSOR, ACTIVATIONS], target)


def test_the_edition_holds_what_a_student_needs_and_no_solution(tmp_path):
    classroom, target = repository(tmp_path), tmp_path / "new/edition"
    release(classroom, target)
    files = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert files == {"notebooks/01_tensor/01_tensor.ipynb", "notebooks/02_activations/02_activations.ipynb",
                     ".release/01_tensor/01_tensor.ipynb", ".release/02_activations/02_activations.ipynb",
                     ".release/manifest.txt", "tinytorch/__init__.py", "settings.ini", "tito/main.py", "pyproject.toml",
                     "README.md"}
    stub = next(cell for cell in read_cells(TENSOR.notebook(target)) if cell.grade_id == "mul").source
    assert "YOUR CODE HERE" in stub and "product" not in stub.split('"""')[2]
    assert "HIDDEN" not in TENSOR.notebook(target).read_text() and "7.5" not in TENSOR.notebook(target).read_text()
    written = next(cell for cell in read_cells(TENSOR.notebook(target)) if cell.role == "written").source
    assert written == "*Write your answer here.*"
    metadata = json.loads(TENSOR.notebook(target).read_text(encoding="utf-8"))["metadata"]
    assert metadata["language_info"] == language_info(), "JupyterLab has nothing to add when it opens it"


@pytest.mark.parametrize("modules", [MODULES[:3], MODULES[-1:]], ids=["01 to 03", "20"])
def test_an_edition_links_to_nothing_and_advertises_nothing_that_it_lacks(tmp_path, modules):
    """This repository's own pages and notebooks, the rules of the Olympics among them."""
    lay_out(Classroom.at(helpers.REPOSITORY, None, None), modules, tmp_path)
    texts = [(page, page.read_text(encoding="utf-8")) for page in tmp_path.rglob("*.md")]
    texts += [(path, cell.source) for path in tmp_path.glob("notebooks/*/*.ipynb") for cell in read_cells(path)
              if cell.kind == "markdown"]
    links = [(page, link) for page, text in texts for link in re.findall(r"\]\(([^)#\s]+)", text)
             if "://" not in link and not link.startswith("attachment:")]
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []
    readme, last = (tmp_path / "README.md").read_text(encoding="utf-8"), modules[-1] == MODULES[-1]
    assert (tmp_path / "docs/olympics.md").exists() == last == ("docs/olympics.md" in readme)
    assert "2017" not in readme and "milestones/" not in readme and "<!--" not in readme
    if not last:
        prose = "".join(text for _, text in texts)
        assert "](../02_activations/02_activations.ipynb)" in prose and "](../04_losses" not in prose


def test_only_the_chosen_modules_are_released(tmp_path):
    classroom, target = repository(tmp_path), tmp_path / "edition"
    release(classroom, target, TENSOR)
    assert [path.name for path in (target / "notebooks").iterdir()] == ["01_tensor"]


def plant_in_cell(classroom, change):
    helpers.edit(ACTIVATIONS.notebook(classroom.root), change)


def in_markdown(classroom):
    plant_in_cell(classroom, lambda cells: cells[0].update(source=f"Hint: write `{SECRET}` and you are done."))


def in_free_code(classroom):
    plant_in_cell(classroom, lambda cells: cells.append(helpers.free(f"if True:\n    {SECRET}   # left over")))


def in_metadata(classroom):
    plant_in_cell(classroom, lambda cells: cells[0]["metadata"].update(note=[SECRET]))


def in_python(classroom):
    (classroom.root / "tito/main.py").write_text("x = 1\n\tself.data=np.asarray( data,dtype = np.float32 )\n")


def in_html(classroom):
    (classroom.root / "tito/help.html").write_text(f"<pre>{html.escape(HIDDEN)}</pre>")


def hidden_test_in_readme(classroom):
    (classroom.root / "autograder/release/student_README.md").write_text(f"See\n\n    {HIDDEN}\n")


def in_a_list(classroom):
    (classroom.root / "tito/notes.md").write_text(f"What is tested:\n\n1. {HIDDEN}\n")


def in_a_diff(classroom):
    (classroom.root / "tito/change.diff").write_text(f"- pass\n+ {HIDDEN}\n")


def in_zip_within_zip(classroom):
    with zipfile.ZipFile(classroom.root / "tito/inner.zip", "w") as archive:
        archive.writestr("a.txt", HIDDEN)
    with zipfile.ZipFile(classroom.root / "tito/outer.zip", "w") as archive:
        archive.write(classroom.root / "tito/inner.zip", "inner.zip")
    (classroom.root / "tito/inner.zip").unlink()


@pytest.mark.parametrize(("plant", "place"), [
    (in_markdown, "02_activations.ipynb, cell 1, line 1"), (in_free_code, "02_activations.ipynb, cell 7, line 2"),
    (in_metadata, "02_activations.ipynb, cell 1, outputs and metadata"), (in_python, "tito/main.py, line 2"),
    (in_html, "tito/help.html, line 1"), (hidden_test_in_readme, "README.md, line 3"),
    (in_a_list, "tito/notes.md"), (in_a_diff, "tito/change.diff"),
    (in_zip_within_zip, "tito/outer.zip > inner.zip > a.txt, line 1"),
])
def test_one_secret_line_anywhere_fails_the_build_and_leaves_nothing(tmp_path, plant, place):
    classroom, target = repository(tmp_path), tmp_path / "out/edition"
    plant(classroom)
    with pytest.raises(TitoError) as refused:
        release(classroom, target)
    assert place in str(refused.value) and "01_tensor, cell" in str(refused.value)
    assert list(target.parent.iterdir()) == []


def test_a_secret_in_an_output_is_found(tmp_path):
    folder = tmp_path / "edition"
    notebook = helpers.write_notebook(folder / "n.ipynb", [helpers.free("run()")])
    output = {"output_type": "stream", "name": "stdout", "text": ["a\n", HIDDEN]}
    helpers.edit(notebook, lambda cells: cells[0].update(outputs=[output]))
    leaks = find_leaks(folder, secrets(small_class(tmp_path).root))
    assert [leak.file.split(", line")[0] for leak in leaks] == ["n.ipynb, cell 1, outputs and metadata"]


def test_a_failed_build_leaves_the_former_edition_as_it_was(tmp_path):
    classroom, target = repository(tmp_path), tmp_path / "edition"
    release(classroom, target)
    before = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    in_python(classroom)
    with pytest.raises(TitoError):
        release(classroom, target)
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(("right", "wrong"), [("should be (1, 3)", 'should" be (1, 3)'), ("== 7.5,", "== (7.5,")],
                         ids=["visible", "hidden"])
def test_a_test_that_is_no_python_fails_the_build_and_is_named(tmp_path, right, wrong):
    classroom, target = repository(tmp_path), tmp_path / "out/edition"

    def spoil(cells):
        cell = next(cell for cell in cells if helpers.grade_id(cell) == "test_tensor")
        cell["source"] = "".join(cell["source"]).replace(right, wrong)
    helpers.edit(TENSOR.notebook(classroom.root), spoil)
    with pytest.raises(TitoError, match="01_tensor: the cell test_tensor is not Python: line [24], .*01_tensor.ipynb"):
        release(classroom, target)
    assert list(target.parent.iterdir()) == []


def test_what_is_open_or_says_too_little_is_no_secret(tmp_path):
    hidden = secrets(small_class(tmp_path).root)
    assert normalised(SECRET) in hidden and normalised(HIDDEN) in hidden
    assert normalised("return Tensor(product)") not in hidden and normalised("return self.data") not in hidden
    folder = tmp_path / "text"
    folder.mkdir()
    (folder / "a.py").write_text("other = self.data = np.asarray(data, dtype=np.float32).copy()\n")
    assert find_leaks(folder, hidden) == []


def test_a_former_edition_is_updated_and_its_git_folder_stays(tmp_path):
    classroom, target = repository(tmp_path), tmp_path / "edition"
    release(classroom, target)
    (target / ".git").mkdir()
    (target / ".git/HEAD").write_text("ref: refs/heads/main")
    helpers.edit(TENSOR.notebook(classroom.root), lambda cells: cells[0].update(source="# Tensor, second edition"))
    release(classroom, target, TENSOR)
    assert "second edition" in TENSOR.notebook(target).read_text()
    assert not ACTIVATIONS.notebook(target).exists()
    assert (target / ".git/HEAD").read_text() == "ref: refs/heads/main"


@pytest.mark.parametrize("name", ["thesis.txt", "notebooks/mine.ipynb", "README.md"])
def test_a_folder_with_somebodys_work_in_it_is_refused(tmp_path, name):
    classroom, target = repository(tmp_path), tmp_path / "edition"
    release(classroom, target)
    (target / name).write_text("mine")
    with pytest.raises(TitoError, match=name) as error:
        release(classroom, target)
    assert (target / name).read_text() == "mine"
    assert ("undo the changes (git checkout FILE)" in str(error.value)) == (name == "README.md")


def test_ctrl_c_leaves_an_edition_that_can_be_made_again(tmp_path, monkeypatch):
    classroom, target = repository(tmp_path), tmp_path / "edition"
    release(classroom, target)
    helpers.edit(TENSOR.notebook(classroom.root), lambda cells: cells[0].update(source="# Tensor, second edition"))
    put_in_place, replace = edition.put_in_place, os.replace

    def stopped(*paths):
        replace(*paths)
        signal.raise_signal(signal.SIGINT)

    def put_and_stop(*folders):
        with monkeypatch.context() as patched:
            patched.setattr(os, "replace", stopped)
            put_in_place(*folders)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(edition, "put_in_place", put_and_stop)
        release(classroom, target)
    release(classroom, target)
    assert "second edition" in TENSOR.notebook(target).read_text()


@pytest.mark.parametrize("place, what", [(".", "this repository"), ("..", "this repository"), ("course", "the course"),
                                         ("../course", "the course")])
def test_a_folder_that_holds_the_repository_or_the_course_is_refused_unread(tmp_path, monkeypatch, place, what):
    classroom = repository(tmp_path)
    if place == "../course":
        classroom = Classroom.at(classroom.root, tmp_path / "course")
    monkeypatch.setattr(edition, "files_below", None)
    monkeypatch.chdir(classroom.root)
    with pytest.raises(TitoError, match=f"holds {what}.*: name a folder of its own, such as --to ../class-repository"):
        cli.release(Path(place), course=classroom.folder)


def test_a_changed_reference_changes_the_release_of_the_course(tmp_path):
    from autograder.release.notebook import ensure_released

    classroom = small_class(tmp_path)
    before = classroom.released(TENSOR).read_bytes()
    ensure_released(classroom, [TENSOR])
    assert classroom.released(TENSOR).read_bytes() == before
    helpers.edit(TENSOR.notebook(classroom.root), lambda cells: cells[0].update(source="# Tensor, mended"))
    ensure_released(classroom, [TENSOR])
    assert json.loads(classroom.released(TENSOR).read_text())["cells"][0]["source"] == ["# Tensor, mended"]


def test_the_real_edition_gives_nothing_away_and_works_without_the_autograder(tmp_path):
    from autograder.records.classroom import Classroom
    from tito.course import available

    root, target = helpers.REPOSITORY, tmp_path / "edition"
    make_edition(Classroom.at(root, tmp_path / "course"), available(root), target)
    assert not (target / "autograder").exists() and not (target / "tests").exists()
    assert [path.name for path in (target / "tinytorch").iterdir()] == ["__init__.py"]
    assert all(module.notebook(target).is_file() for module in available(root))
