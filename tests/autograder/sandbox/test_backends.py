"""Which way to make a sandbox is taken, what is said when there is none, and each fence of the second way by itself."""
import errno
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.examine.grader import sandbox_problem
from autograder.sandbox import cgroup, process, survey
from autograder.sandbox.backends.bubblewrap import BUBBLEWRAP
from autograder.sandbox.backends.landlock import LANDLOCK, LAUNCHER, version
from tests.autograder.case import grade_case, reasons
from tito import diagnosis

ABSENT = replace(BUBBLEWRAP, missing=lambda: "bubblewrap is not installed")
BROKEN = replace(LANDLOCK, command=lambda *given: ["sh", "-c", "echo no namespaces >&2; exit 1"])


@pytest.fixture
def backends(monkeypatch):
    def choose(*which):
        monkeypatch.setattr(survey, "BACKENDS", list(which))
        survey._survey.cache_clear()
    yield choose
    survey._survey.cache_clear()


def test_bubblewrap_comes_first_and_landlock_stands_in_for_it(backends, sandbox):
    backends(replace(BUBBLEWRAP, command=LANDLOCK.command), LANDLOCK)     # as if it started
    assert survey.sandbox_name() == "bubblewrap"
    for without in (ABSENT, replace(BROKEN, name="bubblewrap")):
        backends(without, replace(LANDLOCK, command=BUBBLEWRAP.command))
        assert survey.sandbox_name() == "Landlock"


def test_where_nothing_starts_one_line_says_why_and_what_helps(backends):
    backends(ABSENT, BROKEN)
    problem = sandbox_problem()
    assert "bubblewrap is not installed and Landlock cannot start (no namespaces)" in problem and "\n" not in problem
    assert "--unsafe" in problem and survey.sandbox_name() == ""
    with pytest.raises(process.StartError, match="not installed"):
        survey.backend_for(sandboxed=True)


def test_doctor_names_the_sandbox_and_what_it_does_not_stop(each_sandbox):
    has, lacks = diagnosis.sandbox()
    assert has.found.startswith(survey.sandbox_name()) and "kernel" in lacks.found and not (has.wrong or lacks.mend)


def test_doctor_says_why_nothing_starts(backends):
    backends(ABSENT, BROKEN)
    check, = diagnosis.sandbox()
    assert "not installed" in check.found and check.mend and not check.wrong


def test_an_old_kernel_lacks_landlock(monkeypatch):
    assert LANDLOCK.missing() is None or version() < 1
    monkeypatch.setattr("autograder.sandbox.backends.landlock.version", lambda: -1)
    assert "no Landlock" in LANDLOCK.missing()
    monkeypatch.setattr("autograder.sandbox.backends.landlock.version", lambda: 2)
    assert LANDLOCK.describe() == "Landlock 2 and namespaces (TCP and signals by namespaces alone)"


def test_no_privilege_is_left(each_sandbox):
    source = "def probe():\n    return [line.split()[1] for line in open('/proc/self/status') " \
             "if line.startswith(('Cap', 'NoNewPrivs', 'Seccomp:'))]\n"
    test = "assert probe() == ['0' * 16] * 5 + ['1', '2'], probe()"
    assert reasons(grade_case({"test": test}, True, probe=source)) == {"test": ""}


FENCE = """
    import errno, os, socket, sys
    sys.path.insert(0, {launcher!r})
    import kernel, landlock
    def errors(*attempts):
        found = []
        for attempt in attempts:
            try:
                attempt()
                found.append(0)
            except OSError as error:
                found.append(error.errno)
        return found
    open("outside", "w").close()
    os.mkdir("inside")
    kernel.prctl(kernel.NO_NEW_PRIVILEGES, 1)
    landlock.restrict({version}, ["inside"], ["/dev/null"])
    print(errors(lambda: open("inside/new", "w").close(), lambda: open("outside").close(),
                 lambda: open("/dev/null", "w").close(),
                 lambda: open("outside", "w").close(), lambda: os.remove("outside"), lambda: os.mkdir("more"),
                 lambda: os.rename("inside/new", "new"),
                 lambda: socket.create_server(("127.0.0.1", 0)).close(), lambda: os.kill(os.getppid(), 0)))
"""


@pytest.mark.parametrize("version", range(1, max(version(), 1) + 1))
def test_landlock_alone_stops_what_its_version_knows(version, tmp_path):
    """An older kernel's rights are a newer one's with some left out."""
    if LANDLOCK.missing():
        pytest.skip(LANDLOCK.missing())
    script = textwrap.dedent(FENCE).format(launcher=str(LAUNCHER.parent), version=version)
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], cwd=tmp_path, capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 0, done.stderr
    *files, moved, served, signalled = eval(done.stdout)
    assert files == [0, 0, 0, errno.EACCES, errno.EACCES, errno.EACCES]
    assert moved in (errno.EXDEV, errno.EACCES)
    assert served == (errno.EACCES if version >= 4 else 0) and signalled == (errno.EPERM if version >= 6 else 0)


def test_a_cgroup_bounds_the_memory_of_all_that_join(monkeypatch):
    if cgroup.folder() is None:
        pytest.skip("no cgroup of version 2 can be made here")
    monkeypatch.setattr(cgroup, "MEMORY_BYTES", 100 << 20)
    group = cgroup.Group(cgroup.folder())
    try:
        few, many = "bytearray(10 << 20)", "bytearray(200 << 20)"
        codes = [subprocess.run([*group.joined_by(), sys.executable, "-c", code], timeout=60).returncode
                 for code in (few, many)]
        assert codes[0] == 0 != codes[1]
    finally:
        group.remove()
    assert not group.path.exists()


def test_without_a_group_for_memory_the_watch_is_enough(monkeypatch, tmp_path):
    (tmp_path / "cgroup.subtree_control").write_text("cpu pids\n")
    real = Path.read_text
    tables = {"/proc/self/mountinfo": f"31 24 0:27 / {tmp_path} rw - cgroup2 cgroup2 rw\n",
              "/proc/self/cgroup": "0::/\n"}
    monkeypatch.setattr(Path, "read_text", lambda path, **options: tables.get(str(path)) or real(path, **options))
    assert cgroup.folder.__wrapped__() is None
