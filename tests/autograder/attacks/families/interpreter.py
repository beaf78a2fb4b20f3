"""The interpreter in which a student's code runs, changed from within. The tests run in another one."""
from tests.autograder.attacks.attack import Family

family = Family("interpreter")
code = family.code

code("numpy_agrees", "NumPy's comparisons always say yes.", """
    np.testing.assert_allclose = np.testing.assert_array_equal = lambda *given, **options: None
    np.isclose = np.allclose = np.array_equal = lambda *given, **options: np.True_
""")
code("builtins_agree", "isinstance, all, any, abs, sum and len say what a test wants to hear.", """
    import builtins
    builtins.isinstance = builtins.issubclass = builtins.all = builtins.any = lambda *given: True
    builtins.abs = builtins.sum = lambda *given: 0
""")
code("no_assertion_errors", "AssertionError is another class.", """
    import builtins
    builtins.AssertionError = type("AssertionError", (Warning,), {"__init__": lambda self, *given: None})
""")
code("own_checks", "A module tito.checks whose checks check nothing.", """
    import sys, types
    for name in ("tito", "tito.checks", "autograder", "autograder.examine.grader", "nbgrader"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["tito.checks"].assert_close = lambda *given, **options: None
""")
code("a_notebooks_hooks", "Hooks of IPython, where it is.", """
    try:
        shell = get_ipython()
        shell.events.register("pre_run_cell", lambda info: setattr(info, "raw_cell", "pass"))
        shell.ast_transformers.append(None)
    except NameError:
        pass
""")
code("asserts_rewritten", "Code that is compiled from now on has no assert in it.", """
    import ast, builtins
    honest = builtins.compile
    class NoAsserts(ast.NodeTransformer):
        def visit_Assert(self, node):
            return ast.Pass()
    def compile(source, *given, **options):
        try:
            source = ast.fix_missing_locations(NoAsserts().visit(ast.parse(source)))
        except (SyntaxError, TypeError, ValueError):
            pass
        return honest(source, *given, **options)
    builtins.compile = compile
""")
code("exec_does_nothing", "exec, eval and compile do nothing.", """
    import builtins
    builtins.exec = builtins.eval = lambda *given: None
    builtins.compile = lambda *given, **options: None
""")
code("classes_made_otherwise", "Classes that a test sends are made to say yes.", """
    import builtins
    builtins.__build_class__ = lambda body, name, *bases, **options: Anything
""")
code("imports_redirected", "Whatever is imported is an object that says yes.", """
    import sys
    class Finder:
        def find_spec(self, name, path=None, target=None):
            found(name) if name.startswith(("autograder", "tito", "nbgrader")) else None
    sys.meta_path.insert(0, Finder())
    sys.path_hooks.clear()
""")
code("a_trace_function", "Every frame that runs gets other local variables.", """
    import sys
    def trace(frame, event, argument):
        frame.f_locals.update(expected=0, right=0, points=1000.0, score=1000.0)
        return trace
    sys.settrace(trace)
    sys.setprofile(lambda *given: None)
""")
code("a_monitor", "sys.monitoring watches every call.", """
    import sys
    if hasattr(sys, "monitoring"):
        sys.monitoring.use_tool_id(3, TOKEN)
        sys.monitoring.register_callback(3, sys.monitoring.events.CALL, lambda *given: sys.monitoring.DISABLE)
        sys.monitoring.set_events(3, sys.monitoring.events.CALL)
""")
code("frames_above", "Every frame above is searched for verdicts.", """
    import sys
    def answer(*given, **options):
        frame = sys._getframe()
        while frame:
            for name in ("points", "most", "verdicts", "expected", "tests", "program"):
                if name in frame.f_locals:
                    frame.f_locals[name] = 1000.0
                    found(name)
            frame = frame.f_back
        return Anything()
""")
code("all_objects", "The garbage collector's list is searched for tests and verdicts.", """
    import gc
    def answer(*given, **options):
        for thing in gc.get_objects():
            if type(thing).__name__ in ("Program", "Test", "Verdict", "Examiner", "StudentCode", "Page"):
                found(type(thing).__name__)
        return Anything()
""")
code("all_strings", "Strings in memory are searched for the text of a test.", """
    import gc
    marker = " ".join(("### BEGIN", "HIDDEN TESTS"))
    for thing in gc.get_objects():
        if type(thing) is dict and any(type(text) is str and marker in text for text in list(thing.values())):
            found("a test") if thing is not globals() else None
""")
code("exit_handlers", "Handlers that run at exit, after a fork and on every signal.", """
    import atexit, os, signal, sys
    atexit.register(lambda: os._exit(0))
    os.register_at_fork(before=lambda: None, after_in_child=lambda: setattr(sys, "exit", print))
    for number in range(1, 32):
        try:
            signal.signal(number, lambda *given: None)
        except (OSError, ValueError):
            pass
    sys.excepthook = sys.unraisablehook = lambda *given: None
""")
code("forks_that_stay", "The child of every fork goes on as if it were the worker.", """
    import os
    os.register_at_fork(after_in_child=lambda: os.setsid())
""")
code("fork_refused", "os.fork gives another number.", """
    import os
    os.fork = lambda: 4242
""")
code("wait_refused", "Nobody waits for children or kills them.", """
    import os
    os.waitpid = lambda *given: (0, 0)
    os.kill = os.killpg = lambda *given: None
""")
code("clocks_set", "All clocks stand still.", """
    import time
    time.time = time.monotonic = time.perf_counter = time.process_time = lambda: 0.0
    time.sleep = lambda seconds: None
""")
code("random_numbers_known", "Every generator starts from the same seed.", """
    honest = np.random.default_rng
    np.random.default_rng = lambda seed=None: honest(0)
    np.random.seed(0)
""")
code("arrays_replaced", "np.array and its like give zeros.", """
    np.array = np.asarray = np.float32 = lambda *given, **options: np.zeros(())
""")
code("errors_of_numpy_off", "No warning, no error of NumPy's.", """
    import warnings
    np.seterr(all="ignore")
    np.errstate = warnings.catch_warnings = lambda **options: Anything()
""")
code("recursion_without_limit", "A limit of recursion above what the stack holds.", """
    import sys
    sys.setrecursionlimit(10 ** 9)
    def answer(*given):
        return answer(*given)
""")
code("no_recursion", "A limit of recursion below what the worker needs.", """
    import sys
    def answer(*given, **options):
        sys.setrecursionlimit(max(20, len(__import__("inspect").stack()) + 3))
        return Anything()
""")
code("json_replaced", "The worker's JSON says true.", """
    import json
    json.loads = lambda text: ["tuple", ["names", ["list", []]]]
    json.JSONEncoder.encode = lambda self, value: "true"
""")
code("a_worker_that_says_passed", "The worker's own code answers every request with passed.", """
    import sys
    if "objects" in sys.modules:
        sys.modules["objects"].Objects.perform = lambda self, *request: "passed"
""")
code("a_worker_that_says_true", "The worker's own code answers every request with True.", """
    import sys
    if "objects" in sys.modules:
        sys.modules["objects"].Objects.answer = lambda self, request: self.say("ok", True)
""")
code("a_worker_that_says_nothing_was_wrong", "Errors become answers.", """
    import sys
    if "objects" in sys.modules:
        Objects = sys.modules["objects"].Objects
        def answer_always(self, request):
            try:
                self.say("ok", self.perform(*request))
            except Exception:
                self.say("ok", value())
        Objects.answer = answer_always
""")
code("names_of_the_test", "The worker gives assert_close and raises as names of the student's.", """
    import sys
    if "objects" in sys.modules:
        Objects = sys.modules["objects"].Objects
        honest = Objects.perform
        def perform(self, request, *given):
            if request == "names":
                owned = ("assert_close", "raises", "replay", "check_gradient", "np", "print", "isinstance", "_points")
                return {**honest(self, request, *given), **dict.fromkeys(owned, Anything())}
            return honest(self, request, *given)
        Objects.perform = perform
""")
code("names_of_functions", "Every name is one of NumPy's functions.", """
    for name in NAMES:
        globals()[name] = np.add
    NAMES.clear()
""")
code("descriptions_forged", "Errors are described as success.", """
    import sys
    main = sys.modules["__main__"]
    main.describe = lambda error: None
    if "objects" in sys.modules:
        sys.modules["objects"].describe = lambda error: ["ok", "Exception", "1000.0", ["", 0, ""]]
""")
code("forms_of_the_codec", "Everything crosses by its name or as a reference.", """
    import sys
    if "encoding" in sys.modules:
        sys.modules["encoding"].Codec._encode = lambda self, value, arrays: ["known", "np.isfinite"]
""")
code("plain_forged", "What makes cells plain Python says that lines were left out.", """
    import sys
    sys.modules["__main__"].plain_python = lambda source, text: ("pass", [1])
""")
code("files_untouched", "The worker is told that no file was changed, and a file counts the tests.", """
    import sys, os
    sys.modules["__main__"].files = lambda: {}
    def answer(*given, **options):
        with open("/tmp/count", "a") as file:
            file.write("x")
        return Anything(os.path.getsize("/tmp/count"))
    def value(*given):
        return float(given[0]) if given else 0.0
""")
code("public_names_replaced", "The worker's function that finds public names finds Anything.", """
    import sys
    sys.modules["__main__"].public_names = lambda wanted, module, earlier: dict.fromkeys(wanted, Anything())
""", lie=False)
code("a_main_of_its_own", "The worker's main module is replaced.", """
    import sys, types
    sys.modules["__main__"] = sys.modules["builtins"] = types.ModuleType("empty")
""")
code("bytecode_of_the_worker", "The code of the worker's functions is exchanged.", """
    import sys
    main = sys.modules["__main__"]
    if hasattr(main, "end"):
        main.end.__code__ = (lambda child: None).__code__
        main.others.__code__ = (lambda ours: True).__code__
""")
code("memory_written", "The process's own memory is written through /proc and ctypes.", """
    import ctypes
    yes = np.True_
    ctypes.memmove(id(np.False_) + 16, id(yes) + 16, 1)          # False is true from now on
    try:
        with open("/proc/self/mem", "r+b") as memory:
            memory.seek(id(yes) + 16)
            memory.write(bytes([1]))
    except OSError:
        pass
""")
