"""course.toml: what is written in it, and how its mistakes are told."""
from datetime import UTC, datetime, timedelta

import pytest

from autograder.records.settings import EXAMPLE, read_settings, write_example
from tests.autograder.grade.test_lateness import settings
from tests.autograder.small_class import ACTIVATIONS, TENSOR
from tito.errors import TitoError


def test_an_extension_keeps_the_hour_when_the_clocks_change(tmp_path):
    text = 'timezone = "Europe/Berlin"\n[due]\n01 = 2026-10-24 18:00:00\n[student.ada]\nextension = "2 days"\n'
    rules = settings(tmp_path, text)
    assert rules.rule("bob", TENSOR).due == datetime(2026, 10, 24, 16, tzinfo=UTC)
    assert rules.rule("ada", TENSOR).due == datetime(2026, 10, 26, 17, tzinfo=UTC)


@pytest.mark.parametrize("written, hour", [("2026-10-25 02:30:00", 1.5), ("2026-10-25 02:30:00Z", 2.5),
                                           ("2026-10-25 02:30:00-05:00", 7.5), ('"2026-10-25 04:30"', 3.5)])
def test_a_time_with_a_zone_is_that_time_and_of_an_hour_that_comes_twice_the_later_is_meant(tmp_path, written, hour):
    rules = settings(tmp_path, f'timezone = "Europe/Berlin"\n[due]\n01 = {written}\n')
    assert rules.rule("ada", TENSOR).due == datetime(2026, 10, 25, tzinfo=UTC) + timedelta(hours=hour)


def test_without_a_zone_times_are_the_machines(tmp_path):
    due = settings(tmp_path, "[due]\n01 = 2026-10-05 18:00:00\n").rule("ada", TENSOR).due
    assert due == datetime(2026, 10, 5, 18).astimezone()


@pytest.mark.parametrize("text, place, mend", [
    ("[due]\n01 = 2026-13-05", "line 2", "written 2026-10-05"),
    ("[due]\n01 = 5", "due.01", "2026-10-05 for the end"), ('[due]\n01 = "tomorrow"', "due.01", "tomorrow"),
    ('[due]\n01 = "6 October 2025"', "due.01", "write 2026-10-05"),
    ('[due]\n01 = "06/10/2025"', "due.01", "write 2026-"),
    ("[due]\n01_tensors = 2026-10-05", "due.01_tensors", "did you mean tensor?"),
    ("[due]\n99 = 2026-10-05", "due.99", "from 01 to 20"), ("due = 2026-10-05", "due", "write [due] and"),
    ('timezone = "Berlin"', "timezone", '"Europe/Berlin"'), ('timezone = "../etc"', "timezone", '"Europe/Berlin"'),
    ('timezone = 1', "timezone", '"Europe/Berlin"'), ("[dues]\n01 = 2026-10-05", "dues: not a name", "[due]"),
    ('[late]\npenalty = "7% daily"', "late.penalty", "10% per day"), ("[late]\npenalty = 10", "late.penalty", "10%"),
    ('[late]\npenalty = "110% per day"', "late.penalty", "10% per day"), ('[late]\ngrace = "soon"', "late.grace", "15"),
    ('[late]\ngrace = 15', "late.grace", "15 minutes"), ('[late]\nat_most = "5% per day"', "late.at_most", '"50%"'),
    ('[late]\nat_most = 50', "late.at_most", '"50%"'), ('[late]\nattempts = 0', "late.attempts", "whole number"),
    ('[late]\nattempts = true', "late.attempts", "whole number"), ('[late]\ncloses = "1 day"', "late.closes", "grace"),
    ('[late.1]\npenaltee = "1%"', "late.1.penaltee: not a name", "penalty"),
    ('[student]\nada = 3', "student.ada", "[student.ada]"),
    ('[student."../x"]\nextension = "1 day"', "student.../x", "student id"),
    ('[student.ada]\ndue = 2026-10-05', "student.ada", "01_tensor"),
    ('[student.ada]\nextension = "1 day"\nextension = "2 days"', "overwrite", "stands once"),
    ("[", "course.toml", "written")])
def test_a_mistake_in_the_file_is_one_line_with_its_place_and_the_mend(tmp_path, text, place, mend):
    with pytest.raises(TitoError) as error:
        settings(tmp_path, text)
    assert "course.toml" in str(error.value) and "\n" not in str(error.value)
    assert place in str(error.value) and mend in str(error.value)


def test_the_example_says_what_there_is_and_is_right_with_every_comment_taken_away(tmp_path):
    assert write_example(tmp_path) and write_example(tmp_path) is None
    assert read_settings(tmp_path).rule("ada", TENSOR).due is None
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    bare = [line.removeprefix("# ") for line in lines[2:]]
    rules = settings(tmp_path, "\n".join(line for line in bare if "=" in line.split("#")[0] or line.startswith("[")))
    assert rules.rule("ada", TENSOR).attempts == 6 and rules.rule("bob", ACTIVATIONS).percent == 10
