"""The kernel in which notebooks are judged."""
import pytest

from tito.check.kernel import environment, fresh_kernel


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    (root / "mine.py").write_text("here = True")
    (root / "work").mkdir()
    with fresh_kernel(root, root / "work") as running:
        yield running


def test_cells_share_one_state_and_failures_come_back_as_words(kernel):
    assert kernel.run("x = 2") is None
    assert kernel.run("assert x == 2 and __import__('mine').here") is None, "the course folder comes first on the path"
    failure = kernel.run("assert x == 3, 'x is two'")
    assert (failure.name, failure.message) == ("AssertionError", "x is two")
    assert "\x1b" not in failure.traceback


def test_it_works_in_the_folder_of_the_notebook_on_one_blas_thread(kernel):
    assert kernel.run("import os; assert os.path.basename(os.getcwd()) == 'work'") is None
    assert kernel.run("assert os.environ['OPENBLAS_NUM_THREADS'] == '1'") is None
    assert kernel.run("%matplotlib inline\nassert 'inline' in os.environ['MPLBACKEND']") is None


def test_a_flood_of_output_is_dropped(kernel):
    assert kernel.run("for _ in range(200): print('x' * 100_000)") is None


def test_an_endless_loop_is_given_up(tmp_path):
    with fresh_kernel(tmp_path, tmp_path) as running:
        assert running.run("while True: pass", seconds=0.6).name == "CellTimeout"


def test_the_course_folder_comes_before_what_was_on_the_path(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    assert environment(tmp_path)["PYTHONPATH"].split(":" if ":" in environment(tmp_path)["PYTHONPATH"] else ";") == \
        [str(tmp_path), "elsewhere"]
