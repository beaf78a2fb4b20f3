"""What a student has done so far, in one readable file."""
import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from tito import console
from tito.course import MILESTONES, MODULES, Milestone, Module, available
from tito.files import stamp, unused, write_whole

RECORDS = ("modules", "milestones")


def now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


class Progress:
    """`.tito/progress.json`: modules begun, completed and taken from the course, parts of milestones, who it is."""

    def __init__(self, root: Path):
        self.root = root
        self.path = root / ".tito" / "progress.json"
        self.data = self._read()

    def _read(self) -> dict:
        empty = {"student": "", "modules": {}, "milestones": {}}
        try:
            data = json.loads(self.path.read_bytes())
            if not isinstance(data, dict) or not all(_is_record(data.get(key, {})) for key in RECORDS):
                raise ValueError("not a record of progress")
        except FileNotFoundError:
            return empty
        except ValueError:
            aside = unused(self.path.with_name(f"progress-damaged-{stamp()}.json"))
            os.replace(self.path, aside)
            console.note(f"the record of your progress was damaged: it is kept as {aside.relative_to(self.root)}. A "
                         "new one begins. Your notebooks are untouched: tito module complete NN records them again.")
            return empty
        return empty | data

    def save(self) -> None:
        write_whole(self.path, json.dumps(self.data, indent=2, ensure_ascii=False) + "\n")

    @property
    def student(self) -> str:
        return str(self.data["student"])

    def remember_student(self, name: str) -> None:
        self.data["student"] = name
        self.save()

    def record(self, module: Module, what: str) -> None:
        """`what` is "started", "completed", "solution" or "own"; the first start is kept, the last completion too.

        "solution": the course's was taken; "own": it was there, and the student's own notebook stayed.
        """
        entry = self.data["modules"].setdefault(module.id, {})
        if what != "started" or what not in entry:
            entry[what] = now()
        self.save()

    def record_part(self, milestone: Milestone, script: Path) -> None:
        self.data["milestones"].setdefault(milestone.id, {})[script.stem] = now()
        self.save()

    def started(self, module: Module) -> bool:
        return "started" in self.data["modules"].get(module.id, {})

    def completed(self, module: Module) -> bool:
        """In the package and recorded; in the instructor's repository, which has no student, the file is enough."""
        entry = self.data["modules"].get(module.id, {})
        recorded = entry.keys() & {"completed", "solution"} or not (self.root / ".release").is_dir()
        return bool(recorded) and module.exported(self.root).is_file()

    def solution(self, module: Module) -> str:
        """When the course's solution was taken; "" if it never was."""
        return str(self.data["modules"].get(module.id, {}).get("solution", ""))

    def settled(self, module: Module) -> bool:
        """Whether it is decided that the course's solution was taken, or was not."""
        return bool(self.data["modules"].get(module.id, {}).keys() & {"solution", "own"})

    def stands_on_solution(self, module: Module) -> bool:
        """Whether the module in the package is the course's, and none was completed since."""
        taken, completed = self.solution(module), str(self.data["modules"].get(module.id, {}).get("completed", ""))
        return bool(taken) and completed < taken

    def foreign(self, modules: Sequence[Module]) -> list[Module]:
        """Which of these are in the package, but not completed."""
        return [module for module in modules if module.exported(self.root).is_file() and not self.completed(module)]

    def not_made_here(self, modules: Sequence[Module]) -> str:
        """These, in a sentence: a friend's files, say. "" if there are none."""
        files = [f"tinytorch/{module.name}.py" for module in self.foreign(modules)]
        if len(files) < 2:
            return f"{files[0]} is here, but not completed from your notebook" if files else ""
        return f"{', '.join(files)} are here, but not completed from your notebooks"

    def ran(self, milestone: Milestone, script: Path) -> bool:
        return script.stem in self.data["milestones"].get(milestone.id, {})

    def passed(self, milestone: Milestone) -> bool:
        scripts = milestone.scripts(self.root)
        return bool(scripts) and all(self.ran(milestone, script) for script in scripts)

    def missing_for(self, milestone: Milestone) -> list[Module]:
        """The modules that the package still lacks: a milestone asks whether it works, not where it comes from."""
        return [module for module in MODULES[: milestone.unlocked_by] if not module.exported(self.root).is_file()]

    def next_module(self) -> Module | None:
        return next((module for module in available(self.root) if not self.completed(module)), None)

    def next_step(self) -> tuple[str, str]:
        """The command that goes on from here and what it is about; "" and a sentence where all is done."""
        module = self.next_module()
        if module is not None:
            number = f"{module.number:02}"
            if foreign := self.not_made_here([module]):
                return f"tito module complete {number}", foreign
            if self.started(module):
                return f"tito lab {number}", f"{module.name} is begun; when it is solved: tito module complete {number}"
            return f"tito module start {number}", module.name
        for milestone in self.ready():
            return milestone.command, milestone.title
        return "", "Every module and milestone of this edition is done."

    def advice(self) -> str:
        """The next step, as a sentence."""
        command, about = self.next_step()
        return f"Next: {command} ({about})" if command else about

    def ready(self) -> list[Milestone]:
        """Milestones of this edition that lack no module any more, and are still to be run."""
        return [m for m in MILESTONES if m.scripts(self.root) and not self.missing_for(m) and not self.passed(m)]

    def unlocked_by(self, module: Module) -> list[Milestone]:
        """Those of them that need this module."""
        return [milestone for milestone in self.ready() if milestone.unlocked_by >= module.number]


def _is_record(entries: object) -> bool:
    return isinstance(entries, dict) and all(isinstance(entry, dict) for entry in entries.values())
