"""Every module's notebook, solved, opened and run in JupyterLab once: it passes, and all of it can be read.

The later ones take longest, so they come first.
"""
import pytest

from tests.browser.folder import put_solved
from tests.browser.window import DARK, LIGHT
from tito.course import MODULES


@pytest.mark.parametrize("module", MODULES[::-1], ids=lambda module: module.id)
def test_notebook(module, folder, lab, window):
    window.open(lab, put_solved(folder, module).relative_to(folder).as_posix())
    passed = window.run_all()
    faults = window.faults()
    window.execute("application:toggle-left-area")
    for theme in (LIGHT, DARK):
        window.theme(theme)
        window.pages(theme.split()[1].lower())
    window.theme(LIGHT)
    window.execute("kernelmenu:shutdown")
    assert passed and not faults, "\n".join(faults)
