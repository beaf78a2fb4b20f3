"""The questions and answers that come with the course: made from their source, checked by a script that sees faults."""
import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from tests.helpers import REPOSITORY

FOLDER = REPOSITORY / "datasets" / "tinytalks"
TEXT = (FOLDER / "tinytalks.jsonl").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def scripts():
    """import_module for the scripts of the folder, which find each other as when they are run there."""
    before = set(sys.modules)
    sys.path.insert(0, str(FOLDER))
    yield importlib.import_module
    sys.path.remove(str(FOLDER))
    for name in {"make_tinytalks", "validate", "sums"} & set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture(scope="module")
def validate(scripts) -> ModuleType:
    return scripts("validate")


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, str(FOLDER / "validate.py"), *arguments],
                          capture_output=True, text=True, encoding="utf-8")


def number_of(name: str) -> int:
    """The index of the line with this id."""
    return next(i for i, row in enumerate(TEXT.splitlines()) if json.loads(row)["id"] == name)


def fault(validate: ModuleType, name: str, spoil: Callable[[dict], None]) -> str:
    """What the validator says when this line is spoilt. It must name that line."""
    rows = TEXT.splitlines()
    line = json.loads(rows[number_of(name)])
    spoil(line)
    rows[number_of(name)] = json.dumps(line)
    with pytest.raises(validate.Fault) as raised:
        validate.check(validate.read("\n".join(rows)))
    assert f"line {number_of(name) + 1}" in str(raised.value)
    return str(raised.value)


def test_the_committed_file_is_what_the_source_gives_byte_for_byte(scripts):
    assert scripts("make_tinytalks").text().encode() == (FOLDER / "tinytalks.jsonl").read_bytes()


def test_the_file_is_small_and_plain():
    assert len(TEXT) < 400_000 and TEXT.isascii()


def test_the_shipped_file_is_accepted_and_the_data_sheet_holds_its_table():
    done = run()
    assert done.returncode == 0, done.stderr
    sheet = [line.strip() for line in (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()]
    for line in done.stdout.splitlines():
        assert line.strip() in sheet, "put the new table into README.md"


def test_a_fault_ends_the_script_with_1_and_the_line(tmp_path):
    (tmp_path / "some.jsonl").write_text(TEXT.replace("1 plus 2 is 3", "1 plus 2 is 4"), encoding="utf-8")
    done = run(str(tmp_path / "some.jsonl"))
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.strip() == (f"some.jsonl, line {number_of('plus-2') + 1} (plus-2): "
                                   "wrong arithmetic: '1 plus 2 is 4.'")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    done = run(str(tmp_path / "none.jsonl"))
    assert done.returncode == 1 and "none.jsonl" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("change", [
    {"id": 1}, {"answer": None}, {"before": 3}, {"before": ["Hi."]}, {"before": [["Hi."]]}, {"questions": []},
    {"more": "x"},
    {"questions": {"train": ["What?"]}}, {"questions": {"train": ["What?", 3], "held_out": ["Why?"]}},
    {"questions": {"train": "What?", "held_out": "Why?"}}, {"questions": {"test": ["What?"]}}])
def test_a_line_with_other_keys_or_types_is_named(validate, change):
    first = TEXT.splitlines()[0]
    with pytest.raises(validate.Fault, match=r"^line 2: the keys should be"):
        validate.read(first + "\n" + json.dumps({**json.loads(first), **change}))


@pytest.mark.parametrize("row", ["{", "[]", "7", "", '{"id": "a"}'])
def test_what_is_no_line_of_tinytalks_at_all_is_named(validate, row):
    with pytest.raises(validate.Fault, match=r"^line 2: "):
        validate.read(TEXT.splitlines()[0] + "\n" + row + "\n")


def test_a_repeated_line_is_found(validate):
    with pytest.raises(validate.Fault, match="its id is also that of line 1$"):
        validate.check(validate.read(TEXT + TEXT.splitlines()[0]))


def test_a_question_that_stands_twice_is_found_whatever_its_case_and_punctuation(validate):
    def spoil(line):
        line["questions"]["train"][0] = "what is  the capital, of France!".replace("  ", " ")
        line["answer"] = "The capital of France is Paris."
    assert "stands in line" in fault(validate, "capital-2", spoil)


def test_two_answers_to_one_question_are_found(validate):
    def spoil(line):
        line["questions"]["train"][0] = "What is the capital of France?"
    assert "has another answer in line" in fault(validate, "capital-2", spoil)


def test_two_answers_to_a_first_turn_are_found(validate):
    def spoil(line):
        line["before"][0][1] = "Good to see you, Ada."
    said = fault(validate, "name-color-2", spoil)
    assert "has another answer" in said and "Good to see you" in said


def held_out_becomes(wording: str) -> Callable[[dict], None]:
    return lambda line: line["questions"].update(held_out=[wording])


@pytest.mark.parametrize("wording", ["The capital of Spain is what?", "Of Spain, what is the capital?",
                                     "What is the capital of Spain then?", "What's the CAPITAL of Spain."])
def test_a_held_out_wording_that_nearly_equals_a_training_one_is_a_leak(validate, wording):
    assert "a leak: " in fault(validate, "capital-2", held_out_becomes(wording))


def test_the_very_training_question_is_not_held_out(validate):
    assert "stands in line" in fault(validate, "capital-2", held_out_becomes("What is the CAPITAL of Spain."))


def test_a_leak_from_another_line_with_the_same_answer_is_found(validate):
    def spoil(line):
        line["questions"] = {"train": ["Hot has which opposite word?", "Hot or what?"],
                             "held_out": ["What is the opposite to hot?"]}
        line["answer"] = "The opposite of hot is cold."
    assert "a leak: " in fault(validate, "opposite-2", spoil)


@pytest.mark.parametrize(("name", "answer"), [
    ("plus-3", "1 plus 4 is 6."), ("minus-3", "3 minus 2 is 2."), ("times-3", "2 times 3 is 5."),
    ("divided-3", "6 divided by 3 is 3."), ("double-3", "Double 4 is 7."), ("half-3", "Half of 6 is 2."),
    ("after-3", "After 4 comes 6."), ("before-3", "Before 5 comes 6."), ("larger-3", "Of 4 and 9, 4 is larger."),
    ("even-3", "3 is even."), ("get-3", "4 plus 2 makes 7 books."), ("give-3", "4 minus 2 leaves 3 books."),
    ("count-1", "You have 4 apples."), ("count-2", "3 plus 2 makes 6 apples."),
    ("count-3", "3 minus 1 leaves 3 apples.")])
def test_wrong_arithmetic_is_found_in_every_family(validate, name, answer):
    assert "wrong arithmetic" in fault(validate, name, lambda line: line.update(answer=answer))


@pytest.mark.parametrize(("name", "answer", "reason"), [
    ("plus-3", "1 plus 3 is 4.", "are not those of"), ("minus-3", "2 minus 1 is 1.", "are not those of"),
    ("divided-1", "8 divided by 2 is 4.", "are not those of"), ("times-2", "2 plus 2 is 4.", "does not ask for"),
    ("larger-3", "Of 4 and 10, 10 is larger.", "are not those of"), ("plus-3", "It is five.", "no rule recomputes"),
    ("count-1", "3 it is.", "no rule recomputes")])
def test_a_true_sum_that_was_not_asked_for_is_found(validate, name, answer, reason):
    assert reason in fault(validate, name, lambda line: line.update(answer=answer))


@pytest.mark.parametrize(("answer", "reason"), [
    ("The capital of Spain is Madr\u00edd.", "not in the alphabet"), ("Madrid; not Paris.", "not in the alphabet"),
    ("", "0 characters"), ("The capital of Spain is Madrid" + " indeed" * 5 + ".", "66 characters"),
    ("Madrid", "no mark at the end"), ("It is  Madrid.", "blanks to spare")])
def test_an_answer_of_other_characters_or_lengths_is_found(validate, answer, reason):
    assert reason in fault(validate, "capital-2", lambda line: line.update(answer=answer))


def test_a_question_that_is_too_long_is_found(validate):
    wording = "Please name the capital of " + "very " * 8 + "Spain."
    assert "characters, 1 to 64" in fault(validate, "capital-2", held_out_becomes(wording))


def test_a_dialogue_that_is_too_long_is_found(validate):
    answer = "Your name is Ada, and what a nice, nice, very nice name it is."
    assert "at most 128" in fault(validate, "three-turns-1", lambda line: line.update(answer=answer))


@pytest.mark.parametrize("change", [
    {"questions": {"train": ["Madrid?"], "held_out": ["Spain?"]}},
    {"questions": {"train": ["One?", "Two?"], "held_out": ["Three?", "Four?"]}},
    {"questions": {"combinations": ["One?", "Two?", "Three?"]}}, {"level": "gossip"},
    {"before": [["Hello.", "Hello."]]}])
def test_a_line_with_too_few_wordings_or_in_no_level_is_found(validate, change):
    fault(validate, "capital-2", lambda line: line.update(change))


def test_a_last_turn_that_needs_no_first_turn_is_found(validate):
    def spoil(line):
        line["questions"]["train"][0] = "What is the capital of Spain?"
    assert "can be answered without the turns before it" in fault(validate, "country-1", spoil)


def first_combination() -> str:
    return next(line["id"] for line in map(json.loads, TEXT.splitlines()) if "combinations" in line["questions"])


def test_a_combination_that_training_has_seen_is_a_leak(validate):
    kept_out = json.loads(TEXT.splitlines()[number_of(first_combination())])
    other = json.loads(TEXT.splitlines()[number_of("name-color-1")])      # the same questions there have another answer
    for number, line in enumerate([kept_out, other]):
        line.update(id=f"again-{number}",
                    questions={"train": ["My name, please?", "I am who?"], "held_out": ["Do you know me?"]})
    with pytest.raises(validate.Fault, match="a leak: training has this answer after the same turns"):
        validate.check(validate.read(TEXT + json.dumps(kept_out) + "\n" + json.dumps(other)))


def test_a_combination_of_unknown_turns_is_found(validate):
    def spoil(line):
        line["before"] = [["I am Zoe and I like jazz.", "Hello Zoe, nice to meet you."]]
    assert "training should know the turns before" in fault(validate, first_combination(), spoil)


def test_a_level_with_few_pairs_is_found(validate):
    with pytest.raises(validate.Fault, match="facts has 0 pairs"):
        validate.check(validate.read("\n".join(row for row in TEXT.splitlines() if '"facts"' not in row)))


@pytest.mark.parametrize(("a", "b", "distance"), [("kitten", "sitting", 3), ("", "abc", 3), ("flaw", "lawn", 2),
                                                  ("same", "same", 0)])
def test_similarity_is_one_minus_the_edit_distance_over_the_longer_length(validate, a, b, distance):
    assert validate.similarity(a, b) == validate.similarity(b, a) == 1 - distance / max(len(a), len(b))


def splits_of(lines: list[dict], asked: set[str]) -> list[str]:
    """Where these questions stand."""
    return [split for line in lines for split, questions in line["questions"].items() for q in questions if q in asked]


def test_every_rewording_of_a_family_is_trained_with_other_contents(scripts):
    make = scripts("make_tinytalks")
    for level in make.LEVELS:
        for family in make.read((FOLDER / "source" / f"{level}.txt").read_text(encoding="utf-8")):
            lines = list(make.lines(level, family))
            for wording in [w for wordings, _ in family.questions for w in wordings[1:] if family.rows]:
                asked = {make.sentence(wording, dict(zip(family.columns, row))) for row in family.rows}
                where = splits_of(lines, asked)
                assert where.count("train") >= 4 and "held_out" in where, wording
