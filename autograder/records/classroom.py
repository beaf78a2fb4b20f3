"""Where the work of one class lies: what was released, submitted, graded and returned."""
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tito.course import MODULES, Module, available, find_modules
from tito.errors import TitoError


@dataclass(frozen=True)
class Classroom:
    root: Path                # the repository with the reference notebooks
    folder: Path              # the course folder, `course` by default
    db_url: str = field(repr=False)               # the gradebook; may hold a password

    @classmethod
    def at(cls, root: Path, folder: Path | None = None, db_url: str | None = None) -> "Classroom":
        folder = (folder or root / "course").absolute()
        if ".." in folder.parts:                  # ../practice/course, as messages should not show it
            folder = folder.resolve()
        return cls(root, folder, db_url or f"sqlite:///{folder / 'gradebook.db'}")

    def existing(self) -> "Classroom":
        """Itself. Raises TitoError where there is no such folder: a wrong --course would make an empty one."""
        if not self.folder.is_dir():
            raise TitoError(f"There is no course folder {self.folder}: say --course DIR; "
                            "tito release and tito collect make one.")
        return self

    def require_outside(self, source: Path) -> None:
        """Raises TitoError for a folder around the course: no download, though much in it is called like one."""
        if own := self.own_in(source):
            raise TitoError(f"{source} holds {own}, the course itself, and nothing in it was read: name the folder "
                            "or zip of the download alone, such as --from ../downloads.")

    def own_in(self, folder: Path) -> Path | None:
        """The repository or the course folder, if `folder` is it or lies around it."""
        return next((own for own in (self.root, self.folder) if own.resolve().is_relative_to(folder.resolve())), None)

    def released(self, module: Module) -> Path:
        return self.folder / "release" / module.id / f"{module.id}.ipynb"

    def students(self) -> list[str]:
        """Everybody who has a folder in `submitted`."""
        folder = self.folder / "submitted"
        return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []

    def misplaced(self) -> list[Path]:
        """Notebooks and zips in `submitted` that are nobody's submission, by their names."""
        folder, ids = self.folder / "submitted", {module.id for module in MODULES}
        found = [path for path in folder.rglob("*") if path.suffix.lower() in (".ipynb", ".zip")]
        return sorted(path for path in found if len(path.relative_to(folder).parts) != 3 or path.parent.name not in ids
                      or path.name != f"{path.parent.name}.ipynb")


@contextmanager
def one_at_a_time(classroom: Classroom) -> Iterator[None]:
    """Two runs at once would enter the same submission into the gradebook twice: the second is refused."""
    import fcntl

    classroom.folder.mkdir(parents=True, exist_ok=True)
    with open(classroom.folder / ".grading", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TitoError(f"Another `tito grade` is at work in {classroom.folder}: wait until it is done.") from None
        yield


def choose_modules(root: Path, wanted: list[str]) -> tuple[list[Module], list[str]]:
    """The modules that a command names (all that have a reference notebook, if none), in order, and remarks."""
    (named, remarks), present = find_modules(wanted), available(root)
    for module in named:
        if module not in present:
            raise TitoError(f"{module.notebook(root).relative_to(root)} does not exist yet: "
                            f"there are {', '.join(m.id for m in present) or 'no modules'}.")
    return [module for module in MODULES if module in (named or present)], remarks
