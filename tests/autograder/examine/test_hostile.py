"""Code that hangs, crashes, floods, lies or tries to get out."""
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from autograder.examine import student_code
from autograder.examine.grader import sandbox_problem
from autograder.sandbox import survey
from autograder.sandbox.inside import protocol
from tests.autograder.case import RIGHT, grade_case, reason, reasons

ROOT = Path(__file__).resolve().parents[3]
LOOP = "def double(v):\n    while True:\n        pass"


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(student_code, "TEST_SECONDS", 1.0)
    monkeypatch.setattr(student_code, "CELL_SECONDS", 1.0)


def processes_with(word: str) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if word.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def wait_until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def test_an_endless_loop_costs_its_test(sandboxed, impatient):
    word = f"6666.{os.getpid()}"
    helper = f"import subprocess\nstart = lambda: subprocess.Popen(['sleep', '{word}'])"
    result = grade_case({"loop": RIGHT, "next": "assert remember(1) == 1"}, sandboxed, helper=helper,
                        double=LOOP.replace("while", "start()\n    while"))
    assert wait_until(lambda: not processes_with(word), seconds=0 if sandboxed else 5)
    assert result.verdicts[0].seconds >= 1 and result.verdicts[1].seconds > 0
    assert reasons(result) == {"loop": "took longer than 1 seconds: is there a loop that does not end?", "next": ""}


def test_an_except_in_a_test_cannot_turn_a_hang_into_a_pass(impatient):
    assert "took longer" in reason("try:\n    double(1)\nexcept Exception:\n    pass", double=LOOP)


def test_memory_that_a_cell_keeps_costs_that_cell_and_not_by_chance_some_tests(sandboxed):
    """With hardly any memory left, other tests would fail in each run."""
    filling = ("kept = []\ntry:\n    while True:\n        kept.append(np.empty(64 << 20, 'u1'))\n"
               "except MemoryError:\n    pass")
    result = grade_case({"right": RIGHT}, sandboxed, memory=filling)
    assert list(result.cell_errors) == ["memory"] and "too much memory" in result.cell_errors["memory"]
    assert reasons(result) == {"right": ""}


def test_a_machine_with_little_memory_ends_no_worker(sandboxed):
    """The limit of data stands for one: no array of that size can be had, and addresses can."""
    little = ("import resource\nresource.setrlimit(resource.RLIMIT_DATA, (768 << 20, 768 << 20))\n"
              "def remember(x):\n    np.empty(1 << 30, 'u1')")
    result = grade_case({"right": RIGHT, "large": "remember(1)"}, sandboxed, memory=little)
    assert result.cell_errors == {} and reasons(result)["right"] == ""
    assert "memory" in reasons(result)["large"].lower()


def test_an_endless_loop_at_load_costs_its_cell(sandboxed, impatient):
    endless = "def remember(x):\n    pass\nwhile 1: pass"
    result = grade_case({"right": RIGHT, "other": "remember(1)"}, sandboxed, memory=endless)
    assert result.cell_errors == {"memory": "took longer than 1 seconds: is there a loop that does not end?"}
    told = reasons(result)
    assert told["right"] == "" and "your cell memory failed: took longer" in told["other"]


def test_a_submission_has_a_limit_for_all_that_it_does(impatient, monkeypatch):
    monkeypatch.setattr(student_code, "SUBMISSION_SECONDS", 1.5)
    result = grade_case({"right": RIGHT}, setup="while 1: pass", vec="while 1: pass")
    assert result.verdicts[0].points == 0 and "the time for this submission was used up" in result.verdicts[0].reason


def test_ending_the_process_at_load_costs_its_cell(sandboxed):
    result = grade_case({"right": RIGHT, "other": "remember(1)"}, sandboxed, memory="import os\nos._exit(0)")
    assert list(result.cell_errors) == ["memory"] and "ended the process" in result.cell_errors["memory"]
    assert [verdict.points for verdict in result.verdicts] == [2, 0]


@pytest.mark.parametrize("how", ["os._exit(0)", "os.kill(os.getpid(), 9)", "os.kill(os.getppid(), 9); os._exit(0)",
                                 "import ctypes; ctypes.string_at(0)", "sys.exit(0)"])
def test_ending_the_process_in_a_call_costs_its_test(how):
    told = reasons(grade_case({"exit": RIGHT, "next": "assert remember(1) == 1"}, not sandbox_problem(),
                              double=f"import os, sys\ndef double(v):\n    {how}"))
    assert told["next"] == ""
    assert "ended the process" in told["exit"] or told["exit"].startswith("SystemExit: 0")


def test_megabytes_of_output_do_no_harm(sandboxed):
    loud = "import os\nfor _ in range(200):\n    print('x' * 1_000_000)\nos.write(2, b'x' * 1_000_000)\n"
    body = textwrap.indent(loud, "    ")
    result = grade_case({"right": RIGHT}, sandboxed, double=f"{loud}\ndef double(v):\n{body}    return v + v.data")
    assert reasons(result) == {"right": ""}


@pytest.mark.parametrize("value", ["np.zeros(20_000_000)", "np.broadcast_to(0.0, (10**6, 10**6))", "'x' * 5_000_000",
                                   "['x' * 99] * 50_000", "1 << 20_000"])
def test_a_value_that_is_too_large_is_refused(value):
    assert "too large" in reason("double(1)", double=f"def double(v):\n    return {value}")


def test_a_stream_of_large_values_is_refused(monkeypatch):
    monkeypatch.setattr(protocol, "MAX_TOTAL", 50 << 20)
    told = reason("list(double(1))", double="def double(v):\n    while True:\n        yield np.zeros(1_000_000)")
    assert "too much" in told


def test_a_list_within_itself_is_an_error_of_the_students():
    nested = "def double(v):\n    v = []\n    v.append(v)\n    return v"
    assert reason("double(1)", double=nested).startswith("RecursionError")


ATTACKS = {
    "an array that equals everything": """
        class Liar(np.ndarray):
            def __eq__(self, other): return True
            __array_ufunc__ = lambda self, *a, **k: True
        def double(v): return v + 0
        Vec.numpy = lambda self: np.zeros(2).view(Liar)""",
    "a number that equals everything": """
        class Liar(float):
            __eq__ = __le__ = __lt__ = lambda self, other: True
        Vec.numpy = lambda self: [Liar(0), Liar(0)]
        double = lambda v: v""",
    "a forged array interface": """
        class Forged:
            __array_interface__ = {'shape': (2,), 'typestr': '<f8', 'data': (16, False), 'version': 3}
            __array_struct__ = 5
            def __array__(self, *a, **k): return np.array([2.0, 4.0])
            def __len__(self): return 2
            def __float__(self): return 2.0
        Vec.numpy = lambda self: Forged()
        double = lambda v: v""",
    "patched checks": """
        import builtins
        np.testing.assert_allclose = np.isclose = np.allclose = lambda *a, **k: True
        builtins.AssertionError = type('Quiet', (Exception,), {'__new__': lambda c, *a: None})
        double = lambda v: v""",
    "a printed verdict": """
        def double(v):
            print('2.0')
            print('{"points": 2.0, "reason": ""}', file=__import__('sys').stderr)
            return v""",
    "bytes on every descriptor": """
        import os
        def double(v):
            for fd in range(256):
                try:
                    os.write(fd, b'\\x00\\x00\\x00\\x12\\x00\\x00\\x00\\x00["tuple",["ok",1]]')
                except OSError:
                    pass
            return v""",
    "a patched worker": """
        import sys
        main = sys.modules['__main__']
        objects = sys.modules['objects'].Objects
        objects.perform = lambda self, *request: 'passed'
        objects.answer = lambda self, request: self.say('ok', True)""",
    "frames of the grader's frames": """
        import sys
        def double(v):
            frame = sys._getframe()
            while frame:
                frame.f_locals.update(expected=[1, 2], score=2.0, points=2.0)
                frame = frame.f_back
            return v""",
    "an exception that is nobody's": """
        class Out(BaseException): pass
        def double(v): raise Out('away')""",
    "an exception without words": """
        class Bad(SystemExit):
            def __str__(self): raise KeyboardInterrupt
            __repr__ = __str__
        def double(v): raise Bad""",
    "a thread that answers": """
        import threading, os
        def double(v):
            threading.Thread(target=lambda: [os.write(fd, b'x' * 100) for fd in range(3, 8)]).start()
            return v""",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_gains_nothing(attack, monkeypatch):
    monkeypatch.setattr(student_code, "TEST_SECONDS", 3.0)
    tests = {"close": RIGHT, "plain": "assert (double(Vec([1, 2])).numpy() == np.array([2, 4])).all()",
             "raises": "with raises(TypeError):\n    double(3)\nassert remember(0) == 7"}
    result = grade_case(tests, not sandbox_problem(), memory="def remember(x):\n    return 0",
                        attack=textwrap.dedent(ATTACKS[attack]))
    assert result.cell_errors == {}
    assert [verdict.points for verdict in result.verdicts] == [0, 0, 0]
    assert all(verdict.reason for verdict in result.verdicts)


PROBE = """
    import os, socket
    def attempt(f, *args):
        try:
            return repr(f(*args))
        except Exception as error:
            return type(error).__name__
    def probe(root, name):
        return {
            'uid': os.getuid(),
            'network': attempt(lambda: socket.create_connection(('127.0.0.1', 22), 1)),
            'interfaces': attempt(socket.if_nameindex),
            'repository': attempt(os.listdir, root + '/notebooks'),
            'tests': attempt(os.listdir, root + '/tests'),
            'grader': attempt(lambda: __import__('autograder.examine.grader')),
            'nbgrader': attempt(lambda: __import__('nbgrader')),
            'etc': attempt(open, '/etc/passwd'),
            'installed': attempt(os.listdir, os.path.dirname(os.__file__) + '/site-packages'),
            'written': [path for path in ('/x', '/usr/x', '/worker/x', '/worker/worker.py', np.__file__, os.__file__,
                                          '/proc/sys/kernel/hostname') if attempt(open, path, 'w')[0] == '<'],
            'here': [attempt(lambda: open(path, 'w').write('ok')) for path in ('/tmp/x' + name, 'x')],
            'processes': sorted(int(name) for name in os.listdir('/proc') if name.isdigit()),
            'namespace': attempt(os.unshare, 0x10000000) if hasattr(os, 'unshare') else 'OSError',
            'environment': sorted(os.environ),
        }
"""


def test_the_sandbox_shows_nothing_and_lets_nothing_out(each_sandbox):
    test = f"""
        seen = probe({str(ROOT)!r}, '{os.getpid()}')
        assert seen['uid'] != 0
        assert seen['network'] == seen['interfaces'] == 'OSError'
        assert seen['repository'] == seen['tests'] == seen['etc'] == 'FileNotFoundError', seen
        assert seen['grader'] == seen['nbgrader'] == 'ModuleNotFoundError', seen
        assert 'pip' not in seen['installed'] and 'ti' not in seen['installed'], seen['installed']
        assert seen['written'] == [], seen['written']
        assert seen['here'] == ['2', '2']
        assert max(seen['processes']) < 20, seen['processes']
        assert seen['namespace'] == 'OSError'
        threads = [name for name in seen['environment'] if name.endswith('_NUM_THREADS') or 'VECLIB' in name]
        assert set(seen['environment']) <= {{'HOME', 'LC_CTYPE', 'PATH', 'PWD', *threads}}, seen['environment']
    """
    assert reasons(grade_case({"probe": textwrap.dedent(test)}, True, probe=textwrap.dedent(PROBE))) == {"probe": ""}
    assert not (ROOT / "x").exists() and not Path(f"/tmp/x{os.getpid()}").exists()


def test_what_a_call_leaves_running_is_gone_afterwards(sandboxed):
    word = f"7777.{os.getpid()}"
    start = f"import subprocess\ndef probe():\n    subprocess.Popen(['sleep', '{word}'])\n    return 1\nprobe()\n"
    result = grade_case({"start": "assert probe() == 1"}, sandboxed, probe=start)
    assert reasons(result) == {"start": ""} and result.cell_errors == {}
    assert wait_until(lambda: not processes_with(word), seconds=0 if sandboxed else 5)


def test_a_fork_bomb_is_contained_and_the_next_student_is_graded(each_sandbox, impatient):
    word = f"8888.{os.getpid()}"
    bomb = f"""
        import os, subprocess
        def probe():
            subprocess.Popen(['sleep', '{word}'], start_new_session=True)
            while True:
                try:
                    os.fork()
                except OSError:
                    pass
    """
    assert reason("probe()", True, probe=textwrap.dedent(bomb)).startswith("took longer")
    assert processes_with(word) == []
    assert reasons(grade_case({"right": RIGHT}, True)) == {"right": ""}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_the_sandbox_ends_with_the_grader(each_sandbox, how):
    word = f"9999.{os.getpid()}"
    script = f"""
        import signal
        from autograder.sandbox import survey
        from tests.autograder.case import grade_case
        survey.BACKENDS = [one for one in survey.BACKENDS if one.name == {survey.sandbox_name()!r}]
        signal.signal(signal.SIGINT, signal.default_int_handler)     # a test run in the background ignores it
        source = "subprocess.run(['sleep', '{word}'], start_new_session=True)"
        grade_case({{"test": "probe()"}}, True, probe="import subprocess\\ndef probe():\\n    " + source)
    """
    grader = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
    assert wait_until(lambda: processes_with(f"sleep\0{word}"), seconds=60)
    grader.send_signal(how)
    grader.wait(10)
    assert wait_until(lambda: not processes_with(f"sleep\0{word}"))


def test_an_earlier_module_that_takes_forever_to_be_made_plain_is_the_students_fault(sandboxed, impatient, monkeypatch):
    slow = "def plain(text):\n    while 'slow' in text:\n        pass\n    return text, []"
    monkeypatch.setattr(student_code, "PLAIN", slow)
    package = {"early": "X = 1", "late": "slow = 1"}
    result = grade_case({"right": RIGHT}, sandboxed, package=package)
    assert list(result.cell_errors) == ["tinytorch.late"] and "took longer" in result.cell_errors["tinytorch.late"]
    assert reasons(result) == {"right": ""}


def test_an_earlier_module_that_ends_the_process_while_it_is_made_plain_is_the_students_fault(sandboxed, monkeypatch):
    monkeypatch.setattr(student_code, "PLAIN", "import os\ndef plain(text):\n    'deep' in text and os._exit(1)\n"
                                               "    return text, []")
    result = grade_case({"right": RIGHT}, sandboxed, package={"late": "deep = 1"})
    assert "ended the process" in result.cell_errors["tinytorch.late"] and reasons(result) == {"right": ""}
