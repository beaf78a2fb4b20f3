"""Ids that match nobody: most often a slip in the name of a file or in a table of times."""
from collections.abc import Collection
from difflib import get_close_matches

from autograder.collect.candidates import Candidate
from autograder.collect.take_in import Collected


def not_in_class(result: Collected, class_list: Collection[str]) -> list[str]:
    """A remark about everybody whose work was taken in and who is not in the class list, if there is one."""
    unknown = {*result.new, *result.replaced, *result.unchanged} - {*class_list}
    return [f"not in the class list: {named(unknown, class_list)}. tito students add takes in who belongs there; where "
            "an id is wrong, rename the file, collect again, and tito students remove puts the wrong one aside."
            ] if class_list and unknown else []


def without_work(times: Collection[str], found: list[Candidate]) -> list[str]:
    """A remark about everybody in the table of times of whom there is no file."""
    students = {candidate.student for candidate in found if not candidate.left_out}
    absent = {*times} - students
    return [f"--times names {named(absent, students - {*times})}, and no file here is theirs: is the id right?"
            ] if absent else []


def named(ids: Collection[str], known: Collection[str]) -> str:
    """Each id, with the one that may have been meant."""
    meant = {one: "".join(get_close_matches(one, known, n=1, cutoff=0.5)) for one in sorted(ids)}
    return ", ".join(f"{one} (did you mean {other}?)" if other else one for one, other in meant.items())
