"""What a student gets back."""
import json
import re
import shutil
from dataclasses import replace
from html import unescape

import pytest
from sqlalchemy.exc import OperationalError

from autograder.records.database import GradebookError
from autograder.records.gradebook import gradebook
from autograder.records.submission import Submission
from autograder.report import feedback
from autograder.report.clean import clean_html
from autograder.report.feedback import write_feedback
from tests.autograder.small_class import ACTIVATIONS, TENSOR, blank, cell, grade, hand_in, small_class, submission
from tito.notebooks import TEXT_STUB

WICKED = """Because <script>alert(1)</script> <img src=x onerror="steal()"> <a href="javascript:evil()">here</a>
<iframe src="https://elsewhere.example"></iframe> <b onclick="evil()">bold</b> ![pixel](https://elsewhere.example/p.png)"""


def page(classroom, student, module):
    assert write_feedback(classroom, [module], student) == (1, [])
    return Submission(classroom, student, module).feedback.read_text(encoding="utf-8")


def test_every_lost_point_has_its_reason_and_no_hidden_test_is_shown(tmp_path):
    classroom = small_class(tmp_path)
    only_vectors = "#| export\ndef mul(a, b):\n    return Tensor([x * y for x, y in zip(a.numpy(), b.numpy())])"
    hand_in(classroom, "ada", TENSOR, submission(classroom, TENSOR, mul=only_vectors))
    grade(classroom)
    html = page(classroom, "ada", TENSOR)
    assert "mul should broadcast" in html
    assert re.search(r'<td><a href="#test_mul">test_mul</a></td>\s*<td>0</td>\s*<td>2</td>', html)
    assert "yours gave" in html                                  # the visible part of a test
    text = unescape(re.sub(r"<[^>]+>", "", html))
    assert "Tensor([2, 3])" in text
    assert "[[3], [4]]" not in text and "HIDDEN" not in text and "== 7.5" not in text


def test_the_page_says_which_modules_stood_in_and_why(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "grace", TENSOR, submission(classroom, TENSOR, mul=None))
    hand_in(classroom, "grace", ACTIVATIONS)
    grade(classroom)
    html = page(classroom, "grace", ACTIVATIONS)
    assert "The reference stood in for 01_tensor because it lost 2 of 5 automatically graded points." in html


def test_nothing_that_a_student_wrote_runs_and_nothing_is_fetched(tmp_path):
    classroom = small_class(tmp_path)
    code = "#| export\ndef mul(a, b):\n    raise ValueError('<script>alert(2)</script>')  # </pre><script>"
    hand_in(classroom, "ada", TENSOR, submission(classroom, TENSOR, why_float32=WICKED, mul=code))
    grade(classroom)
    html = page(classroom, "ada", TENSOR)
    assert "Because" in html and "bold" in html and "alert(2)" in html
    tags = re.findall(r"<[a-zA-Z][^>]*>", re.sub(r"<style.*?</style>", "", html, flags=re.S))
    assert "<b>" in tags
    assert not [tag for tag in tags if re.search(r"<(script|iframe|img|link|object)|\son\w+\s*=|javascript:", tag)]
    assert "default-src 'none'" in html


def test_comments_of_people_are_shown(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    grade(classroom)
    with gradebook(classroom) as book:
        book.find_comment("why_float32", TENSOR.id, TENSOR.id, "ada").manual_comment = "Well argued."
        book.find_grade("why_float32", TENSOR.id, TENSOR.id, "ada").manual_score = 3
        book.db.commit()
    html = page(classroom, "ada", TENSOR)
    assert "Well argued." in html and "Score: 8.0 / 9.0" in html


def test_tables_and_folds_of_the_course_stay():
    assert clean_html("<details><summary>Hint</summary>text</details>").count("details") == 2
    assert "<table>" in clean_html("| a | b |\n|---|---|\n| 1 | 2 |")


def test_a_page_says_which_points_are_final_and_who_gave_them(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    hand_in(classroom, "blaise", TENSOR, submission(classroom, TENSOR, why_float32=None))
    grade(classroom)
    html = page(classroom, "ada", TENSOR)
    assert "This grade is not final: a person has still to read why_float32 (4 points)." in html
    assert "waits for a person" in html and "read by a person" not in html
    html = page(classroom, "blaise", TENSOR)                       # nothing was written, so nothing waits
    assert "not final" not in html and "there is no answer" in html and "read by a person" not in html
    with gradebook(classroom) as book:
        for name in ("why_float32", "test_mul"):
            given = book.find_grade(name, TENSOR.id, TENSOR.id, "ada")
            given.manual_score, given.needs_manual_grade = 1, False
        book.db.commit()
    html = page(classroom, "ada", TENSOR)
    assert "not final" not in html and "read by a person" in html and "points given by a person" in html


def test_no_page_is_made_of_a_gradebook_that_has_other_points(tmp_path):
    classroom = small_class(tmp_path)
    for name in ("ada", "blaise"):
        hand_in(classroom, name, TENSOR)
    grade(classroom)
    with gradebook(classroom) as book:
        book.remove_submission(TENSOR.id, "ada")
        book.find_grade("test_mul", TENSOR.id, TENSOR.id, "blaise").auto_score = 0
        book.db.commit()
    written, failed = write_feedback(classroom, [TENSOR])
    assert written == 0 and "tito grade enters it" in failed[0] and "tito grade mends it" in failed[1]


def test_where_the_last_grading_failed_the_page_of_an_earlier_one_is_not_made_anew(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    grade(classroom)
    Submission(classroom, "ada", TENSOR).failure.write_text("no score was saved")
    assert write_feedback(classroom, [TENSOR]) == (0, ["ada 01_tensor: no feedback, the last grading failed, and the "
                                                       "grade is of an earlier one: tito grades show says why."])


def test_a_database_that_goes_away_stops_the_pages_and_is_no_students_fault(tmp_path, monkeypatch):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    grade(classroom)

    def gone(*_):
        raise OperationalError("SELECT", {}, Exception("the connection is closed"))

    monkeypatch.setattr(feedback, "marks_of", gone)
    with pytest.raises(GradebookError, match="has gone away"):
        write_feedback(classroom, [TENSOR])


def test_a_cell_that_the_gradebook_has_no_more_is_told_with_the_mend(tmp_path, monkeypatch):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    grade(classroom)
    real = feedback.marks_of
    monkeypatch.setattr(feedback, "marks_of", lambda *given: replace(real(*given), comments={}))
    written, (line,) = write_feedback(classroom, [TENSOR])
    assert written == 0 and "has no cell" in line and "tito grade" in line and "KeyError" not in line


def test_an_answer_written_over_its_question_is_shown_below_the_released_one(tmp_path):
    classroom = small_class(tmp_path)
    release = blank(classroom, TENSOR)
    cell(release, "why_float32")["source"] = f"**1.** Why <b>half</b> the bytes?\n\n{TEXT_STUB}"
    classroom.released(TENSOR).write_text(json.dumps(release))
    hand_in(classroom, "ada", TENSOR, submission(classroom, TENSOR, why_float32="Because four are enough."))
    below = "**1.** Why <b>half</b> the bytes?\n4."
    hand_in(classroom, "ben", TENSOR, submission(classroom, TENSOR, why_float32=below))
    grade(classroom)
    html = page(classroom, "ada", TENSOR)
    question, answer = html.index("Why <b>half</b> the bytes?"), html.index("Because four are enough.")
    assert html.index("is gone from this cell") < question < answer
    assert "is gone from this cell" not in page(classroom, "ben", TENSOR)


def test_the_table_names_every_test_and_leads_to_it_and_to_the_comments(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR, submission(classroom, TENSOR, mul=None))
    grade(classroom)
    html = page(classroom, "ada", TENSOR)
    for place in ("test_mul", "why_float32", "comment-mul"):
        assert f'<a href="#{place}">' in html and f'<a name="{place}">' in html


@pytest.fixture(scope="module")
def phone(tmp_path_factory):
    """A page of feedback in a narrow window, with what is wide and what folds."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not shutil.which("chromium"):
        pytest.skip("chromium is not installed")
    classroom = small_class(tmp_path_factory.mktemp("phone"))
    names = " | ".join(f"column {n} of many words" for n in range(9))
    wide = f"| {names} |\n{'|---' * 9}|\n{'| 1 ' * 9}|"
    essay = f"<details><summary>More</summary>\n\nfolded\n\n</details>\n\n{wide}\n\n{'long' * 200}"
    code = f"#| export\nx = '{'y' * 400}'"
    hand_in(classroom, "ada", TENSOR, submission(classroom, TENSOR, why_float32=essay, mul=code))
    grade(classroom)
    page(classroom, "ada", TENSOR)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        window = browser.new_page(viewport={"width": 360, "height": 700}, is_mobile=True)
        window.goto(Submission(classroom, "ada", TENSOR).feedback.as_uri())
        yield window
        browser.close()


def test_a_page_is_as_wide_as_a_phone_and_what_is_wider_scrolls_in_its_own_box(phone):
    assert phone.evaluate("document.documentElement.scrollWidth") == 360
    wide = "[...document.querySelectorAll('table, pre')].filter(e => e.scrollWidth > e.clientWidth + 1)"
    assert {*phone.evaluate(f"{wide}.map(e => getComputedStyle(e).overflowX)")} == {"auto"}
    reasons = "[...document.querySelectorAll('.points td:last-child')].map(e => e.clientWidth)"
    assert min(phone.evaluate(reasons)) > 200


def test_a_fold_shows_its_arrow_and_is_folded(phone):
    assert phone.evaluate("getComputedStyle(document.querySelector('summary')).display") == "list-item"
    assert not phone.get_by_text("folded").is_visible()
    phone.get_by_text("More").click()
    assert phone.get_by_text("folded").is_visible()


def test_no_list_without_names_is_shown(phone):
    assert not phone.locator("#toc").is_visible()
