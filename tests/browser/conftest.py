"""A browser, and JupyterLab on a student's folder, started once for each process of pytest."""
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.folder import student_folder
from tests.browser.window import Window
from tests.helpers import REPOSITORY
from tests.jupyter import CHROMIUM, Server, chromium, serving

SIZE = {"width": 1366, "height": 768}                # the commonest small screen
SCREENSHOTS = REPOSITORY / "build/screenshots"


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = chromium(driver)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """A student's folder, whose package is complete and whose notebooks come test by test."""
    return student_folder(tmp_path_factory.mktemp("student") / "class")


@pytest.fixture(scope="session")
def lab(browser, folder, tmp_path_factory) -> Iterator[Server]:
    with serving(folder, tmp_path_factory.mktemp("home"), "lab") as server:
        yield server


@pytest.fixture
def window(browser, request) -> Iterator[Window]:
    """A new window, as wide as a student's; its pictures bear the name of the test."""
    page = browser.new_page(viewport=SIZE)
    page.set_default_timeout(60_000)
    name = request.node.name.removeprefix("test_").replace("[", "-").rstrip("]")
    yield Window(page, SCREENSHOTS / name)
    page.close()
