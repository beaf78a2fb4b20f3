"""The loader of the questions and answers that come with the course."""
import json
import shutil

import pytest

import tinytorch as tt
from tests.helpers import REPOSITORY
from tinytorch.dataloader import TINYTALKS_SPLITS, DataError

FILE = REPOSITORY / "datasets" / "tinytalks" / "tinytalks.jsonl"
LINES = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
LEVELS = {"greetings", "facts", "arithmetic", "common_sense", "multi_turn"}


@pytest.mark.parametrize("split", TINYTALKS_SPLITS)
def test_a_dialogue_for_every_wording_of_the_split(split):
    expected = [(line["level"], [*line["before"], [question, line["answer"]]])
                for line in LINES for question in line["questions"].get(split, [])]
    assert expected
    assert [(d.level, [list(turn) for turn in d.turns]) for d in tt.load_tinytalks(split)] == expected


def test_training_is_the_default_and_has_every_level():
    assert tt.load_tinytalks() == tt.load_tinytalks("train")
    assert {d.level for d in tt.load_tinytalks()} == {d.level for d in tt.load_tinytalks("held_out")} == LEVELS


def test_prompt_and_answer_are_the_dialogue_line_by_line():
    for d in tt.load_tinytalks() + tt.load_tinytalks("combinations"):
        assert (d.prompt + d.answer).split("\n") == [part for turn in d.turns for part in turn]
        assert d.prompt.endswith(d.turns[-1][0] + "\n") and d.answer == d.turns[-1][1]
        assert len(d.prompt + d.answer) < 128


def test_no_held_out_question_is_trained_but_its_answer_is():
    train = tt.load_tinytalks()
    prompts, answers = {d.prompt for d in train}, {d.answer for d in train}
    for d in tt.load_tinytalks("held_out"):
        assert d.prompt not in prompts and d.answer in answers


def test_a_combination_has_turns_and_a_question_that_training_knows_apart():
    train = tt.load_tinytalks()
    prompts, starts = {d.prompt for d in train}, {d.turns[:-1] for d in train}
    questions = {d.turns[-1][0] for d in train}
    for d in tt.load_tinytalks("combinations"):
        assert d.prompt not in prompts and d.turns[:-1] in starts and d.turns[-1][0] in questions


@pytest.mark.parametrize("split", ["test", "", None, "Train", ["train"]])
def test_another_split_is_an_error_that_names_it_and_the_right_ones(split):
    with pytest.raises(ValueError) as error:
        tt.load_tinytalks(split)
    assert repr(split) in str(error.value) and all(name in str(error.value) for name in TINYTALKS_SPLITS)


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """A place for the file beside the package, where a test may spoil it."""
    monkeypatch.setattr(tt, "__file__", str(tmp_path / "tinytorch" / "__init__.py"))
    path = tmp_path / "datasets" / "tinytalks" / "tinytalks.jsonl"
    path.parent.mkdir(parents=True)
    shutil.copy(FILE, path)
    return path


def test_a_missing_file_is_named(elsewhere):
    elsewhere.unlink()
    with pytest.raises(DataError, match="tinytalks.jsonl is missing"):
        tt.load_tinytalks()


@pytest.mark.parametrize("spoil", [lambda data: data[:5000], lambda data: data.replace(b'"answer"', b'"reply"'),
                                   lambda data: b"\xff" + data, lambda data: b"[1]\n" + data,
                                   lambda data: b"7\n" + data])
def test_a_damaged_file_is_named_in_one_line(elsewhere, spoil):
    elsewhere.write_bytes(spoil(FILE.read_bytes()))
    with pytest.raises(DataError) as error:
        tt.load_tinytalks()
    assert f"{elsewhere} is damaged" in str(error.value) and "\n" not in str(error.value)


def test_the_file_inside_an_installed_package_is_found(elsewhere, tmp_path):
    inside = tmp_path / "tinytorch" / "datasets" / "tinytalks" / "tinytalks.jsonl"
    inside.parent.mkdir(parents=True)
    elsewhere.rename(inside)
    assert len(tt.load_tinytalks("held_out")) > 500
