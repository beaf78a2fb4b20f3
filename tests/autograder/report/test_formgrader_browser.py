"""Formgrader in a real browser: nothing that a student wrote runs in its pages, and its buttons take our steps.

The markup here is harmless: it would change the title of the page, or write a file into the test's own folder.
"""
import json
from urllib.parse import quote

import pytest
from nbformat.v4 import new_output

from autograder.records.gradebook import gradebook
from autograder.records.hand_scores import read_kept
from autograder.records.submission import Submission
from tests.autograder.small_class import ACTIVATIONS, TENSOR, blank, cell, grade, hand_in, small_class, submission
from tests.jupyter import CHROMIUM, TOKEN, chromium, serving
from tito.notebooks import TEXT_STUB

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")
RUN = "document.title='changed'"
MARKUP = f"""My answer. <script>{RUN}</script> <img src=x onerror="{RUN}"> <svg onload="{RUN}"><rect/></svg>
<details open ontoggle="{RUN}">more</details> <a class="full-credit" href="javascript:{RUN}">here</a>
[there](javascript:{RUN}) ![figure](attachment:none.png) <b onclick="{RUN}" class="full-credit">bold</b>

<iframe srcdoc="<script>parent.{RUN}</script>"></iframe> <style>body {{ display: none }}</style>"""


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """Two submissions of 01, ada's full of markup and graded, ben's collected only."""
    folder = tmp_path_factory.mktemp("formgrader")
    classroom = small_class(folder)
    release = blank(classroom, TENSOR)
    cell(release, "why_float32")["source"] = f"Why half the bytes?\n\n{TEXT_STUB}"
    classroom.released(TENSOR).write_text(json.dumps(release))
    code = f"#| export\ndef mul(a, b):\n    return a  # </pre><script>{RUN}</script><img src=x onerror={RUN}>"
    ada = submission(classroom, TENSOR, why_float32=MARKUP, mul=code)
    free = next(one for one in ada["cells"] if one["cell_type"] == "code" and "nbgrader" not in one["metadata"])
    free["outputs"] = [new_output("display_data", {"text/plain": MARKUP, "text/html": MARKUP, "image/svg+xml": MARKUP}),
                       new_output("stream", text=MARKUP)]
    hand_in(classroom, "ada", TENSOR, ada)
    grade(classroom)
    leak = f"#| export\nopen({str(folder / 'ran')!r}, 'w')\ndef mul(a, b):\n    return a"
    hand_in(classroom, "ben", TENSOR, submission(classroom, TENSOR, mul=leak))
    hand_in(classroom, "ben", ACTIVATIONS, blank(classroom, ACTIVATIONS))
    return classroom


@pytest.fixture(scope="module")
def address(classroom, tmp_path_factory):
    """`tito formgrader` as a process of its own, as a fresh user."""
    with serving(classroom.root, tmp_path_factory.mktemp("home"), "formgrader") as server:
        yield server.address


@pytest.fixture(scope="module")
def page(address):
    with playwright.sync_playwright() as driver:
        browser = chromium(driver)
        page = browser.new_page()
        page.route("**/*", lambda route: route.continue_() if route.request.url.startswith(address) else route.abort())
        page.goto(f"{address}/formgrader/?token={TOKEN}")
        page.set_default_timeout(10_000)
        yield page
        browser.close()


def open_submission(page, address, classroom) -> None:
    with gradebook(classroom) as book:
        number = book.find_submission_notebook(TENSOR.id, TENSOR.id, "ada").id
    page.goto(f"{address}/formgrader/submissions/{number}/")
    page.wait_for_selector(".score[placeholder]", state="attached")     # nbgrader's script has loaded the grades


def said(page, row: str, column: str) -> str:
    """Press a button of nbgrader's; what its window then says."""
    page.locator("tr", has_text=row).locator(f"td.{column} a").click()
    page.wait_for_selector(".modal.in", timeout=60_000)     # grading starts a sandbox
    text = page.locator(".modal-body").inner_text()
    page.locator(".modal-footer .close").click()
    page.wait_for_selector(".modal", state="detached")
    return text


def test_nothing_in_a_submission_runs_or_passes_for_a_button(page, address, classroom):
    open_submission(page, address, classroom)
    assert "My answer." in page.locator("body").inner_text()
    assert page.locator(".nbgrader_cell:has(#why_float32) blockquote").inner_text() == "Why half the bytes?"
    page.locator("text=bold").first.click()
    page.locator("text=here").first.click()
    assert page.title() == TENSOR.id
    assert page.locator("#notebook iframe, #notebook svg, #notebook script, #notebook img").count() == 0
    assert page.locator(".full-credit").count() == page.locator("button.full-credit").count() > 0
    with gradebook(classroom) as book:
        assert book.find_grade("why_float32", TENSOR.id, TENSOR.id, "ada").manual_score is None


def test_what_a_person_gives_lies_in_the_course_folder_at_once(page, address, classroom):
    open_submission(page, address, classroom)
    for points in ("3", ""):
        page.locator("input.score#why_float32").fill(points)
        page.locator("input.score#why_float32").dispatch_event("change")
        for _ in range(100):
            kept = read_kept(classroom, TENSOR).get(("ada", "why_float32", False))
            if (kept.points if kept else None) == (float(points) if points else None):
                break
            page.wait_for_timeout(100)           # not a sleep: requests pass through this process
        else:
            raise AssertionError(kept)


def test_the_policy_holds_even_where_markup_gets_into_the_page(page, address, classroom):
    def with_markup(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('<div class="panel-body">', MARKUP, 1))

    page.route("**/formgrader/submissions/*/", with_markup)
    open_submission(page, address, classroom)
    page.unroute("**/formgrader/submissions/*/")
    assert page.locator("b[onclick]").count() == 1                    # it is there
    for link in ("b[onclick]", "a[href^=javascript]"):
        page.locator(link).first.dispatch_event("click")
    assert page.title() == TENSOR.id


@pytest.mark.parametrize("name", [f'";{RUN};"', f"</script><script>{RUN}</script>"])
def test_an_address_brings_no_script_into_a_page(page, address, name):
    page.goto(f"{address}/formgrader/manage_students/{quote(name, safe='')}")
    assert page.title() == "nbgrader formgrade"


def test_an_address_brings_no_configuration(page, address, classroom, tmp_path):
    (tmp_path / "nbgrader_config.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    page.goto(f"{address}/formgrader/?path={quote(str(tmp_path))}")
    assert page.locator("h1", has_text="Manage Assignments").count() == 1
    assert not (tmp_path / "ran").exists()


def test_a_person_gives_a_score_and_a_comment(page, address, classroom):
    open_submission(page, address, classroom)
    with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
        page.locator("#why_float32").fill("3")
        page.locator("#why_float32").press("Tab")
    with page.expect_response(lambda answer: "/api/comment/" in answer.url and answer.request.method == "PUT"):
        page.locator("#why_float32-comment").fill("Well argued.")
        page.locator("#why_float32-comment").blur()
    page.locator(".glyphicon-eye-open").click()                       # an inline event handler of nbgrader's
    assert page.locator(".name-shown", has_text="ada").is_visible()
    with gradebook(classroom) as book:
        assert book.find_grade("why_float32", TENSOR.id, TENSOR.id, "ada").manual_score == 3
        assert book.find_comment("why_float32", TENSOR.id, TENSOR.id, "ada").comment == "Well argued."


@pytest.mark.long
def test_buttons_of_a_submission_take_our_steps(page, address, classroom, sandbox):
    page.goto(f"{address}/formgrader/manage_submissions/{TENSOR.id}")
    assert "01_tensor: 1 graded" in said(page, "ben", "autograde")
    graded = json.loads(Submission(classroom, "ben", TENSOR).autograded.read_text())
    assert graded["metadata"]["tinytorch"]["provenance"]["sandboxed"]
    assert not (classroom.root.parent / "ran").exists()
    assert "1 pages" in said(page, "ben", "generate-feedback")
    html = Submission(classroom, "ben", TENSOR).feedback.read_text()
    assert "Content-Security-Policy" in html and "HIDDEN" not in html
    assert "tito feedback" in said(page, "ben", "release-feedback")


@pytest.mark.long
def test_buttons_of_an_assignment_take_our_steps(page, address, classroom):
    released = classroom.released(TENSOR).read_bytes()
    page.goto(f"{address}/formgrader/manage_assignments")
    assert "tito release" in said(page, TENSOR.id, "assign")
    assert classroom.released(TENSOR).read_bytes() == released
    assert "pages in" in said(page, TENSOR.id, "generate-feedback")
    assert "HIDDEN" not in Submission(classroom, "ada", TENSOR).feedback.read_text()
    assert "tito feedback" in said(page, TENSOR.id, "release-feedback")


def test_a_module_that_is_neither_released_nor_handed_in_is_not_listed(page, address, classroom):
    (classroom.root / "notebooks/03_layers").mkdir()
    page.goto(f"{address}/formgrader/manage_assignments")
    page.wait_for_selector("tbody td.name a")
    assert page.locator("tbody td.name").all_inner_texts() == [TENSOR.id, ACTIVATIONS.id]


@pytest.mark.parametrize("path, told", [("assignment/01_tensor/collect", "There is no"),
                                        ("submission/--unsafe/ada/autograde", "--unsafe"),
                                        ("submission/01_tensor/--unsafe/autograde", "not a student id")])
def test_an_address_of_a_button_is_an_argument_and_no_option(page, address, path, told):
    page.goto(f"{address}/formgrader/manage_assignments")
    answer = page.evaluate("path => $.post(base_url + '/formgrader/api/' + path)", path)
    assert not json.loads(answer)["success"] and told in json.loads(answer)["log"]


def test_a_submission_opens_at_the_first_question_that_waits_and_a_bar_leads_to_each(page, address, classroom):
    with gradebook(classroom) as book:
        essay = book.find_grade("why_float32", TENSOR.id, TENSOR.id, "ada")
        essay.manual_score, essay.needs_manual_grade = None, True
        book.db.commit()
    open_submission(page, address, classroom)
    page.wait_for_function("document.activeElement.id == 'why_float32'")
    label = page.locator(".questions label")
    assert label.all_inner_texts() == ["why_float32"] and label.is_visible()
    after = "getComputedStyle(document.querySelector('.questions label'), '::after').content"
    assert "waits" in page.evaluate(after)
    page.locator("#why_float32").blur()
    page.evaluate("scrollTo(0, 0)")
    label.click()
    page.wait_for_function("document.activeElement.id == 'why_float32'")
    with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
        page.locator("#why_float32").fill("2")
        page.locator("#why_float32").press("Tab")
    page.wait_for_function(f"!{after}.includes('waits')")
