"""Which of a student's attempts counts: of several in one download, and of a new one and the one taken in before."""
import hashlib
from datetime import datetime
from pathlib import Path

from autograder.collect.candidates import Candidate, HandedIn
from autograder.collect.rebuild import rebuild
from autograder.records.clock import Clock
from autograder.records.settings import Rule
from autograder.records.submission import Submission
from tito.errors import TitoError


def the_one(found: list[Candidate], rule: Rule) -> tuple[Candidate, list[str]]:
    """The only one, or the newest by the platform's own time or number, and a remark about the choice.

    What came too late to be accepted is chosen only where there is nothing else.
    """
    if len(found) == 1:
        return found[0], []
    attempts = [candidate.attempt for candidate in found]
    accepted = [one for one in found if not (one.when and rule.closes and one.when > rule.closes)] or found
    newest = max(accepted, key=lambda candidate: candidate.attempt)
    if not all(attempts) or len({attempt[0] for attempt in attempts}) > 1 or attempts.count(newest.attempt) > 1:
        raise TitoError(f"handed in {len(found)} times, {' and '.join(candidate.where for candidate in found)}: "
                        "none was taken: keep only the one that counts.")
    if newest.attempt[0] == "exchange" and newest.attempt == max(attempts):
        return newest, []                    # the exchange keeps every attempt of everybody
    older = ", ".join(candidate.where for candidate in found if candidate is not newest)
    which = "newest" if len(accepted) == len(found) else "newest accepted"
    return newest, [f"{newest.where} was taken, {newest.attempt[0].title()}'s {which} attempt of {len(found)}; "
                    f"not taken: {older}."]


def why_it_stays(submission: Submission, before: bytes, notebook: dict, release: dict, handed_in: HandedIn,
                 rule: Rule) -> str:
    """Why this attempt, rebuilt as `notebook`, does not replace the one `before`; empty if it does."""
    receipt, known = submission.receipt(before), submission.handed_in_at(before)
    too_late = rule.is_closed(handed_in.moment)
    was_too_late = bool(receipt) and rule.is_closed(receipt.moment)
    if too_late and not was_too_late:
        return (f"the attempt of {minute(handed_in.when)} came when nothing was accepted any more, so the one taken in "
                "before stays (an extension in course.toml lets it count).")
    if was_too_late and not too_late:
        return ""
    if known and handed_in.when < known:
        return (f"this attempt, of {minute(handed_in.when)}, is older than the one taken in, of {minute(known)}, "
                "which stays.")
    replaced = sorted(submission.replaced.glob("*.ipynb"))
    surely_newer = handed_in.clock.is_exact and receipt and receipt.moment.clock.is_exact
    for copy in [] if surely_newer else replaced:
        if rebuilds_to(notebook, release, copy.read_bytes()):
            return (f"this earlier attempt, kept as {place(submission, copy)}, came again, and the newer one stays. "
                    "To take it all the same, delete that copy first.")
    taken = len({checksum(copy.read_bytes()) for copy in replaced} | {checksum(before)})
    if rule.attempts and taken >= rule.attempts:
        return (f"the attempt of {minute(handed_in.when)} was not taken: {taken} of {rule.attempts} attempts are "
                "used up (extra_attempts in course.toml allows more).")
    return ""


def renew_receipt(submission: Submission, notebook: bytes, handed_in: HandedIn, remarks: list[str]) -> bool:
    """The same notebook came again: the first time holds, unless only now somebody knows when it was handed in.

    Says whether the time is another now.
    """
    receipt = submission.receipt(notebook)
    if receipt is None and handed_in.clock is Clock.disk:
        return False
    known = moment = receipt.moment if receipt else None
    if moment is None or handed_in.clock.rank > moment.clock.rank or handed_in.clock is Clock.table:
        moment = handed_in.moment
    submission.note(notebook, moment, remarks, handed_in.place or (receipt.place if receipt else ""))
    return moment != known


def place(submission: Submission, path: Path) -> Path:
    return path.relative_to(submission.classroom.folder)


def rebuilds_to(notebook: dict, release: dict, raw: bytes) -> bool:
    """Whether these bytes are the same submission, also if the release has changed since they were taken in."""
    try:
        return rebuild(release, raw)[0] == notebook
    except TitoError:
        return False


def checksum(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:16]


def minute(when: datetime) -> str:
    return when.astimezone().strftime("%Y-%m-%d %H:%M")
