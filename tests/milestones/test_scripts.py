"""What holds for every milestone's script, whatever it tells."""
import re
import sys

import pytest
from runs import ROOT

from tito.scripts import milestone_notebooks, script_of

every_notebook = pytest.mark.parametrize("notebook", milestone_notebooks(ROOT), ids=lambda path: path.stem)


@every_notebook
def test_a_script_is_what_its_notebook_exports(notebook):
    assert notebook.with_suffix(".py").read_text(encoding="utf-8") == script_of(notebook)


@every_notebook
def test_a_script_sets_one_blas_thread_before_numpy_is_there(notebook):
    """NumPy reads the variable when it is first imported; tinytorch sets it when it is."""
    imported = re.findall(r"(?m)^(?:import|from) (\w+)", script_of(notebook).split('"""', 2)[2])
    assert [name for name in imported if name not in sys.stdlib_module_names][0] == "tinytorch"
