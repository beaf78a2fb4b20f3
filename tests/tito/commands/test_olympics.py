"""`tito olympics` as a process."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests import helpers
from tests.helpers import REPOSITORY
from tests.tito.conftest import environment
from tests.tito.olympics.claims import changed, claim, figures, write
from tests.tito.olympics.entries import entry
from tests.tito.olympics.entries import write as write_entry
from tito.commands import olympics
from tito.olympics import athlete
from tito.olympics.athlete import Athlete, Fouled
from tito.olympics.claim import read_claim
from tito.olympics.events import EVENTS
from tito.olympics.files import MOST_BYTES, MOST_FILES
from tito.olympics.rules import IMPORTS, rules


def test_a_new_entry_is_the_baseline_and_runs(tito, tmp_path):
    mine = tmp_path / "my entry"
    made = tito(REPOSITORY, "olympics", "new", str(mine))
    assert made.returncode == 0 and f"tito olympics run '{mine}'\n" in made.stdout
    again = tito(REPOSITORY, "olympics", "new", str(mine))
    assert again.returncode == 2 and "take another name" in again.stderr
    done = tito(REPOSITORY, "olympics", "run", str(mine), "--quick")
    assert done.returncode == 0, done.stderr
    assert "481 of 500" in done.stdout and "within the rules" in done.stdout
    assert "\x1b" not in done.stdout


def test_submit_writes_a_signed_claim_and_the_leaderboard_ranks_it(tito, tmp_path):
    mine, claims = write_entry(tmp_path / "mine", entry("return np.full(len(images), 4)")), tmp_path / "claims"
    (tmp_path / "key").write_text("k" * 40)
    done = tito(
        REPOSITORY,
        "olympics",
        "submit",
        str(mine),
        "--event",
        "size",
        "--team",
        "<i>ada",
        "--to",
        str(claims),
        "--key",
        str(tmp_path / "key"),
    )
    assert done.returncode == 0, done.stderr
    assert "out of competition in size: accuracy" in done.stderr
    found, files = read_claim(next(claims.glob("i-ada-*-size.json")))
    assert found["signature"]["algorithm"] == "HMAC-SHA256" and files == entry("return np.full(len(images), 4)")
    write(claims, claim("bob", "size", key=b"k" * 40))
    ranking = tito(
        REPOSITORY,
        "olympics",
        "leaderboard",
        "--from",
        str(claims),
        "--key",
        str(tmp_path / "key"),
        "--html",
        str(tmp_path / "r.html"),
    )
    assert ranking.returncode == 0, ranking.stderr
    lines = [line.split() for line in ranking.stdout.splitlines()]
    assert lines[2][:2] == ["1", "bob"] and lines[3][:2] == ["out", "<i>ada"]
    assert "&lt;i&gt;ada" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_submit_says_where_it_keeps_the_older_claim(tmp_path, monkeypatch, capsys):
    mine = write_entry(tmp_path / "mine", entry())
    monkeypatch.setattr(olympics, "find_root", lambda: tmp_path)
    monkeypatch.setattr(olympics, "_measured", lambda root, files, with_loadgen: figures(files))
    for team in (" 深層  1", "深層 1 "):
        olympics.submit(mine, "size", team)
    (path,) = (tmp_path / "olympics").iterdir()
    (older,) = (tmp_path / ".tito" / "backups").iterdir()
    assert read_claim(path)[0]["team"] == read_claim(older)[0]["team"] == "深層 1"
    said = "".join("".join(capsys.readouterr()).split())
    assert said.count(f"theolder{path.name}iskeptas{older}") == 1


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        (["run", "none"], 1, "tito olympics new none"),
        (["run", "my entry"], 1, "tito olympics new 'my entry'"),
        (["leaderboard", "--gradebook", "--from", "claims"], 2, "leave out --from"),
        (["leaderboard", "--db", "sqlite:///x"], 2, "belong to --gradebook"),
        (["leaderboard", "--from", "tests", "--key", "no.key"], 1, "take the file that the class shares"),
        (["leaderboard", "--from", "tests", "--html", "tests"], 2, "such as tests/ranking.html"),
        (["submit", "none", "--event", "sprint", "--team", "a"], 2, "choose one of latency, memory"),
        (["submit", "none", "--event", "size", "--team", "a\tb"], 2, "printable"),
        (["submit", "none", "--event", "size"], 2, "--team"),
        (["leaderboard", "--from", "none"], 1, "--from DIR"),
        (["leaderboard", "--event", "sprint"], 2, "choose one of"),
    ],
)
def test_wrong_use_is_told_with_the_mend(tito, arguments, code, words):
    done = tito(REPOSITORY, "olympics", *arguments)
    assert done.returncode == code
    assert words in done.stderr and "Traceback" not in done.stderr and done.stderr.count("\n") <= 4


def test_a_place_that_cannot_be_written_is_told_before_anything_is_measured(tito, tmp_path):
    mine = write_entry(tmp_path / "mine", entry(load="open('nothing that is there')"))
    done = tito(REPOSITORY, "olympics", "submit", str(mine), "--event", "size", "--team", "a",
                "--to", str(mine / "entry.py" / "claims"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"{mine}/entry.py/claims: Not a directory. Something of that name is in the way" in done.stderr


def test_a_package_without_the_modules_that_the_baseline_needs_is_told(tito, tmp_path):
    """A student's folder in which only the first module is complete."""
    folder = helpers.make_student_folder(tmp_path / "student")
    shutil.copytree(REPOSITORY / "datasets" / "tinydigits", folder / "datasets" / "tinydigits")
    done = tito(folder, "olympics", "run", str(write_entry(tmp_path / "mine", entry())), "--quick")
    assert done.returncode == 1
    assert done.stderr.endswith(". It needs modules 01 to 09: tito checkpoint status.\n"), done.stderr


def test_an_entry_that_fails_is_told_in_one_line(tito, tmp_path):
    mine = write_entry(tmp_path / "mine", entry("return images / 0"))
    done = tito(REPOSITORY, "olympics", "run", str(mine), "--quick")
    assert done.returncode == 1
    assert done.stderr.startswith(
        "error: The entry cannot be measured: its code raised ValueError: predict must give one digit"
    )


def test_a_damaged_claim_is_told_and_the_others_are_ranked(tito, tmp_path):
    hidden = changed(claim(), "team", to="eve\u202e")
    folder = write(tmp_path, claim("ada"), changed(claim("eve"), "score", to=50.0), hidden)
    (folder / "bad.json").write_text(json.dumps({"team": "\x1b[31m"}))
    done = tito(REPOSITORY, "olympics", "leaderboard", "--from", str(folder))
    assert done.returncode == 1 and "bad.json" in done.stderr and "submit the entry again" in done.stderr
    assert "2.json is not valid by claim.schema.json. A team's name" in done.stderr
    assert "ada" in done.stdout and "eve" in done.stdout and "\u202e" not in done.stdout + done.stderr


def test_events_and_rules_are_shown_by_the_command_and_by_the_help(tito):
    shown = tito(REPOSITORY, "olympics", "events")
    assert shown.returncode == 0 and all(event.rule in shown.stdout for event in EVENTS.values())
    for found in (shown, *(tito(REPOSITORY, "olympics", name, "--help") for name in ("new", "events"))):
        words = " ".join(found.stdout.split())
        assert all(" ".join([subject, *rule.split()]) in words for subject, rule in rules())


def test_the_rules_are_those_that_are_applied():
    said, page = dict(rules()), (REPOSITORY / "docs/olympics.md").read_text(encoding="utf-8")
    for text in (said["files"], page):
        assert f"at most {MOST_FILES} plain files and {MOST_BYTES / 2**20:g} MiB" in text
    assert f"{athlete.LOAD_SECONDS:g} s" in said["load()"] and f"within {athlete.LOAD_SECONDS:g} s" in page
    assert f"{athlete.ANSWER_SECONDS:g} s for an answer and {athlete.LIFE_SECONDS:g} s" in said["time"]
    with pytest.raises(Fouled, match=IMPORTS):
        Athlete({}, {"entry.py": b"import pytest"})


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_ctrl_c_ends_the_entry_and_leaves_nothing(tmp_path):
    """The entry writes its own process number and hangs; both processes and their folders are gone afterwards."""
    mark = tmp_path / "pid"
    hang = f"import os, time\nopen({str(mark)!r}, 'w').write(f'{{os.getpid()}} {{os.getcwd()}}')\ntime.sleep(60)"
    files = entry(load=hang)
    mine = write_entry(tmp_path / "mine", files)
    command = [sys.executable, "-m", "tito", "olympics", "submit", str(mine), "--event", "size", "--team", "a",
               "--to", str(tmp_path / "claims")]
    running = subprocess.Popen(command, cwd=REPOSITORY, env=environment(), stderr=subprocess.PIPE, text=True)
    while not (mark.is_file() and mark.read_text()):
        assert running.poll() is None, running.stderr.read()
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    assert running.communicate(timeout=60)[1].strip().endswith("nothing half-done was left: run the same command again")
    pid, folder = mark.read_text().split(" ", 1)
    assert running.returncode == 130
    assert not os.path.exists(f"/proc/{pid}") and not os.path.exists(folder)
    assert not (tmp_path / "claims").exists()
