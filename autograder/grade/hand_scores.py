"""Points that a person gave hold for the answers that this person saw, and for no others."""
import json
from collections.abc import Mapping
from dataclasses import dataclass

from autograder.grade.job import Row
from autograder.records.answers import answers_of, seen_in, written_in
from autograder.records.hand_scores import kept_for
from autograder.records.submission import Submission


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
                       hands: Mapping[str, Hand]) -> tuple[Mapping[str, Hand], list[str]]:
    """`settle` for a new grading, while the graded notebook of the one before still lies there."""
    seen = {cell: score.answer for cell, score in kept_for(submission).items() if score.answer}
    if not seen and not any(hand.given for hand in hands.values()):
        return hands, []
    before = submission.graded()
    return settle(before.notebook if before else None, json.loads(row.notebook), hands, seen)


def settle(before: dict | None, after: dict, hands: Mapping[str, Hand],
           seen: Mapping[str, str]) -> tuple[dict[str, Hand], list[str]]:
    """What stays of the points that people gave, and remarks for student and grader.

    hands: of every test and question, `waits` as if no person had given points; seen: checksums of what people saw.
    """
    now, settled, fell = seen_in(after), dict(hands), []
    for name, hand in hands.items():
        if not hand.given:
            if name in seen and seen[name] != now.get(name):     # taken back at an earlier grading
                fell.append(name)
            continue
        same = still_the_same(name, before, after)
        if same is None and name in seen:
            same = seen[name] == now.get(name)
        if same is False:
            settled[name] = Hand(None, None, hand.waits)
            fell.append(name)
        else:                                                    # it waits where nobody knows what the person saw
            settled[name] = Hand(hand.score, hand.extra, same is None)
    return settled, [f"Changed since a person gave points for it, which were taken back: {', '.join(sorted(fell))}."] \
        if fell else []


def still_the_same(name: str, before: dict | None, after: dict) -> bool | None:
    """Whether a test or question is about the same answers as in the grading before; None if that cannot be told."""
    if before is None:
        return None
    old, new = answers_of(before), answers_of(after)
    if name in new:
        return old[name] == new[name] if name in old else None
    code = (old.keys() & new.keys()) - written_in(after)         # a test looks at all code that both of them have
    return all(old[other] == new[other] for other in code)
