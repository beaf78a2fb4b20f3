"""The package as it is committed: what the notebooks export, light to import, helpful where it is unfinished."""
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import tinytorch
from tito.course import MODULES, Module, available
from tito.package import exported_text

ROOT = Path(__file__).resolve().parents[1]
MADE = available(ROOT)

every_module = pytest.mark.parametrize("module", MADE, ids=lambda module: module.id)


def fresh_python(code: str, *flags: str, path: Path = ROOT, **environment: str) -> str:
    """What `code` prints in a new process that finds tinytorch in `path`; BLAS threads as `environment` says."""
    kept = {key: value for key, value in os.environ.items() if not key.endswith("_NUM_THREADS")}
    environment = {**kept, **environment, "PYTHONPATH": str(path), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, *flags, "-c", code], cwd=path, env=environment,
                          capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


@every_module
def test_committed_file_is_what_the_notebook_exports(module: Module):
    made = exported_text(module.notebook(ROOT).read_bytes(), module)
    assert made == module.exported(ROOT).read_text(encoding="utf-8"), f"run tito export {module.number:02}"


def test_package_holds_no_file_without_a_notebook():
    assert {path.stem for path in (ROOT / "tinytorch").glob("*.py")} == {"__init__", *(module.name for module in MADE)}


@every_module
def test_package_does_not_show_how_it_is_graded(module: Module):
    text = module.exported(ROOT).read_text(encoding="utf-8")
    assert not re.search(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS)|nbgrader|raise NotImplementedError\(\)", text)


@every_module
def test_committed_notebook_carries_no_outputs(module: Module):
    notebook = json.loads(module.notebook(ROOT).read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert code
    for cell in code:
        assert cell["outputs"] == [] and cell["execution_count"] is None, cell["source"]


def test_importing_everything_pulls_in_numpy_and_the_standard_library_only():
    names = [module.name for module in MADE]
    loaded = json.loads(fresh_python(
        "import sys; before = set(sys.modules)\n"       # what site-packages start by themselves is not our doing
        f"import importlib, json, tinytorch\nfor name in {names}: importlib.import_module('tinytorch.' + name)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in set(sys.modules) - before})))"))
    assert set(loaded) - set(sys.stdlib_module_names) == {"tinytorch", "numpy"}


def test_importing_tinytorch_alone_reads_no_module():
    code = "import sys, tinytorch; print([name for name in sys.modules if name.startswith(('tinytorch.', 'numpy'))])"
    assert fresh_python(code).strip() == "[]"


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_one_blas_thread_unless_the_user_asked_for_more():
    code = ("import tinytorch; tinytorch.ones(300, 300) @ tinytorch.ones(300, 300)\n"
            "import os; print(os.environ['OPENBLAS_NUM_THREADS'], len(os.listdir('/proc/self/task')))")
    assert fresh_python(code).split() == ["1", "1"]
    assert fresh_python(code, OPENBLAS_NUM_THREADS="2").split()[0] == "2"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's allocator is told to keep memory")
def test_freed_arrays_stay_with_the_process():
    code = ("import resource, tinytorch, numpy as np\n"
            "def faults(): return resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
            "np.ones(10_000_000, np.float32); before = faults()\n"
            "for _ in range(5): np.ones(10_000_000, np.float32)\n"
            "print(faults() - before)")
    plain = code.replace("tinytorch, ", "")
    kept, given_back = (int(fresh_python(c, NUMPY_MADVISE_HUGEPAGE="0")) for c in (code, plain))
    assert kept < 1000 < given_back


@every_module
def test_every_public_name_of_a_finished_module_resolves(module: Module):
    names = tinytorch._NAMES[module.id].split()
    assert names
    for name in names:
        assert getattr(tinytorch, name).__module__ == f"tinytorch.{module.name}"


def test_names_are_listed_for_exactly_the_modules_of_the_course():
    assert set(tinytorch._NAMES) == {module.id for module in MODULES}
    assert {"Tensor", "Linear", "backward", "GPT"} <= set(dir(tinytorch))


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="tinytorch has no 'Tensr'"):
        tinytorch.Tensr  # noqa: B018
    assert not hasattr(tinytorch, "Tensr")


@pytest.fixture
def unfinished(tmp_path) -> Path:
    """A package in which no notebook is complete yet."""
    shutil.copytree(ROOT / "tinytorch", tmp_path / "tinytorch", ignore=lambda _, names: set(names) - {"__init__.py"})
    return tmp_path


def error_of_linear(path: Path) -> str:
    """Without site-packages (-S), where an editable install would supply the modules that `path` lacks."""
    code = "import tinytorch\ntry: tinytorch.Linear\nexcept Exception as error: print(type(error).__name__, error)"
    return fresh_python(code, "-S", path=path)


def test_name_of_an_unwritten_module_says_which_notebook_to_complete(unfinished):
    said = error_of_linear(unfinished)
    assert said.startswith("AttributeError tinytorch.Linear") and "03_layers" in said and "tito module start 03" in said


def test_no_other_name_is_suggested_for_one_that_is_not_written_yet(unfinished):
    """Python would say "Did you mean: 'gelu'?", which is not written either."""
    shown = ("import sys, tinytorch\nsys.stderr = sys.stdout\n"
             "try: tinytorch.{}\nexcept Exception: sys.__excepthook__(*sys.exc_info())")
    unwritten = fresh_python(shown.format("relu"), "-S", path=unfinished)
    (unfinished / "tinytorch" / "activations.py").write_text("", encoding="utf-8")
    exported_before = fresh_python(shown.format("relu"), "-S", path=unfinished)
    assert "tito module start 02" in unwritten and "tito module complete 02" in exported_before
    assert "Did you mean" not in unwritten + exported_before
    assert "Did you mean: 'relu'?" in fresh_python(shown.format("rel"), "-S", path=unfinished)


@pytest.mark.parametrize(("released", "words"), [("03_layers", "not complete yet: tito module start 03"),
                                                 ("01_tensor", "which is not in this edition: tito module list")])
def test_a_name_of_a_later_edition_does_not_send_to_a_notebook_that_is_not_here(unfinished, released, words):
    (unfinished / ".release" / released).mkdir(parents=True)
    assert words in error_of_linear(unfinished)


def test_name_missing_from_an_exported_module_says_which_notebook_to_complete_again(unfinished):
    (unfinished / "tinytorch" / "layers.py").write_text("", encoding="utf-8")
    said = error_of_linear(unfinished)
    assert said.startswith("AttributeError tinytorch.layers has no 'Linear'") and "tito module complete 03" in said


def test_a_module_that_needs_something_missing_names_that_and_not_itself(unfinished):
    (unfinished / "tinytorch" / "layers.py").write_text("import no_such_library", encoding="utf-8")
    assert error_of_linear(unfinished).strip() == "ModuleNotFoundError No module named 'no_such_library'"


def pinned() -> set[str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return {canonical(line.split("==")[0]) for line in lines if "==" in line}


def canonical(requirement: str) -> str:
    """The name in a requirement such as `psycopg[binary]>=3`, as pip compares names."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


@pytest.mark.parametrize("extra", ["course", "instructor", "olympics", "pretrained", "site", "dev"])
def test_every_package_of_an_extra_is_pinned(extra):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {canonical(name) for name in project["dependencies"] + project["optional-dependencies"][extra]}
    assert needed - {project["name"]} <= pinned()


def test_environment_yml_installs_the_course_at_the_pinned_versions():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    section = (ROOT / "environment.yml").read_text(encoding="utf-8").partition("- pip:\n")[2]
    entries = re.findall(r"^ +- (.+)$", section, re.MULTILINE)
    assert entries[0] == "-c constraints.txt"
    course = project["dependencies"] + project["optional-dependencies"]["course"]
    assert {canonical(entry) for entry in entries[1:]} == {canonical(name) for name in course}
