"""What an update does to each file, worked out before the first is written, and done so that it can be run again."""
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from tito import console
from tito.course import MODULES, Module
from tito.errors import TitoError
from tito.files import keep_copy, write_whole
from tito.manifest import MANIFEST, digest, manifest_text, read_manifest
from tito.notebooks import load
from tito.update.notebook import Merged, merge


@dataclass
class Plan:
    """Names of files, by what becomes of them."""
    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)       # by the student, replaced: a copy is kept
    removed: list[str] = field(default_factory=list)
    merged: dict[Module, Merged] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)    # notebooks that are left as they are


def plan(root: Path, edition: Path, manifest: dict[str, str]) -> Plan:
    """What the edition would change in the student's folder."""
    result, former = Plan(), read_manifest(root)
    notebooks = {module.notebook(Path()).as_posix(): module for module in MODULES}
    for name, wanted in manifest.items():
        path = root / name
        if not os.path.lexists(path):
            result.new.append(name)
        elif not path.is_file():
            raise TitoError(f"{path} is in the way of a file of the edition: move it away and run this again.")
        elif (found := digest(path)) == wanted:
            continue
        elif found == former.get(name) or name.startswith(".release/"):
            result.replaced.append(name)
        elif name in notebooks:
            _plan_merge(result, root, edition, notebooks[name])
        else:
            result.changed.append(name)
    result.removed = [name for name in former.keys() - manifest.keys()
                      if not name.startswith(("notebooks/", ".release/"))
                      and (root / name).is_file() and digest(root / name) == former[name]]
    return result


def _plan_merge(result: Plan, root: Path, edition: Path, module: Module) -> None:
    new, released = load(module.notebook(edition)), root / ".release" / module.id / f"{module.id}.ipynb"
    try:
        student = load(module.notebook(root))
    except TitoError:
        result.unreadable.append(module.id)
        return
    merged = merge(student, load(released) if released.is_file() else new, new)
    if merged.notebook != student:
        result.merged[module] = merged


def carry_out(root: Path, edition: Path, manifest: dict[str, str], todo: Plan) -> dict[str, Path]:
    """Do it; gives the copies that are kept, by the name of the file.

    The student's notebooks come first and the released copies, with which they are compared, after them; the manifest
    comes last: an update that is stopped anywhere goes on when it is run again.
    """
    former, copies = read_manifest(root), {}
    others = sorted([*todo.new, *todo.replaced, *todo.changed], key=lambda name: name.startswith(".release/"))
    with console.progress(len(todo.merged) + len(others), "update") as advance:
        for module, merged in todo.merged.items():
            path = module.notebook(root)
            copies[module.id] = keep_copy(root, path)
            write_whole(path, json.dumps(merged.notebook, indent=1, ensure_ascii=False) + "\n")
            advance(module.id)
        for name in others:
            if name in todo.changed:
                copies[name] = keep_copy(root, root / name)
            place(edition / name, root / name)
            advance(name)
    for name in todo.removed:
        (root / name).unlink()
    kept = {name: value for name, value in former.items() if name.startswith(("notebooks/", ".release/"))}
    write_whole(root / MANIFEST, manifest_text({**kept, **manifest}))
    return copies


def place(source: Path, target: Path) -> None:
    """The file, or the link where links can be made; else, as in a zip, the text of the link."""
    if source.is_symlink():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        try:
            os.symlink(os.readlink(source), target)
        except OSError:
            write_whole(target, os.readlink(source))
        return
    mode = (target if target.exists() else source).stat().st_mode        # a zip may have lost it
    write_whole(target, source.read_bytes())
    target.chmod(mode)
