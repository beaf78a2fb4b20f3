"""Text of others on the terminal."""
import os
import pty
import re
import unicodedata
from contextlib import suppress

import pytest

from tito import console

HOSTILE = "".join(map(chr, [*range(0x20), *range(0x7f, 0xa0), 0x61c, 0x200e, 0x200f, *range(0x2028, 0x202f),
                            *range(0x2066, 0x206a)]))


def shown(text: str) -> bool:
    return not [c for c in text if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cf")]


def test_control_characters_are_written_out_and_the_rest_stays():
    assert console.clean("a\x1b[31mb\u202ec\x9b2J\rd") == "a\\x1b[31mb\\u202ec\\x9b2J\\rd"
    for text in ("zoë 李雷 αβγ 🙂 x\ty", "two\nlines"):
        assert console.clean(text) == text
    assert shown(console.clean(HOSTILE))
    assert console.one_line("a\n\tb") == "a\\n\\tb"


@pytest.mark.parametrize("show", [console.say, console.note, console.problem,
                                  lambda text: console.table([(text, "x")], ("who", "what"))])
def test_no_way_to_print_lets_them_through(show, capsys):
    show(f"name{HOSTILE}\x1b]0;title\x07")
    printed = "".join(capsys.readouterr())
    assert "name" in printed and shown(printed)


def test_a_remark_and_an_error_begin_differently(capsys):
    console.note("the older file is kept.")
    console.problem("it cannot be read.")
    assert capsys.readouterr().err == "note: the older file is kept.\nerror: it cannot be read.\n"


def test_a_cell_of_a_table_is_one_line(capsys):
    console.table([("ada", "5\nzoe  9")], ("student", "score"))
    assert len(capsys.readouterr().out.splitlines()) == 2


def all_of(terminal: int) -> str:
    """What was written to it so far; then it is closed."""
    os.set_blocking(terminal, False)
    parts = []
    with suppress(BlockingIOError):
        while part := os.read(terminal, 100_000):
            parts.append(part)
    os.close(terminal)
    return b"".join(parts).decode("utf-8")


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("timed", [True, False])
def test_a_progress_bar_fits_one_line_and_tells_a_rate_only_where_that_means_something(monkeypatch, width, timed):
    ours, theirs = pty.openpty()
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    with open(theirs, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        with console.progress(500, "02_activations", timed) as advance:
            advance("Without an activation, layers add nothing, however many of them there are, one after another")
        terminal.flush()
        printed = all_of(ours)
    last = [line for line in re.sub(r"\x1b\[[\d;?]*\w", "", printed).splitlines() if line][-1]
    assert last.startswith("02_activations") and "1/500" in last and len(last) <= width and "…" not in last
    assert ("a minute, left " in last) == timed


def test_a_terminal_gets_our_colours_and_nobody_elses(monkeypatch):
    ours, theirs = pty.openpty()
    with open(theirs, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr("sys.stdout", terminal)
        monkeypatch.setattr("sys.stderr", terminal)
        console.say("name\x1b[2J", "green")
        with console.progress(1, "grading") as advance:
            advance("name\x1b]0;title\x07")
        terminal.flush()
        printed = os.read(ours, 100_000).decode("utf-8")
    os.close(ours)
    assert "\x1b[32m" in printed and "name\\x1b[2J" in printed
    assert "\x1b[2J" not in printed and "\x1b]0;" not in printed and "\x07" not in printed
