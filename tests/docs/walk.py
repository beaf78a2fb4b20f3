"""A page of docs/ walked through: its commands, in order, as processes, in a terminal that begins in an empty folder.

Indented blocks are commands; what a page only shows stands between fences.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from tests.helpers import NO_CONFIG, REPOSITORY
from tests.jupyter import keyboard
from tito.main import app

# What a test must not do to the machine, or does without: installing. Everything else is the real program.
STAND_INS = {
    "sudo": "exit 0",
    "pip": "exit 0",
    "make": "mkdir -p .venv/bin && touch .venv/bin/activate",
    "python": f'exec {shlex.quote(sys.executable)} "$@"',
    "tito": f'exec {shlex.quote(sys.executable)} -m tito "$@"',       # of the folder that it runs in
    "dask": f'exec {shlex.quote(sys.executable)} -m distributed.cli.dask_"$@"',
}
GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
       **{f"GIT_{who}_{what}": "teacher" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}}


def sections(page: str) -> dict[str, list[str]]:
    """The blocks of commands under each heading of docs/PAGE."""
    found, heading, block, fenced = {}, "", [], False
    for line in [*(REPOSITORY / "docs" / page).read_text(encoding="utf-8").splitlines(), "#"]:
        fenced ^= line.startswith("```")
        if line.startswith("    ") and not fenced:
            block.append(line[4:])
        elif line.strip() and block:
            found.setdefault(heading, []).append("\n".join(block))
            block = []
        if match := re.fullmatch(r"#+ (.*)", line):
            heading = match[1]
    return found


class Terminal:
    """A terminal in `place`: where one block of commands ends, the next one begins."""

    def __init__(self, folder: Path, place: Path, **variables: str):
        self.place, self.home = place, folder / "home"
        self.home.mkdir()
        (folder / "bin").mkdir()
        for name, text in STAND_INS.items():
            (folder / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
            (folder / "bin" / name).chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "TINYTORCH"))}
        self.environment = {**kept, **GIT, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "HOME": str(self.home),
                            "PYTHONPATH": str(REPOSITORY), **NO_CONFIG, **variables}

    def run(self, block: str) -> str:
        """What it printed. A command that fails is a failure of the test."""
        end = self.home / "place"
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", f"{block}\npwd > {shlex.quote(str(end))}"],
                              cwd=self.place, env=self.environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"{block}\n\n{done.stdout}{done.stderr}"
        self.place = Path(end.read_text().strip())
        return done.stdout + done.stderr

    def start(self, command: str) -> subprocess.Popen:
        """A command that does not end by itself; its output is in the file `log`."""
        with open(self.home / "log", "a") as log:
            return subprocess.Popen(shlex.split(command), cwd=self.place, env=self.environment, stdin=keyboard(),
                                    stdout=log, stderr=log, start_new_session=True)


def repository(folder: Path) -> Path:
    """This repository, as somebody else clones it."""
    left_out = shutil.ignore_patterns(".git", ".venv", ".tito", ".*_cache", ".hypothesis", "__pycache__", "build",
                                      "course", ".ipynb_checkpoints")
    shutil.copytree(REPOSITORY, folder, symlinks=True, ignore=left_out)
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "all"]):
        subprocess.run(["git", *arguments], cwd=folder, env={**os.environ, **GIT}, check=True)
    return folder


def bare(folder: Path) -> Path:
    """An empty repository on a git server."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch", "main", str(folder)], check=True)
    return folder


def typed(block: str) -> str:
    """What `tito` prints for the lines of a block, in this process: to start it anew for each line takes seconds."""
    said = ""
    for line in block.splitlines():
        program, *arguments = shlex.split(line, comments=True)
        assert program == "tito", line
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, f"{line}\n\n{result.output}"
        said += result.output
    return said
