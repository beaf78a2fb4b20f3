"""What `pip install -e '.[course]'` does in a folder, from the packages that are installed here instead of an index.

The new environment gets links to what the extra names and what that needs in turn, and nothing else: what the extra
forgets is missing there, as on a student's machine.
"""
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement


def install(folder: Path, extra: str, environment: Path) -> list[str]:
    """Install the project in `folder` with one of its extras. Gives what does not fit its constraints.txt."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"][extra]
    [packages] = environment.glob("lib/python*/site-packages")
    found = closure([Requirement(text) for text in wanted])
    for distribution in found.values():
        link(distribution, packages)
    (packages / "course.pth").write_text(f"{folder}\n", encoding="utf-8")
    for command, target in project["scripts"].items():
        module, function = target.split(":")
        script = environment / "bin" / command
        script.write_text(f"#!{environment / 'bin/python'}\nfrom {module} import {function}\n{function}()\n")
        script.chmod(0o755)
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)", (folder / "constraints.txt").read_text("utf-8"), re.MULTILINE))
    return [f"{name} {found[key(name)].version}, not {version}" for name, version in pinned.items()
            if key(name) in found and found[key(name)].version != version]


def key(name: str) -> str:
    """A name as pip compares them."""
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(wanted: list[Requirement]) -> dict[str, metadata.Distribution]:
    """The distributions that these requirements ask for, and all that those ask for."""
    found, done = {}, set()
    while wanted:
        requirement = wanted.pop()
        if (name := key(requirement.name), *requirement.extras) in done:
            continue
        done.add((name, *requirement.extras))
        found[name] = metadata.distribution(requirement.name)
        wanted += [part for part in map(Requirement, found[name].requires or []) if not part.marker or any(
            part.marker.evaluate({"extra": extra}) for extra in ["", *requirement.extras])]
    return found


def link(distribution: metadata.Distribution, packages: Path) -> None:
    """Links to the files of an installed distribution, in the same places of another environment."""
    here = Path(sys.prefix)
    for file in distribution.files or []:
        source = Path(distribution.locate_file(file))
        if source.is_relative_to(distribution.locate_file("")) and ".." not in file.parts:
            source, target = Path(distribution.locate_file(file.parts[0])), packages / file.parts[0]
        elif source.resolve().is_relative_to(here / "share") or source.resolve().is_relative_to(here / "etc"):
            target = packages.parents[2] / source.resolve().relative_to(here)
        else:
            continue                                       # scripts: they would start the Python of here
        if source.exists() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source.resolve())
