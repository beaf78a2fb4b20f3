"""Buttons that open a class's own repository on Binder and Colab: its address is asked of git, in the edition's folder.

Of that address only the host, the path and the branch are used, so no password in it can reach the edition.
"""
import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from tito.course import Module

HOSTS = {"github.com": "github.com", "www.github.com": "github.com", "ssh.github.com": "github.com",
         "gitlab.com": "gitlab.com", "www.gitlab.com": "gitlab.com", "altssh.gitlab.com": "gitlab.com"}
NO_HOME = ("README.md has no buttons for Binder and Colab: the folder has no remote named origin at github.com or "
           "gitlab.com. Once it has one (git remote add origin ADDRESS), run this again.")
BINDER = "https://mybinder.org"
COLAB = "https://colab.research.google.com"


@dataclass(frozen=True)
class Home:
    """Where a repository is hosted."""
    host: str                 # github.com or gitlab.com
    path: str                 # OWNER/NAME; at GitLab groups may stand before the name
    branch: str

    @property
    def address(self) -> str:
        return f"https://{self.host}/{self.path}"

    def binder(self, module: Module) -> str:
        place = f"gh/{self.path}" if self.host == "github.com" else f"gl/{quote(self.path, safe='')}"
        page = quote(f"lab/tree/{module.notebook(Path()).as_posix()}", safe="")
        return f"{BINDER}/v2/{place}/{quote(self.branch, safe='')}?urlpath={page}"

    def colab(self, module: Module) -> str:
        """Empty for a host that Colab does not read from."""
        page = f"{self.path}/blob/{quote(self.branch)}/{module.notebook(Path()).as_posix()}"
        return f"{COLAB}/github/{page}" if self.host == "github.com" else ""


def home_of(folder: Path) -> Home | None:
    """Where the folder's own repository is hosted, by its remote `origin`; None where that is not known."""
    if not (folder / ".git").exists():            # or git would answer for a repository around the folder
        return None
    address = git(folder, "remote", "get-url", "origin")
    try:
        parts = urlsplit(address if "://" in address else f"ssh://{address.replace(':', '/', 1)}")
        host = HOSTS.get(parts.hostname or "")
    except ValueError:
        return None
    path = parts.path.strip("/").removesuffix(".git")
    wanted = r"[\w.-]+/[\w.-]+" if host == "github.com" else r"[\w.-]+(/[\w.-]+)+"
    if host is None or not re.fullmatch(wanted, path, re.ASCII):
        return None
    return Home(host, path, git(folder, "symbolic-ref", "--short", "HEAD") or "HEAD")


def git(folder: Path, *arguments: str) -> str:
    """What git answers; nothing if it fails or is not there. In a hook, git's variables name another repository."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], env=environment, capture_output=True, text=True,
                              encoding="utf-8")
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def buttons(home: Home, modules: Iterable[Module]) -> str:
    """Two pictures to press for the first notebook, and a line of links for each."""
    first, *_ = modules = list(modules)
    lines = [button("Open on Binder", f"{BINDER}/badge_logo.svg", home.binder(first))]
    columns = "| notebook | Binder |"
    if home.colab(first):
        lines.append(button("Open in Colab", f"{COLAB}/assets/colab-badge.svg", home.colab(first)))
        columns += " Colab |"
    lines += ["", columns, "|---" * (columns.count("|") - 1) + "|"]
    for module in modules:
        links = [f"[open]({address})" for address in (home.binder(module), home.colab(module)) if address]
        lines.append(f"| {module.number:02} {module.name} | {' | '.join(links)} |")
    return "\n".join(lines)


def button(words: str, picture: str, address: str) -> str:
    return f"[![{words}]({picture})]({address})"
