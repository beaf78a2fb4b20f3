"""What lies in the folders that are collected and graded: names, links, zips, and files that change."""
import io
import json
import os
import stat
import zipfile

from tests.autograder.attacks.attack import Family
from tests.autograder.attacks.blank import EXPORT

family = Family("files")
VICTIM = "a-solved"           # an honest neighbour, whose work is there already


def notebook(blank) -> bytes:
    """A blank notebook that would be known if it came under another's name."""
    made = blank.copy()
    blank.answers(made)[0]["source"] = f"{EXPORT}raise SystemExit  # in another's name"
    return json.dumps(made).encode()


def zipped(entries: dict[str, bytes], attributes: int = 0) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name)
            info.external_attr, info.compress_type = attributes << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return data.getvalue()


def zips(name: str, says: str, entries, attributes: int = 0) -> None:
    """An attack that is one zip of the student's; `entries(blank)` says what is in it."""
    def make(blank, place) -> None:
        (place.inbox / f"{place.student}-{place.module}.zip").write_bytes(zipped(entries(blank), attributes))
    family.add(name, says, make, kind="delivery")


def named(name: str, says: str, file_name: str) -> None:
    """An attack that is one notebook under a name in which {student}, {module} and {victim} are put."""
    def make(blank, place) -> None:
        path = place.inbox / file_name.format(student=place.student, module=place.module, victim=VICTIM)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(notebook(blank))
    family.add(name, says, make, kind="delivery")


zips("names_that_climb", "A zip whose names climb out of its folder.",
     lambda blank: {f"../../{VICTIM}/{blank.module}/{blank.module}.ipynb": notebook(blank)})
zips("absolute_names", "A zip with an absolute name.",
     lambda blank: {f"/tmp/left-{blank.token}/{blank.module}.ipynb": notebook(blank)})
zips("names_with_backslashes", "A zip with names as Windows writes them.",
     lambda blank: {f"..\\..\\{VICTIM}\\{blank.module}\\{blank.module}.ipynb": notebook(blank)})
zips("another_student_inside", "A zip with a neighbour's folder in it.",
     lambda blank: {f"{VICTIM}/{blank.module}/{blank.module}.ipynb": notebook(blank)})
zips("a_zip_inside", "A zip with a neighbour's zip in it.",
     lambda blank: {f"{VICTIM}-{blank.module}.zip": zipped({f"{blank.module}.ipynb": notebook(blank)})})
zips("two_notebooks", "A zip with two notebooks, one of them in a folder.",
     lambda blank: {f"{blank.module}.ipynb": notebook(blank), f"x/{blank.module}.ipynb": notebook(blank)})
zips("a_link_in_a_zip", "A zip whose notebook is a link to the gradebook.",
     lambda blank: {f"{blank.module}.ipynb": blank.forbidden[0].encode()}, stat.S_IFLNK | 0o777)
zips("a_device_in_a_zip", "A zip whose notebook is a device.",
     lambda blank: {f"{blank.module}.ipynb": b""}, stat.S_IFCHR | 0o777)
zips("a_bomb", "A zip that unpacks to 200 MB.", lambda blank: {f"{blank.module}.ipynb": bytes(200_000_000)})
zips("start_up_files", "A zip with files that Python runs at its start, beside the notebook.", lambda blank: {
    f"{blank.module}.ipynb": notebook(blank), **dict.fromkeys(
        ("sitecustomize.py", "usercustomize.py", "numpy.py", "json.py", "x.pth", "conftest.py", "nbgrader_config.py",
         "tinytorch/__init__.py", ".ipython/profile_default/startup/0.py"), b"raise SystemExit")})
zips("a_timestamp", "A zip with a time of its own, and the grader's own files.", lambda blank: {
    f"{blank.module}.ipynb": notebook(blank), "timestamp.txt": b"1999-01-01 00:00:00.0 UTC", "failure.txt": b"x",
    "roster.csv": b"platform,name,number,student\ncanvas,x,1,a-solved\n"})
named("another_students_folder", "A folder of a neighbour's within the student's own.",
      "{student}/{victim}/{module}/{module}.ipynb")
named("a_name_in_capitals", "A neighbour's name in capitals.", "A-SOLVED_{module}.ipynb")
named("a_name_that_looks_alike", "A neighbour's name in wide letters.", "\uff41-solved_{module}.ipynb")
named("a_name_with_a_formula", "A name that is a formula.", "=1+1_{module}.ipynb")
named("a_name_with_markup", "A name that is markup.", "<b onclick=x>_{module}.ipynb")
named("a_name_with_control_characters", "A name that clears the terminal.", "\x1b[2J\u202ex\r_{module}.ipynb")
named("a_name_with_lines", "A name of two lines, the second one of the grader's.", "x\nnote: all graded_{module}.ipynb")
named("a_name_with_options", "A name that is an option.", "--unsafe_{module}.ipynb")
named("a_name_of_dots", "A name of dots.", ".._{module}.ipynb")
named("a_platforms_name", "A file named as Moodle names a neighbour's.",
      "{victim}_1_assignsubmission_file_{module}.ipynb")
named("a_platforms_name_with_a_formula", "A name of a platform's that is a formula, which is put into roster.csv.",
      "=1+1_5_assignsubmission_file_{module}.ipynb")
named("a_gradescope_folder", "A folder as Gradescope exports it, with nobody's number.",
      "submission_1/{module}.ipynb")
named("a_name_that_is_long", "A name of 230 letters.", "x" * 230 + "_{module}.ipynb")


@family.delivery
def a_link(blank, place):
    """A link to the reference in the place of the notebook."""
    (place.inbox / f"{place.student}_{place.module}.ipynb").symlink_to(blank.forbidden[1])


@family.delivery
def a_folder_that_is_a_link(blank, place):
    """A link to a neighbour's folder."""
    (place.inbox / place.student).symlink_to(place.submitted.parent.parent / VICTIM)


@family.delivery
def a_hard_link(blank, place):
    """A second name of the gradebook."""
    os.link(blank.forbidden[0], place.inbox / f"{place.student}_{place.module}.ipynb")


@family.delivery
def a_pipe(blank, place):
    """A pipe in which nobody writes."""
    os.mkfifo(place.inbox / f"{place.student}_{place.module}.ipynb")


@family.delivery
def a_folder_named_like_a_file(blank, place):
    """A folder in the place of the notebook."""
    (place.inbox / place.student / place.module / f"{place.module}.ipynb").mkdir(parents=True)


@family.delivery
def a_file_of_a_terabyte(blank, place):
    """A file of a terabyte, all of it a hole."""
    with open(place.inbox / f"{place.student}_{place.module}.ipynb", "wb") as file:
        file.truncate(1 << 40)


@family.delivery
def links_in_submitted(blank, place):
    """Past collection: a link to the reference where graded files lie."""
    place.submitted.mkdir(parents=True)
    (place.submitted / f"{place.module}.ipynb").symlink_to(blank.forbidden[1])


@family.delivery
def a_pipe_in_submitted(blank, place):
    """Past collection: a pipe."""
    place.submitted.mkdir(parents=True)
    os.mkfifo(place.submitted / f"{place.module}.ipynb")


@family.delivery
def a_folder_in_submitted_that_is_a_link(blank, place):
    """Past collection: a link to a neighbour's graded work."""
    place.submitted.parent.mkdir(parents=True)
    place.submitted.symlink_to(place.submitted.parent.parent / VICTIM / place.module)


def rewritten(place, contents: list[bytes]) -> None:
    """The submitted file is another every time that somebody looks."""
    place.submitted.mkdir(parents=True)
    path, turn = place.submitted / f"{place.module}.ipynb", iter(range(10 ** 9))
    path.write_bytes(contents[0])
    place.meanwhile.append(lambda: path.write_bytes(contents[next(turn) % len(contents)]))


@family.delivery
def a_file_that_changes(blank, place):
    """The notebook becomes another again and again while the class is graded."""
    rewritten(place, [notebook(blank), json.dumps(blank.copy()).encode()])


@family.delivery
def a_file_that_breaks(blank, place):
    """The notebook is whole, then cut off, then empty."""
    rewritten(place, [notebook(blank), notebook(blank)[:1000], b""])


@family.delivery
def a_file_that_becomes_a_link(blank, place):
    """The notebook becomes a link to the reference while the class is graded."""
    place.submitted.mkdir(parents=True)
    path, aside = place.submitted / f"{place.module}.ipynb", place.submitted / "aside"
    path.write_bytes(notebook(blank))

    def turn() -> None:
        aside.unlink(missing_ok=True)
        aside.write_bytes(notebook(blank)) if path.is_symlink() else aside.symlink_to(blank.forbidden[1])
        os.replace(aside, path)
    place.meanwhile.append(turn)


@family.notebook
def no_notebook(blank):
    """Bytes that are no notebook."""
    return b"\x00\xff" * 500


@family.notebook
def nested_json(blank):
    """A hundred thousand brackets."""
    return b"[" * 100_000


@family.notebook
def a_large_notebook(blank):
    """A notebook of 21 MB."""
    made = blank.copy()
    made["metadata"]["x"] = "x" * 21_000_000
    return json.dumps(made).encode()
