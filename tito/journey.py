"""How far a student is, module by module and milestone by milestone: what every status command shows."""
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tito.course import ACTS, MILESTONES, MODULES, Milestone, Module, available
from tito.progress import Progress

DONE, NEXT, BEGUN, OPEN, LOCKED, UNLOCKED = "done", "next", "in progress", "open", "locked", "unlocked"
ELSEWHERE = "not in this edition"


@dataclass(frozen=True)
class ModuleStatus:
    id: str
    act: str
    state: str                                             # done, next, in progress, open or not in this edition
    unlocks: list[str] = field(default_factory=list)       # ids of modules and milestones of this edition
    remark: str = ""


@dataclass(frozen=True)
class MilestoneStatus:
    id: str
    title: str
    after: str                                             # id of the last module it needs
    state: str                                             # done, unlocked, locked or not in this edition
    parts: int
    needs: list[str] = field(default_factory=list)         # ids of modules still missing
    command: str = ""


class Journey:
    """A folder's modules and milestones with their states, and the next step."""

    def __init__(self, root: Path):
        self.progress = Progress(root)
        self.modules = [module_status(root, self.progress, module) for module in MODULES]
        self.milestones = [milestone_status(root, self.progress, milestone) for milestone in MILESTONES]
        self.available = [module.id for module in available(root)]
        self.done = sum(status.state == DONE and status.id in self.available for status in self.modules)

    def acts(self) -> list[tuple[str, list[ModuleStatus]]]:
        return [(f"Act {act}", [status for status in self.modules if status.act == act]) for act in ACTS]

    def after(self, module: ModuleStatus) -> list[MilestoneStatus]:
        """The milestones whose last module this is."""
        return [milestone for milestone in self.milestones if milestone.after == module.id]

    def summary(self) -> str:
        return f"{self.done} of {len(self.available)} modules of this edition done. {self.progress.advice()}"

    def as_data(self) -> dict:
        return {"done": self.done, "available": len(self.available), "next": self.progress.next_step()[0],
                "modules": [asdict(status) for status in self.modules],
                "milestones": [asdict(status) for status in self.milestones]}


def module_status(root: Path, progress: Progress, module: Module) -> ModuleStatus:
    unlocks = [m.id for m in available(root) if m.number == module.number + 1]
    unlocks += [m.id for m in MILESTONES if m.unlocked_by == module.number and m.scripts(root)]
    if progress.completed(module):
        state = DONE
    elif not module.notebook(root).is_file() and not (root / ".release" / module.id).is_dir():
        return ModuleStatus(module.id, module.act, ELSEWHERE)
    elif progress.started(module):
        state = BEGUN
    else:
        state = NEXT if module == progress.next_module() else OPEN
    remark = "the course's solution" if progress.stands_on_solution(module) else progress.not_made_here([module])
    return ModuleStatus(module.id, module.act, state, unlocks, remark)


def milestone_status(root: Path, progress: Progress, milestone: Milestone) -> MilestoneStatus:
    parts, missing = len(milestone.scripts(root)), [module.id for module in progress.missing_for(milestone)]
    state = (ELSEWHERE if not parts else DONE if progress.passed(milestone) else LOCKED if missing else UNLOCKED)
    last = MODULES[milestone.unlocked_by - 1].id
    return MilestoneStatus(milestone.id, milestone.title, last, state, parts, missing if state == LOCKED else [],
                           milestone.command if state == UNLOCKED else "")
