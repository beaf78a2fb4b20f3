"""Points that a person gave hold for the answers that this person saw, and for no others."""
import json
from collections.abc import Mapping
from dataclasses import dataclass

from autograder.grade.job import Row
from autograder.records.submission import Submission
from tito.notebooks import cells_of


@dataclass(frozen=True)
class Hand:
    """What a person made of a test or question."""
    score: float | None
    extra: float | None
    waits: bool               # for a person

    @property
    def given(self) -> bool:
        return self.score is not None or bool(self.extra)


def settle_hand_scores(submission: Submission, row: Row,
                       hands: Mapping[str, Hand]) -> tuple[dict[str, Hand], list[str]]:
    """Which points stay after a new grading, and remarks on those that are taken back.

    row: the new grading, while the graded notebook of the one before still lies there; hands: by test or question.
    """
    before = submission.graded()
    if before is None:        # nobody knows any more which answer the person saw
        return {name: Hand(hand.score, hand.extra, waits=True) for name, hand in hands.items()}, []
    old, new = answers_of(before.notebook), answers_of(json.loads(row.notebook))
    changed, settled, fell = {name for name in new if new[name] != old.get(name)}, {}, []
    for name, hand in hands.items():
        if changed & ({name} if name in new else new.keys()):      # a test looks at all answers
            hand = Hand(None, None, waits=row.scores.get(name) is None)
            fell.append(name)
        settled[name] = hand
    return settled, [f"The answers have changed since a person gave points for {', '.join(sorted(fell))}: these points "
                     "were taken back."] if fell else []


def answers_of(notebook: dict) -> dict[str, str]:
    return {cell.grade_id: cell.source for cell in cells_of(notebook) if cell.role in ("answer", "written")}
