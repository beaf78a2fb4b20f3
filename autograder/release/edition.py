"""`tito release`: the student edition, a folder to push as the class repository.

Built beside its place, searched for leaks, and only then moved there. A folder that is there already must be a former
edition in which nothing was changed by hand; its .git and a student's own .venv and .tito are left alone.
"""
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

import nbformat

from autograder.records.classroom import Classroom
from autograder.release.launch import Home, buttons, home_of
from autograder.release.leaks import find_leaks, secrets
from autograder.release.notebook import release_text, with_solutions
from autograder.release.tiers import Tier
from tito import interrupt
from tito.course import MILESTONES, MODULES, Module
from tito.errors import TitoError
from tito.files import write_whole
from tito.manifest import KEPT, MANIFEST, digest, manifest_text, read_manifest
from tito.notebooks import role_of
from tito.update.solutions import solution_of

FILES = ["pyproject.toml", "constraints.txt", "settings.ini", "environment.yml", "LICENSE", ".gitignore",
         ".gitattributes", "tinytorch/__init__.py", "docs/troubleshooting.md", "docs/pytorch.md"]
FOLDERS = ["tito", "binder", "datasets"]
OLYMPICS = "docs/olympics.md"                 # the games of the capstone, with which alone it is released
README = "autograder/release/student_README.md"
WORKFLOW = "autograder/release/checks.yml"  # what GitHub runs for the students, in their edition only
ONLY_WITH = re.compile(r"<!-- only with (\w+) -->\n(.*?)<!-- end -->\n", re.DOTALL)
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((\.\./[^)\s#]+)(?:#[^)\s]*)?\)")
IGNORED = ("__pycache__", "*.pyc", "*.egg-info", ".ipynb_checkpoints", ".pytest_cache", ".ruff_cache", "results")
SHOWN = 5                                     # leaks told one by one


def make_edition(classroom: Classroom, modules: list[Module], target: Path, tier: Tier = Tier.standard,
                 solved: Collection[Module] = ()) -> int:
    """Build the edition and put it in place. Returns its number of files; leaves nothing behind when it fails.

    solved: those of the modules whose solutions it gives to students.
    """
    if own := classroom.own_in(target):
        what = "this repository" if own == classroom.root else "the course folder"
        raise TitoError(f"{target} holds {what}: name a folder of its own, such as --to ../class-repository.")
    refuse_foreign(target, read_manifest(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
        build = Path(scratch) / "edition"
        build.mkdir()
        lay_out(classroom, modules, build, tier, solved, home_of(target))
        leaks = find_leaks(build, secrets(classroom.root, solved))
        if leaks:
            more = f" (and {len(leaks) - SHOWN} more)" if len(leaks) > SHOWN else ""
            raise TitoError("No edition was made, it would give solutions away: "
                            + "; ".join(map(str, leaks[:SHOWN])) + more)
        digests = digests_of(build)
        write_whole(build / MANIFEST, manifest_text(digests))
        with interrupt.postponed():           # a new manifest over old files would be no edition
            put_in_place(build, target)
    return len(digests)


def modules_in(target: Path) -> list[Module]:
    """Those of the edition that lies there now."""
    files = read_manifest(target)
    return [module for module in MODULES if f"notebooks/{module.id}/{module.id}.ipynb" in files]


def lay_out(classroom: Classroom, modules: list[Module], build: Path, tier: Tier = Tier.standard,
            solved: Collection[Module] = (), home: Home | None = None) -> None:
    root, numbers = classroom.root, {module.number for module in modules}
    for name in [*FILES, *([OLYMPICS] if len(MODULES) in numbers else [])]:
        if (root / name).exists():
            (build / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, build / name, follow_symlinks=False)
    milestones = [f"milestones/{m.id}" for m in MILESTONES if m.unlocked_by in numbers]
    for name in [*FOLDERS, *milestones]:
        if (root / name).is_dir():
            shutil.copytree(root / name, build / name, symlinks=True, ignore=shutil.ignore_patterns(*IGNORED))
    if (root / WORKFLOW).exists():
        write_whole(build / ".github" / "workflows" / "checks.yml", (root / WORKFLOW).read_text(encoding="utf-8"))
    texts = {module: release_text(classroom, module, tier=tier) for module in modules}
    for module in modules:
        module.notebook(build).parent.mkdir(parents=True)
    for module, text in texts.items():
        text = without_dead_links(text, module.notebook(build).parent)
        write_whole(module.notebook(build), text)
        write_whole(build / ".release" / module.id / f"{module.id}.ipynb", text)
        if module in solved:
            write_whole(solution_of(build, module), with_solutions(text, classroom, module))
    write_whole(build / "README.md", readme(root, modules, tier, solved, home))


def readme(root: Path, modules: list[Module], tier: Tier = Tier.standard, solved: Collection[Module] = (),
           home: Home | None = None) -> str:
    """The README of an edition of these modules, with buttons where it is known where the class repository lies."""
    holds = {f"{module.number:02}" for module in modules} | {tier.value} | ({"solutions"} if solved else set())
    if home:
        holds |= {"binder", "colab"} if home.colab(modules[0]) else {"binder"}
    text = ONLY_WITH.sub(lambda part: part[2] if part[1] in holds else "", (root / README).read_text(encoding="utf-8"))
    if home:
        text = text.replace("<!-- buttons -->", buttons(home, modules)).replace("CLASS_REPOSITORY", home.address)
    return text


def without_dead_links(text: str, folder: Path) -> str:
    """A notebook in whose prose only what this edition holds is linked: of other links the words stay."""
    notebook = nbformat.reads(text, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and role_of(cell.metadata.get("nbgrader", {})) == "free":
            cell.source = LINK.sub(lambda link: link[0] if there(folder / link[2]) else link[1], cell.source)
    return nbformat.writes(notebook) + "\n"


def there(path: Path) -> bool:
    """Whether the edition has, or will have, what the link names: the folder of a notebook is made before it."""
    return path.exists() or path.suffix == ".ipynb" and path.parent.is_dir()


def digests_of(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): digest(path) for path in files_below(folder)}


def files_below(folder: Path) -> Iterator[Path]:
    """All files but what is not ours and what programs leave behind."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if parts[0] in KEPT or any(Path(part).match(pattern) for part in parts for pattern in IGNORED):
            continue
        if path.is_symlink() or not path.is_dir():
            yield path


def refuse_foreign(target: Path, former: dict[str, str]) -> None:
    """Nothing is overwritten that this command did not write."""
    if target.exists() and not target.is_dir():
        raise TitoError(f"{target} is a file: name a folder for the student edition.")
    if not target.exists():
        return
    foreign = [path.relative_to(target).as_posix() for path in files_below(target)]
    foreign = [name for name in foreign if name != MANIFEST and former.get(name) != digest(target / name)]
    if foreign:
        undo = ", undo the changes (git checkout FILE)" if any(name in former for name in foreign) else ""
        raise TitoError(f"{target} holds files that no release put there, or that were changed since: "
                        f"{', '.join(foreign[:3])}{' …' if len(foreign) > 3 else ''}. "
                        f"Move them away{undo}, or name another folder.")


def put_in_place(build: Path, target: Path) -> None:
    """Move the new files over the former edition's, then remove what the new one no longer has."""
    former = read_manifest(target)
    if not target.exists():
        os.replace(build, target)
        return
    new = [path.relative_to(build) for path in files_below(build)]
    for name in sorted(new, key=lambda name: name.as_posix() != MANIFEST):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(build / name, target / name)
    for name in former.keys() - {name.as_posix() for name in new}:
        (target / name).unlink(missing_ok=True)
