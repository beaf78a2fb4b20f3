"""`tito lab`: a notebook that nobody has touched is not marked as unsaved; Ctrl-C ends JupyterLab and its kernels."""
import json
import signal

from tests.browser.folder import put_released, student_folder
from tests.jupyter import answers, serving
from tito.course import MODULES

ACTIVATIONS, LAYERS = MODULES[1:3]


def of_another_python(path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"]["language_info"]["version"] = "3.10.0"
    path.write_text(json.dumps(notebook), encoding="utf-8")


def test_a_released_notebook_opens_without_a_change(folder, lab, window):
    window.open(lab, put_released(folder, ACTIVATIONS).relative_to(folder).as_posix())
    assert not window.unsaved


def test_one_of_another_python_would_not(folder, lab, window):
    path = put_released(folder, LAYERS)
    of_another_python(path)
    window.open(lab, path.relative_to(folder).as_posix())
    assert window.unsaved


def test_tito_lab_opens_it_without_a_change_and_ctrl_c_ends_all(tmp_path, window):
    folder = student_folder(tmp_path / "class")
    path = put_released(folder, LAYERS)
    of_another_python(path)
    with serving(folder, tmp_path / "home", "lab", "03") as lab:
        window.open(lab, path.relative_to(folder).as_posix())
        assert not window.unsaved
        window.page.goto("about:blank")
        lab.process.send_signal(signal.SIGINT)
        lab.process.wait(20)
        assert not answers(lab)
