"""Every fifth attack of each family, on the tiny course. python -m tests.autograder.attacks runs all on real ones."""
from pathlib import Path

import pytest

from tests import helpers
from tests.autograder.attacks import checks, entries
from tests.autograder.attacks.attack import FAMILIES, Attack, all_attacks
from tests.autograder.attacks.course import KINDS
from tests.autograder.attacks.run import run
from tests.autograder.small_class import ACTIVATIONS, TENSOR

GROUPS = [("machine",), ("cells", "knowledge"), ("interpreter", "objects", "values"), ("channel", "files", "pages"),
          ("earlier",)]


@pytest.mark.long
@pytest.mark.parametrize("families", GROUPS, ids=" ".join)
def test_an_attack_gains_nothing_and_changes_nobody(families, tmp_path, sandbox):
    attacks = [attack for name in families for attack in all_attacks([name])[::5]]
    source = helpers.make_course(tmp_path / "source")
    module = ACTIVATIONS if families == ("earlier",) else TENSOR
    with checks.orphans_come_home():
        result = run(tmp_path, module, attacks, source)
    assert result.faults == {}
    assert result.graded > len(attacks) // 2


def test_an_entry_that_would_rather_know_the_labels_gains_nothing(monkeypatch, sandbox):
    monkeypatch.setattr(entries.family, "attacks", entries.family.attacks[::6])
    assert entries.run_entries().faults == {}


def test_every_family_has_attacks_and_every_attack_says_what_it_does():
    attacks = all_attacks()
    assert len(attacks) >= 200 and {attack.family for attack in attacks} == FAMILIES.keys()
    assert all(attack.says and attack.says.strip().endswith(".") for attack in attacks)


# What would be a fault is noticed

SECRET = {"hidden": "hidden0123456789ab"}


@pytest.fixture
def without_sandbox(tmp_path):
    """The faults found in attacks for which there is no sandbox, and that need none to win."""
    left = []

    def solved(blank):
        notebook = blank.copy()
        blank.answers(notebook)[0]["source"] += "\n" + TENSOR_SOLVED
        left.append(Path(f"/tmp/left-{blank.token}"))
        return notebook

    reading = next(attack for attack in all_attacks(["knowledge"]) if attack.name == "files of the course")
    leaving = Attack("machine", "leaves a file, and changes a neighbour's", "", lambda blank: blank.with_code(
        "open(f'/tmp/left-{TOKEN}', 'w').close()\nopen(FORBIDDEN[2], 'a').write(' ')"))
    attacks = [Attack("cells", "solved", "", solved), reading, leaving]
    yield run(tmp_path, TENSOR, attacks, helpers.make_course(tmp_path / "source"), options=["--unsafe"]).faults
    for path in left:
        path.unlink(missing_ok=True)


TENSOR_SOLVED = "class Tensor:\n    def __init__(self, data):\n        self.data = np.asarray(data, np.float32)\n" \
                "    def numpy(self):\n        return self.data\n"


@pytest.mark.long
def test_a_gain_a_leak_what_is_left_and_what_is_changed_are_noticed(without_sandbox):
    assert without_sandbox["cells: solved"] == ["3 points, a blank has 0"]
    assert "it says that it has read what it should not" in without_sandbox["knowledge: files of the course"]
    of_all = "\n".join(without_sandbox["class: everybody"])
    assert "left behind: /tmp/left-" in of_all and "submitted/a-solved/01_tensor/01_tensor.ipynb was changed" in of_all


@pytest.mark.parametrize("text", ["hidden0123456789ab", "<b>hid</b>den012345&#54;789ab", "ba9876543210neddih",
                                  "h i d d e n 0 1 2 3 4 5 6 7 8 9 a b", "68696464656e303132333435363738396162",
                                  "aGlkZGVuMDEyMzQ1Njc4OWFi"])
def test_a_secret_is_found_in_any_form(text):
    assert checks.told(f"<p>no, {text}</p>", SECRET) == ["the secret of hidden is told"]
    assert checks.told("<p>hidden tests</p>", SECRET) == []


@pytest.mark.parametrize("markup", ["<script>1</script>", "<b onclick='1'>x</b>", "<a href='javascript:1'>x</a>",
                                    "<img src='https://example.org/x.png'>", "<iframe srcdoc='x'></iframe>"])
def test_a_page_that_runs_or_fetches_is_noticed(markup):
    assert checks.page_runs(f"<p>{markup}</p>") and not checks.page_runs("<p><a href='#x'>x</a></p>")


def test_formulas_control_characters_and_other_grades_are_noticed():
    row = {"score": "3", "max_score": "9", "status": "graded", "remarks": ""}
    rows = {f"{when}-{kind}": row for when in ("a", "h100", "z") for kind in KINDS}
    assert checks.neighbours_changed(rows) == checks.table_runs("x,1+1\n") == checks.printed("a line\n") == []
    assert checks.neighbours_changed({**rows, "z-half": {**row, "score": "2"}})
    assert checks.table_runs("x,=1+1\n") and checks.printed("\x1b[2J")
