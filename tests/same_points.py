"""What students and their tools do to a notebook that works, in one table: the change, and what must come of it."""
import copy
import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.autograder.small_class import cell
from tito.handed_in import text_of

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
FOREIGN = "\nimport matplotlib.pyplot as plt\nfrom rich import print as show\n\ndef draw():\n    plt.plot([1, 2])\n"


@dataclass(frozen=True)
class Case:
    name: str
    change: Callable[[dict, str], object]     # (notebook, name of its answer cell)
    refused: str = ""                         # words of the refusal on the student's side; "": all points
    remark: str = ""                          # words that grading says about it


def below_export(text: str) -> Callable:
    """Insert lines below `#| export`."""
    def change(notebook: dict, name: str) -> None:
        answer = cell(notebook, name)
        answer["source"] = answer["source"].replace("#| export\n", f"#| export\n{text}\n", 1)
    return change


def in_function(line: str) -> Callable:
    """Insert a line at the top of the answer's function."""
    def change(notebook: dict, name: str) -> None:
        answer = cell(notebook, name)
        answer["source"] = re.sub(r'("""\n)(\s+)', rf"\1\2{line}\n\2", answer["source"], count=1)
    return change


def split(notebook: dict, name: str) -> None:
    answer = cell(notebook, name)
    at = notebook["cells"].index(answer)
    first, second = answer["source"].split("    return", 1)
    parts = [first.removesuffix("\n"), f"    return{second}"]
    notebook["cells"][at:at + 1] = [{**copy.deepcopy(answer), "source": part, "id": f"{answer['id']}-{i}" if i else
                                     answer["id"]} for i, part in enumerate(parts)]


def copied(notebook: dict, name: str) -> None:
    notebook["cells"].append({**copy.deepcopy(cell(notebook, name)), "id": "a-copy"})


def of_two(notebook: dict, name: str) -> None:
    other = {**copy.deepcopy(cell(notebook, name)), "id": "another"}
    other["source"] += "\n# the same once more"
    notebook["cells"] += [{"cell_type": "code", "id": "between", "metadata": {}, "source": "1", "outputs": []}, other]


def as_text(notebook: dict, name: str) -> None:
    cell(notebook, name).update(cell_type="markdown")


def pasted(notebook: dict, name: str) -> None:
    for each in notebook["cells"]:
        info = each["metadata"].get("nbgrader", {})
        if info.get("grade") and info.get("solution"):
            each.update(source="See ![](attachment:image.png)", attachments={"image.png": {"image/png": PNG}})


def stripped(notebook: dict, name: str) -> None:
    for each in notebook["cells"]:
        each["metadata"] = {}


def without_ids(minor: int) -> Callable:
    def change(notebook: dict, name: str) -> None:
        notebook["nbformat_minor"] = minor
        for each in notebook["cells"]:
            each.pop("id", None)
    return change


def every_source(change: Callable[[str], str]) -> Callable:
    def changed(notebook: dict, name: str) -> None:
        for each in notebook["cells"]:
            each["source"] = change(each["source"])
    return changed


def colab(notebook: dict, name: str) -> None:
    """What notebooks that Colab has saved show: docs/in_the_browser.md says where it was seen."""
    notebook["metadata"] = {"colab": {"provenance": [], "toc_visible": True}, "accelerator": "GPU",
                            "kernelspec": {"name": "python3", "display_name": "Python 3"},
                            "language_info": {"name": "python"}}
    for number, each in enumerate(notebook["cells"]):
        kept = {key: value for key, value in each["metadata"].items() if key not in ("deletable", "editable")}
        each["metadata"] = {**kept, "id": each["id"], "cellView": "form"}
        each["source"] = text_of(each["source"]).splitlines(keepends=True)
        if each["cell_type"] == "code":
            each["metadata"] |= {"colab": {"base_uri": "https://localhost:8080/", "height": 35}, "outputId": "6f1a-0b",
                                 "executionInfo": {"status": "ok", "timestamp": 1, "elapsed": 9, "user_tz": -60,
                                                   "user": {"displayName": "Ada", "userId": "1"}}}
            each |= {"execution_count": number, "outputs": [{
                "output_type": "execute_result", "execution_count": number, "metadata": {},
                "data": {"text/plain": "1", "application/vnd.google.colaboratory.intrinsic+json": {"type": "string"}}}]}
    notebook["cells"][:0] = [
        {"cell_type": "markdown", "metadata": {"id": "view-in-github", "colab_type": "text"}, "source": "<a>Open</a>"},
        {"cell_type": "code", "metadata": {"id": "K3xq"}, "source": ["import sys\n", "sys.path.insert(0, '/content')"],
         "execution_count": 1, "outputs": []}]


def colab_in_an_older_format(notebook: dict, name: str) -> None:
    """The id of a cell stands in its metadata alone, as in the notebooks that Colab makes itself."""
    colab(notebook, name)
    without_ids(0)(notebook, name)


def colab_without_metadata(notebook: dict, name: str) -> None:
    """Nothing but Colab's own metadata is left: not seen anywhere, and survived."""
    colab_in_an_older_format(notebook, name)
    for each in notebook["cells"]:
        each["metadata"].pop("nbgrader", None)


def vs_code(notebook: dict, name: str) -> None:
    notebook["metadata"].update(vscode={"interpreter": {"hash": "0"}},
                                kernelspec={"name": "other", "display_name": "B"})
    for each in notebook["cells"]:
        each["metadata"]["vscode"] = {"languageId": "python"}


def widgets(notebook: dict, name: str) -> None:
    notebook["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}


def own(source: str) -> Callable:
    def change(notebook: dict, name: str) -> None:
        notebook["cells"].append({"cell_type": "code", "id": "own", "source": source, "outputs": [],
                                  "metadata": {"tags": ["raises-exception"]}})
    return change


def without_tests(notebook: dict, name: str) -> None:
    notebook["cells"] = [each for each in notebook["cells"] if not each["metadata"].get("nbgrader", {}).get("points")
                         or each["metadata"]["nbgrader"]["solution"]]


LEFT_OUT, ONLY = "Lines that only a notebook can run", "works only in a notebook"
CASES = [
    Case("a package that grading does not have, used nowhere", below_export(FOREIGN)),
    Case("... used at once", below_export(FOREIGN + "\nplt.figure()"), refused="matplotlib is not there"),
    Case("a line magic", below_export("%matplotlib inline"), remark=LEFT_OUT),
    Case("a magic in the function", in_function("%pwd"), remark=LEFT_OUT),
    Case("a shell line", below_export("!true"), remark=LEFT_OUT),
    Case("help", below_export("np.dot?"), remark=LEFT_OUT),
    Case("display", below_export("display(1)"), remark=LEFT_OUT),
    Case("the result of a magic", below_export("files = !ls"), refused=ONLY),
    Case("top-level await", below_export("import asyncio\nawait asyncio.sleep(0)"), refused=ONLY),
    Case("from __future__", below_export("from __future__ import annotations")),
    Case("a split cell", split, remark="was split over 2 cells"),
    Case("a copy of the answer", copied, remark="are copies or unsolved"),
    Case("two answers that differ", of_two, refused="stands in two cells", remark="cells that differ"),
    Case("an answer turned into text", as_text, refused="is a text cell now"),
    Case("a pasted picture", pasted),
    Case("metadata stripped", stripped),
    *[Case(f"format 4.{minor}, no cell ids", without_ids(minor)) for minor in (2, 3, 4)],
    Case("Windows line ends", every_source(lambda source: source.replace("\n", "\r\n"))),
    Case("tabs", every_source(lambda source: source.replace("    ", "\t"))),
    Case("Colab", colab), Case("Colab, an older format", colab_in_an_older_format),
    Case("Colab, all other metadata gone", colab_without_metadata),
    Case("VS Code and another kernel's name", vs_code), Case("widgets", widgets),
    Case("an own cell that fails", own("1 / 0")), Case("an own cell that is no Python", own("def (")),
    Case("deleted tests", without_tests, remark="put back"),
    Case("reversed cells", lambda notebook, name: notebook["cells"].reverse(), refused="not defined|defined only"),
]
