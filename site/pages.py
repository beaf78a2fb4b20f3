"""Everything that Sphinx reads, written into one folder: texts, modules, milestones, reference."""
import re
import shutil
from pathlib import Path

import figures
import nbformat
import outputs
import reference
from journey import journey

from autograder.release.edition import readme
from tito.course import ACTS, MILESTONES, Milestone, available
from tito.files import write_whole

HERE = Path(__file__).resolve().parent
GUIDES = ("troubleshooting", "pytorch", "in_the_browser", "instructors", "teaching/index", "platforms",
          "class_repository", "jupyterhub", "collecting", "late_work", "grading", "gradebook", "newer_version",
          "integrity", "solutions", "large_classes", "judging_olympics", "olympics", "results", "performance")
NOTEBOOK = re.compile(r"\]\((?:\.\./)+(?:modules/)?(\d\d_[a-z]+)/\1\.ipynb")
MILESTONE = re.compile(r"\]\((?:\.\./)+milestones/(\d\d_\d{4}_\w+)/?\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
FENCE = "`" * 3


def write_pages(root: Path, cache: Path, target: Path) -> None:
    """cache: where outputs.run_all has left what notebooks and milestones print and draw."""
    for path in (HERE / "text").glob("*.md"):
        write_whole(target / path.name, path.read_text(encoding="utf-8").replace("<!-- journey -->", journey()))
    student = readme(root, available(root)).replace("# TinyTorch", "# The first hour", 1)
    write_whole(target / "student.md", for_the_site(student, folder="guides/"))
    for name in GUIDES:
        write_whole(target / "guides" / f"{name}.md", for_the_site((root / "docs" / f"{name}.md").read_text("utf-8")))
    write_notes(root / "docs" / "teaching", target / "guides" / "teaching")
    for module in available(root):
        write_whole(target / "modules" / f"{module.id}.ipynb", nbformat.writes(told(outputs.page(root, module, cache))))
    for milestone in MILESTONES:
        write_milestone(root, milestone, cache, target / "milestones")
    write_whole(target / "reference" / "commands.md", reference.commands())
    for name, names in reference.public().items():
        write_whole(target / "reference" / f"{name[3:]}.md", reference.api(name, names))
    write_lists(root, target)


def told(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Links lead to pages of the site, and every picture says in words what it is."""
    heading = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading = (HEADING.findall(cell.source) or [heading])[-1]
            cell.source = linked(cell.source)
        elif any("image/png" in output.get("data", {}) for output in cell.outputs):
            cell.metadata["mystnb"] = {"image": {"alt": f"Plot: {re.sub('[*`$]', '', heading)}"}}
    return notebook


def linked(text: str) -> str:
    text = NOTEBOOK.sub(r"](../modules/\1.ipynb", text)
    return MILESTONE.sub(r"](../milestones/\1.md)", text)


def for_the_site(text: str, folder: str = "") -> str:
    """A guide: what it links to outside the site is named, not linked. folder: of the guides, seen from the page."""
    here = "|".join(GUIDES)
    text = re.sub(rf"\[([^\]]+)\]\((?!https?:|#)(?!(?:(?:\.\./)?docs/)?(?:{here})\.md)[^)]*\)", r"\1", text)
    return re.sub(rf"\]\((?:(?:\.\./)?docs/)?({here})\.md", rf"]({folder}\1.md", text)


def write_notes(notes: Path, target: Path) -> None:
    """The notes for teachers, one a module, listed on the page that begins them."""
    names = sorted(path.stem for path in notes.glob("[0-9]*.md"))
    for name in names:
        text = (notes / f"{name}.md").read_text(encoding="utf-8")
        write_whole(target / f"{name}.md", re.sub(r"\]\((?:\.\./)+notebooks/(\w+)/", r"](../../modules/", text))
    index = target / "index.md"
    write_whole(index, f"{index.read_text(encoding='utf-8')}\n{toctree(names)}")


def write_milestone(root: Path, milestone: Milestone, cache: Path, target: Path) -> None:
    """The story of each part, its figures where they are quick to draw, and what it reached on real data."""
    year = milestone.id.split("_")[1]
    parts = [f"# {year}: {milestone.title}\n", f"Unlocked by module {milestone.unlocked_by:02}. "
             f"Run it on your own code: `tito milestone run {milestone.number:02}`.\n"]
    for script in milestone.scripts(root):
        notebook = nbformat.read(script.with_suffix(".ipynb"), as_version=4)
        title, *story = notebook.cells[0].source.split("\n", 1)
        title = title.lstrip("# ")
        parts += [f"## Part {int(script.name[:2])}: {title}\n", linked(story[0]).strip() + "\n"]
        if script in figures.scripts(root):
            parts += write_figures(title, script, figures.kept(root, script, cache), target)
        else:
            parts.append(figures.left_out(script))
    rows = measured(root / "docs" / "results.md", milestone.id)
    parts += ["## What it reaches, measured\n", *rows, "\nHow this was measured: [results](../guides/results.md).\n"]
    write_whole(target / f"{milestone.id}.md", "\n".join(parts))


def write_figures(title: str, script: Path, drawn: Path, target: Path) -> list[str]:
    (target / "figures").mkdir(parents=True, exist_ok=True)
    short = " (as `--quick` draws it)" if figures.is_short(script) else ""
    parts = []
    for name in figures.names(script):
        place = f"figures/{script.parent.name}-{script.stem[:2]}_{name}.png"
        shutil.copy(drawn / f"{script.stem[:2]}_{name}.png", target / place)
        words = name.replace("_", " ")
        parts.append(f"{FENCE}{{figure}} {place}\n:alt: \"{title}: {words}\"\n\n{words.capitalize()}{short}\n{FENCE}\n")
    return parts


def measured(results: Path, milestone: str) -> list[str]:
    """The milestone's rows of the first table in docs/results.md."""
    lines = results.read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith(f"| {milestone}/")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    shown = [f"| {place.split('/')[1]} | " + " | ".join(rest) + " |" for place, *rest in cells if len(rest) == 4]
    return ["| part | what | measured | expected | reached |", "| --- | --- | --- | --- | --- |", *shown]


def write_lists(root: Path, target: Path) -> None:
    """The pages above the modules, the milestones and the reference, and the contents of the site."""
    lines = ["# The modules\n"]
    for act, names in ACTS.items():
        here = [module for module in available(root) if module.name in names]
        lines += [f"## Act {act}\n", toctree([module.id for module in here])]
    write_whole(target / "modules" / "index.md", "\n".join(lines))
    write_whole(target / "milestones" / "index.md", "# The milestones\n\n" + toctree([m.id for m in MILESTONES]))
    write_whole(target / "reference" / "index.md", "# The package\n\nThe public names of `tinytorch`, module by "
                "module, from their docstrings.\n\n" + toctree([name[3:] for name in reference.public()]))


def toctree(names: list[str]) -> str:
    return f"{FENCE}{{toctree}}\n:maxdepth: 1\n\n" + "\n".join(names) + f"\n{FENCE}\n"
