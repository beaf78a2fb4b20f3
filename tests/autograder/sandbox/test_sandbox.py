"""The limits of the sandbox as student code meets them, whoever grades: root or a plain user."""
import ast
import errno
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from autograder.examine import student_code
from autograder.sandbox import mounts, process, seccomp, survey, watch
from autograder.sandbox.backends.bubblewrap import parents
from tests.autograder.case import RIGHT, grade_case, reasons

ROOT = Path(__file__).resolve().parents[3]
CALLS = [
    "add_key", "request_key", "keyctl", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "bpf",
    "perf_event_open", "userfaultfd", "io_uring_setup", "memfd_create", "shmget", "msgget", "semget", "mq_open",
    "inotify_init1", "fanotify_init", "mount", "umount2", "pivot_root", "chroot", "open_tree", "fsopen", "move_mount",
    "unshare", "setns", "clone3", "kexec_load", "init_module", "syslog", "personality",
]
PROBE = """
    import ctypes, fcntl, mmap, os, socket, subprocess
    from concurrent.futures import ThreadPoolExecutor
    libc = ctypes.CDLL(None, use_errno=True)
    def error_of(number, *args):
        ctypes.set_errno(0)
        arguments = (list(args) + [0] * 6)[:6]
        result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_ulong, arguments))
        return ctypes.get_errno() if result == -1 else 0
    def text(path):
        try:
            return open(path).read()
        except OSError as error:
            return type(error).__name__
    def opens(path, flags):
        try:
            os.close(os.open(path, flags, 0o600))
            return True
        except OSError:
            return False
    def writable_folders():
        found = {}
        for folder, names, _ in os.walk('/'):
            names[:] = [name for name in names if os.path.join(folder, name) != '/proc']
            path = os.path.join(folder, 'new')
            if opens(path, os.O_CREAT | os.O_WRONLY):
                os.remove(path)
                space = os.statvfs(folder)
                found[folder] = space.f_blocks * space.f_frsize
        return found
    def writable_in_proc():
        kept = []
        for folder, names, files in os.walk('/proc'):
            names[:] = [name for name in names if name not in ('fd', 'task', 'map_files')]
            kept += [os.path.join(folder, name) for name in files if opens(os.path.join(folder, name), os.O_WRONLY)]
        return kept
    def packages():
        found = {}
        for folder, names, _ in os.walk('/'):
            names[:] = [name for name in names if os.path.join(folder, name) != '/proc']
            found.update({os.path.join(folder, name): os.listdir(os.path.join(folder, name))
                          for name in names if name in ('site-packages', 'dist-packages')})
        return found
    def works():
        with ThreadPoolExecutor(4) as pool:
            squares = list(pool.map(lambda x: x * x, range(4)))
        child = os.fork()
        if child == 0:
            os._exit(7)
        ours, theirs = socket.socketpair()
        ours.sendall(b'over')
        return {'numpy': float((np.ones((200, 200)) @ np.ones((200, 200))).sum()), 'threads': squares,
                'fork': os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 'socketpair': theirs.recv(4),
                'subprocess': subprocess.run(['echo', 'hello'], capture_output=True, text=True).stdout}
    def attempt(call, *args):
        try:
            call(*args)
            return 0
        except OSError as error:
            return error.errno
    def probe(numbers, clone):
        ours, theirs = socket.socketpair()
        return {
            'folders': writable_folders(), 'proc': writable_in_proc(), 'packages': packages(), 'works': works(),
            'calls': {name: error_of(number) for name, number in numbers.items()},
            'x32': error_of(0x40000000 | numbers['keyctl']),
            'clone': [error_of(clone, 1 << bit | 17) for bit in (17, 25, 26, 27, 28, 29, 30)],
            'families': [attempt(socket.socket, number) for number in (socket.AF_INET, socket.AF_INET6, 16, 38, 40)],
            'locks': [attempt(fcntl.fcntl, os.open('/tmp', os.O_RDONLY), command) for command in (6, 7, 37, 38)],
            'memory that stays': [attempt(mmap.mmap, -1, 4096), opens('/dev/zero', os.O_RDWR)],
            'buffers': [attempt(ours.setsockopt, socket.SOL_SOCKET, option, 1 << 20) for option in (7, 32)]
                       + [attempt(fcntl.fcntl, os.pipe()[1], 1031, 1 << 20)],
            'file lock': attempt(fcntl.flock, os.open(os.__file__, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB),
            'keys': [text('/proc/keys'), text('/proc/key-users')],
            'kill first': [opens('/proc/self/oom_score_adj', os.O_WRONLY), text('/proc/self/oom_score_adj').strip()],
            'host': os.uname().nodename,
            'groups': {line.split(':', 2)[2] for line in text('/proc/self/cgroup').split()},
            'devices': sorted(os.listdir('/dev')), 'user': os.getuid(), 'maps': text('/proc/self/uid_map').split(),
            'sys': os.path.exists('/sys'), 'etc': sorted(os.listdir('/etc')),
        }
"""


def as_plain_user(command: list[str]) -> list[str]:
    """The command under an ordinary user's number, who sees Python and the repository wherever root keeps them."""
    shown = [ROOT, Path(sys.prefix), mounts.PYTHON_HOME]
    above = dict.fromkeys(folder for path in shown for folder in reversed(path.parents))
    closed = [folder for folder in above if not folder.stat().st_mode & 1]
    opened = [word for folder in closed for word in ("--perms", "0755", "--tmpfs", str(folder))]
    opened += [word for path in shown if closed for word in (*parents(path), "--ro-bind", str(path), str(path))]
    return ["bwrap", "--dev-bind", "/", "/", *opened, "--setenv", "HOME", "/tmp", "--chdir", str(ROOT),
            "setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", *command]


@pytest.fixture(scope="module", params=["same user", "plain user"])
def user(request):
    if request.param == "plain user" and os.geteuid() != 0:
        pytest.skip("the tests run as a plain user already")
    return request.param


@pytest.fixture(scope="module", params=survey.BACKENDS, ids=lambda backend: backend.name)
def run(request, user):
    """Runs a script as whoever runs the tests or, when that is root, as a plain user; gives the value it prints.

    What the script grades runs on one back-end and on no other.
    """
    try:
        process.Worker(request.param).close()
    except process.StartError as error:
        pytest.skip(f"{request.param.name}: {error}")
    chosen = f"from autograder.sandbox import survey\n" \
             f"survey.BACKENDS = [one for one in survey.BACKENDS if one.name == {request.param.name!r}]\n"

    def run_script(script: str):
        command = [sys.executable, "-B", "-c", chosen + textwrap.dedent(script)]
        if user == "plain user":
            command = as_plain_user(command)
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return ast.literal_eval(done.stdout)
    return run_script


@pytest.fixture(scope="module")
def seen(run):
    """What the probe tells from within the sandbox."""
    call = f"probe({ {name: seccomp.number(name) for name in CALLS} }, {seccomp.number('clone')})"
    return run(f"""
        import tempfile
        from tests.autograder.case import grade_case, reasons
        with tempfile.NamedTemporaryFile("r") as file:
            test = "open('" + file.name + "', 'w').write(repr(" + {call!r} + "))"
            told = reasons(grade_case({{"probe": test}}, True, probe={textwrap.dedent(PROBE)!r}))
            assert told == {{"probe": ""}}, told
            print(file.read())
    """)


def test_what_can_be_written_to_has_a_small_size(seen):
    assert {Path(folder).parts[1] for folder in seen["folders"]} == {"tmp", "student"}
    assert set(seen["folders"].values()) == {mounts.TMPFS_BYTES}
    assert seen["proc"] == []


def test_nothing_of_the_machine_is_to_be_seen(seen):
    assert seen["devices"] == sorted([*mounts.DEVICES, "fd"])
    assert (seen["host"], seen["groups"], seen["sys"]) == ("sandbox", {"/"}, False)
    assert set(seen["etc"]) <= {"alternatives", "ld.so.cache"}
    assert seen["user"] != 0 and seen["maps"] == [str(seen["user"]), seen["maps"][1], "1"]


def test_no_package_but_numpy_is_importable(seen):
    hidden = set(seen["packages"]) - {str(mounts.NUMPY_SITE)}
    assert hidden and not any(seen["packages"][folder] for folder in hidden), seen["packages"]
    assert set(seen["packages"][str(mounts.NUMPY_SITE)]) <= {"numpy", "numpy.libs"}


def test_calls_that_nobody_needs_do_not_exist(seen):
    assert seen["calls"] == dict.fromkeys(CALLS, errno.ENOSYS)
    assert seen["x32"] == errno.ENOSYS and set(seen["clone"]) == {errno.ENOSYS}
    assert set(seen["families"]) == {errno.EAFNOSUPPORT} and set(seen["locks"]) == {errno.ENOLCK}


def test_memory_that_no_process_is_charged_for_is_small(seen):
    assert seen["memory that stays"] == [errno.ENOMEM, False] and seen["buffers"] == [errno.EPERM] * 3


def test_files_of_the_host_cannot_be_locked(seen):
    assert seen["file lock"] == errno.ENOSYS


def test_keys_are_out_of_reach(seen):
    assert seen["keys"] == ["PermissionError"] * 2


def test_the_student_cannot_save_the_sandbox_from_the_kernel(seen):
    assert seen["kill first"] == [False, "1000"]


def test_what_students_do_use_works(seen):
    assert seen["works"] == {"numpy": 200.0 ** 3, "threads": [0, 1, 4, 9], "fork": 7, "socketpair": b"over",
                             "subprocess": "hello\n"}


HOARD = f"""
    import ctypes, os, threading, time
    def memory(processes):
        for _ in range(processes):
            if os.fork() == 0:
                hoard = np.ones(4_000_000)                # 32 MB
                time.sleep(60)
    def threads(processes):                               # each outlives the first of its process
        for _ in range(processes):
            if os.fork() == 0:
                threading.Thread(target=lambda: (np.ones(4_000_000), time.sleep(60))).start()
                ctypes.CDLL(None).syscall({seccomp.number("exit")}, 0)
    def files(number):
        for name in range(number):
            os.close(os.open('/tmp/' + str(name), os.O_CREAT))
    def probe(kind, number):
        globals()[kind](number)
        time.sleep(1)
        return 'alive'
"""


def test_the_processes_of_a_sandbox_share_a_limit_of_memory(run):
    """Six processes take 192 MB and what Python takes; the next test is graded."""
    told = run(f"""
        from autograder.sandbox import watch
        from tests.autograder.case import grade_case, reasons
        watch.MEMORY_BYTES = 200 << 20
        few, many = "assert probe('memory', 1) == 'alive'", "probe('memory', 6)"
        tests = {{"few": few, "many": many, "next": {RIGHT!r}}}
        print(reasons(grade_case(tests, True, probe={textwrap.dedent(HOARD)!r})))
    """)
    assert told["few"] == told["next"] == "" and "ended the process" in told["many"]


@pytest.mark.parametrize("kind, few, many", [("threads", 1, 6), ("files", 1000, 100_000)])
def test_memory_counts_where_no_process_shows_it(sandbox, monkeypatch, kind, few, many):
    """A process without its first thread shows no memory; a file takes 2 kB of the kernel's."""
    monkeypatch.setattr(watch, "MEMORY_BYTES", 200 << 20)
    tests = {"few": f"assert probe({kind!r}, {few}) == 'alive'", "many": f"probe({kind!r}, {many})", "next": RIGHT}
    told = reasons(grade_case(tests, True, probe=textwrap.dedent(HOARD)))
    assert told["few"] == told["next"] == "" and "ended the process" in told["many"]


def test_a_sandbox_that_has_ended_by_itself_is_closed_in_order(each_sandbox):
    worker = process.Worker(survey.backend_for(sandboxed=True))
    signal.pidfd_send_signal(worker.init, signal.SIGKILL)
    worker.process.wait(10)
    worker.close()
    assert worker.process is None


def test_an_honest_submission_is_far_from_the_limit(each_sandbox):
    worker = process.Worker(survey.backend_for(sandboxed=True))
    try:
        assert 10 << 20 < worker.watch.memory() < watch.MEMORY_BYTES / 20
    finally:
        worker.close()


TRACES = """
    import os
    from pathlib import Path
    FOLDERS = [Path.home(), *([Path('/tmp')] if SANDBOXED else [])]
    (FOLDERS[0] / 'kept').write_text('as loaded')
    def leave():
        for folder in FOLDERS:
            (folder / 'new').write_text('seen')
    def change():
        (FOLDERS[0] / 'kept').write_text('changed')
    def remove():
        (FOLDERS[0] / 'kept').unlink()
    def link():
        (FOLDERS[0] / 'kept').rename(FOLDERS[0] / 'other')
        (FOLDERS[0] / 'kept').symlink_to('other')
    def probe(do=None):
        if do:
            globals()[do]()
        kept = FOLDERS[0] / 'kept'
        return [(folder / 'new').exists() for folder in FOLDERS] + [kept.is_symlink(), kept.read_text()]
"""


@pytest.mark.parametrize("trace", ["leave", "change", "remove", "link"])
def test_no_file_passes_from_one_test_to_the_next(sandboxed, trace):
    source = textwrap.dedent(TRACES).replace("SANDBOXED", str(sandboxed))
    after = f"assert not any(probe()[:-1]) and probe()[-1] == 'as loaded', probe()\ntry:\n    probe({trace!r})\n" \
            "except FileNotFoundError:\n    pass"
    told = reasons(grade_case({name: after for name in ("first", "second", "third")}, sandboxed, probe=source))
    assert set(told.values()) == {""}, told


def test_what_a_test_starts_ends_with_it(each_sandbox):
    source = """
        import os, time
        def burners():
            numbers = filter(str.isdigit, os.listdir('/proc'))
            return sum(b'burn' in open(f'/proc/{number}/cmdline', 'rb').read() for number in numbers)
        def probe():
            found = burners()
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    os.execv('/bin/sh', ['sh', '-c', 'sleep 60; : burn'])
                os._exit(0)
            time.sleep(0.2)
            return found, burners()
    """
    test = "before, after = probe()\nassert (before, after) == (0, 1), (before, after)"
    assert set(reasons(grade_case(dict.fromkeys("abc", test), True, probe=textwrap.dedent(source))).values()) == {""}


def test_a_file_that_a_test_clears_away_costs_no_new_worker(sandboxed, monkeypatch, tmp_path):
    started = tmp_path / "started"                        # a file: the grader counts in a process of its own
    start = student_code.StudentCode._start
    monkeypatch.setattr(student_code.StudentCode, "_start", lambda self: started.open("a").write("x") and start(self))
    source = "import tempfile\ndef probe():\n    with tempfile.TemporaryDirectory(dir='.') as folder:\n" \
             "        np.save(folder + '/x.npy', np.ones(3))\n    return 1\n"
    told = reasons(grade_case({name: "assert probe() == 1" for name in ("first", "second")}, sandboxed, probe=source))
    assert set(told.values()) == {""} and started.read_text() == "x"
