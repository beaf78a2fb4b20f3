"""`tito olympics …`: an entry is measured, claimed and ranked."""

import shlex
import shutil
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperCommand

from tito import console
from tito.commands.leaderboard import Key, leaderboard
from tito.course import find_root
from tito.errors import TitoError
from tito.files import keep_copy, writable, write_whole

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="""The Torch Olympics: your optimised model against a fixed baseline.

    \b
    An entry is a folder with entry.py, whose load() returns predict, and the files that it needs.
    tito olympics events                                the events, and the rules for an entry
    tito olympics new mine                              a copy of the baseline to begin with
    tito olympics run mine                              its ratios, measured beside the baseline
    tito olympics submit mine --event size --team ada   the claim, one file to hand in
    tito olympics leaderboard --from claims             the class's ranking
    """,
)
Entry = Annotated[Path, typer.Argument(metavar="ENTRY", help="The entry's folder.")]
EventName = Annotated[
    str, typer.Option("--event", metavar="NAME", help="latency, memory, accuracy, size or all-round.")
]


class WithRules(TyperCommand):
    """Its help ends with the rules for an entry."""

    def format_epilog(self, ctx, formatter) -> None:
        from tito.olympics.rules import rules

        with formatter.section("An entry"):
            formatter.write_dl(rules())


@app.command(cls=WithRules)
def events() -> None:
    """Show the events, and the rules for an entry.

    \b
    Example: tito olympics events
    """
    from tito.olympics.events import EVENTS
    from tito.olympics.rules import rules

    console.table([(event.name, event.rule) for event in EVENTS.values()], header=("event", "score and rule"))
    console.say()
    console.table(rules(), header=("an entry", ""))


@app.command(cls=WithRules)
def new(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet.")]) -> None:
    """Make an entry to begin with: a copy of the baseline.

    \b
    Example: tito olympics new mine
    """
    from tito.olympics.files import BASELINE, BASELINE_FILES

    if folder.exists():
        raise TitoError(f"{folder} is there already: take another name.", exit_code=2)
    folder.mkdir(parents=True)
    for name in BASELINE_FILES:
        shutil.copyfile(BASELINE / name, folder / name)
    console.say(f"{folder}: the baseline, as an entry. The rules: tito olympics events")
    console.say(f"Change entry.py and what it loads, then: tito olympics run {shlex.quote(str(folder))}")


@app.command()
def run(
    entry: Entry, quick: Annotated[bool, typer.Option("--quick", help="Without LoadGen, in half the time.")] = False
) -> None:
    """Measure an entry beside the baseline, each in a clean process, asked in turns.

    \b
    A ratio above 1 means better than the baseline; the interval tells how sure the ratio is on this machine, now.
    Example: tito olympics run mine
    """
    from tito.olympics.events import EVENTS, judged
    from tito.olympics.files import read_entry
    from tito.olympics.show import show_measured

    measured = _measured(find_root(), read_entry(entry), not quick)
    show_measured(measured)
    rows = []
    for event in EVENTS.values():
        score, fouls = judged(event, measured)
        rows.append((event.name, "" if score is None else f"{score:.2f}", "; ".join(fouls) or "within the rules"))
    console.say()
    console.table(rows, header=("event", "score", ""))
    console.say()
    console.say(f"To hand it in: tito olympics submit {shlex.quote(str(entry))} --event EVENT --team NAME")


@app.command()
def submit(
    entry: Entry,
    event: EventName,
    team: Annotated[str, typer.Option("--team", metavar="NAME", help="As the ranking shows it.")],
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIR", help="Where the claim goes [default: olympics in the course folder]."),
    ] = None,
    key: Key = None,
) -> None:
    """Measure an entry and write its claim: files, figures, environment, checksums, signature.

    \b
    The signature proves that somebody who has the class's key made the claim and that nobody changed it since. It does
    not prove that the figures are true: your instructor measures the entry again.
    Example: tito olympics submit mine --event latency --team ada
    """
    from tito.olympics import files as entry_files
    from tito.olympics.claim import TEAM_RULE, file_name, make_claim, team_name, text_of
    from tito.olympics.events import check_event
    from tito.olympics.show import show_measured
    from tito.olympics.signature import KEY_FILE, find_key

    check_event(event)
    if not (team := team_name(team)):
        raise TitoError(TEAM_RULE, exit_code=2)
    root = find_root()
    secret, files = find_key(root, key), entry_files.read_entry(entry)
    folder = writable(to or root / "olympics")
    measured = _measured(root, files, True)
    show_measured(measured)
    claim = make_claim(team, event, files, entry_files.package(root), measured, secret)
    path = folder / file_name(claim)
    kept = keep_copy(root, path)
    write_whole(path, text_of(claim))
    console.say()
    if kept:
        console.note(f"the older {path.name} is kept as {kept}")
    for foul in claim["fouls"]:
        console.note(f"out of competition in {event}: {foul}")
    score = "no score" if claim["score"] is None else f"score {claim['score']:.2f}"
    signed = "signed" if secret else f"unsigned, because there is no {KEY_FILE}"
    console.say(f"{path}: {claim['team']}, {event}, {score}, {signed}.")
    if claim["fouls"]:
        console.note("as it is, this claim gets no place; change the entry and submit it again")
    else:
        console.say("Hand in that file.", "green")


app.command()(leaderboard)


def _measured(root: Path, files: dict[str, bytes], with_loadgen: bool) -> dict:
    """The entry beside the baseline, on the package of this folder."""
    from tito.olympics import loadgen, measuring
    from tito.olympics.athlete import Athlete, Fouled
    from tito.olympics.digits import published
    from tito.olympics.files import baseline, package

    if with_loadgen and not loadgen.installed():
        console.note(loadgen.INSTALL)
    own = package(root)
    try:
        with console.progress(measuring.STEPS, "measuring") as advance:
            return measuring.measure(
                lambda chosen: Athlete(own, chosen),
                {"baseline": baseline(), "entry": files},
                published(),
                advance,
                with_loadgen,
            )
    except Fouled as error:
        mend = ". It needs modules 01 to 09: tito checkpoint status." if str(error).startswith("the baseline") else ""
        raise TitoError(f"The entry cannot be measured: {error}{mend}") from None
