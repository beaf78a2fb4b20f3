"""Whose the folders of a Gradescope export are: its file submission_metadata.yml says so."""
import re
from datetime import UTC, datetime

import yaml

from autograder.collect.candidates import by_disk
from autograder.collect.platforms import Claim
from autograder.records.clock import Clock
from tito.errors import TitoError

METADATA = "submission_metadata.yml"


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):       # in C ten times as fast, where PyYAML has it
    """Plain data, whatever Ruby classes the file names."""


def plain_data(loader: Loader, suffix: str, node: yaml.Node):
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node)
    return loader.construct_sequence(node) if isinstance(node, yaml.SequenceNode) else loader.construct_scalar(node)


Loader.add_multi_constructor("", plain_data)


def submitters(raw: bytes) -> dict[str, list[Claim]]:
    """Everybody named as a submitter, by folder. Raises TitoError for what is no such file."""
    try:
        read = yaml.load(raw, Loader)
        return {str(folder): [claim(str(folder), person, about.get(":created_at")) for person in about[":submitters"]]
                for folder, about in read.items()}
    except (yaml.YAMLError, UnicodeError, ValueError, RecursionError, AttributeError, KeyError, TypeError) as error:
        raise TitoError(f"{METADATA} cannot be read ({type(error).__name__}): export the submissions again.") from None


def claim(folder: str, person: dict, created_at: datetime | str | None) -> Claim:
    if isinstance(created_at, str):
        created_at = datetime.fromisoformat(created_at.replace(" UTC", "+00:00"))
    when = None
    if created_at:
        when = by_disk((created_at if created_at.tzinfo else created_at.replace(tzinfo=UTC)).timestamp())
    attempt = re.search(r"\d*$", folder).group()
    # the address is what an autograder on Gradescope is told too
    return Claim("gradescope", text(person.get(":name")), text(person.get(":email") or person.get(":sid")),
                 ("gradescope", when.timestamp() if when else 0.0, int(attempt or 0)), when,
                 Clock.gradescope if when else Clock.disk)


def text(value) -> str:
    return str(value) if isinstance(value, str | int) else ""
