"""`tito feedback --exchange`: each page laid where the student's own nbgrader looks for it.

nbgrader keeps a secret with the student and puts it beside the submission; the page is called by a hash of it, in a
folder that nobody can list. So `nbgrader fetch_feedback`, and JupyterLab's list of assignments, find one's own pages.
"""
from pathlib import Path

from autograder.collect.exchange import inbound, secret_of
from autograder.records.classroom import Classroom
from autograder.records.clock import Clock
from autograder.records.files import write_untrusted
from autograder.records.submission import Submission
from autograder.report.returning import with_pages
from tito.course import Module
from tito.errors import TitoError


def release_pages(classroom: Classroom, modules: list[Module],
                  student: str | None = None) -> tuple[int, list[Submission], list[str]]:
    """Lay out the pages of all who handed in through the exchange.

    Gives how many, who handed in elsewhere, and a line for each page that should be there and is not.
    """
    pages = with_pages(classroom, modules, student)
    through = [submission for submission in pages if came_through(submission)]
    if not through:
        raise TitoError("Nobody handed in through the exchange: tito feedback --zip FILE packs the pages.")
    handed_in = inbound(classroom.root)
    folder = handed_in.parent / "feedback"
    targets, refused = {}, []
    for submission in through:
        try:
            targets.setdefault(folder / name_of(submission, handed_in), []).append(submission)
        except (TitoError, OSError) as error:
            refused.append(f"{submission}: not given back, {error}")
    for target, sharing in targets.items():
        if len(sharing) > 1:                               # one would read the other's
            refused.append(f"{' and '.join(map(str, sharing))}: not given back, they came with the same secret.")
            continue
        write_untrusted(target, handed_in.parent, sharing[0].feedback.read_bytes())
        target.chmod(0o644)                                # who knows the name can read it,
        folder.chmod(0o711)                                # and nobody can list the names
    return sum(len(sharing) == 1 for sharing in targets.values()), sorted({*pages} - {*through}, key=str), refused


def came_through(submission: Submission) -> bool:
    receipt = submission.taken_in()
    return receipt is not None and receipt.clock == Clock.exchange


def name_of(submission: Submission, handed_in: Path) -> str:
    """The file that nbgrader looks for. Raises TitoError where there is none, or the page is of another attempt."""
    from nbgrader.utils import notebook_hash

    receipt, graded, number = submission.taken_in(), submission.graded(), f"{submission.module.number:02}"
    if not receipt.place:
        raise TitoError(f"where it lies in the exchange is not noted: tito collect {number} again.")
    if not graded or graded.provenance.handed_in != receipt.sha256:
        raise TitoError(f"a newer attempt is not graded yet: tito grade {number} first.")
    secret = secret_of(handed_in, receipt.place, submission.student)
    return f"{notebook_hash(secret=secret, notebook_id=submission.module.id)}.html"
