"""What would help to know: others' files, the reference, hidden tests, another framework. `found` owns up to it."""
from tests.autograder.attacks.attack import Family

family = Family("knowledge")
code = family.code

code("files_of_the_course", "Gradebook, hidden tests and a neighbour's notebook, by their paths.", """
    for path in FORBIDDEN:
        try:
            with open(path, "rb") as file:
                found(file.read(200_000))
        except OSError:
            pass
""")
code("every_file_there_is", "Every file in the sandbox is searched for notebooks, gradebooks and tests.", """
    import os
    for folder, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in ("/proc", "/sys")]
        for name in files:
            if name.endswith(".ipynb") or name in ("gradebook.db", "checks.py", "grader.py", "settings.ini"):
                found(os.path.join(folder, name))
""")
code("the_reference_by_import", "The reference of this module and of later ones, imported.", """
    import importlib
    for name in ("autograd", "attention", "capstone", "compression", "benchmarking", "datasets"):
        try:
            module = importlib.import_module(f"tinytorch.{name}")
            if any(hasattr(module, own) for own in NAMES) and module.__name__ != __name__:
                found(name)
        except ImportError:
            pass
""")
code("the_reference_by_path", "The course's repository on the path of imports.", """
    import sys, os, importlib
    for path in FORBIDDEN:
        sys.path.append(os.path.dirname(os.path.dirname(path)))
    for name in ("tito.checks", "autograder.examine.grader", "tests.helpers", "nbgrader", "IPython"):
        try:
            importlib.import_module(name)
            found(name)
        except ImportError:
            pass
""")
for framework in ("torch", "tensorflow", "jax", "autograd", "micrograd", "tinygrad", "scipy", "cupy", "keras"):
    code(f"the_answers_of_{framework}", f"Every name is {framework}'s.", f"""
        try:
            import {framework}
            found({framework}.__file__)
        except ImportError:
            pass
        for name in NAMES:
            globals()[name] = getattr({framework}, name, None)
    """, lie=False)
code("compiled_caches", "Caches of compiled modules.", """
    import glob
    for path in glob.glob("/**/__pycache__/*", recursive=True):
        if any(word in path for word in ("tinytorch", "autograder", "/tito/", "nbgrader", "grader.")):
            found(path)
""")
code("other_processes", "Environment, command line, memory map and descriptors of every process.", """
    import glob
    for path in glob.glob("/proc/[0-9]*/*"):
        if path.rsplit("/", 1)[1] in ("environ", "cmdline", "maps", "comm"):
            try:
                with open(path, "rb") as file:
                    text = file.read(100_000)
            except OSError:
                continue
            if b"tito" in text or b"pytest" in text or b"grade" in text.replace(b"autograder/sandbox", b""):
                found(text)
""")
code("other_roots", "The roots and working folders of other processes.", """
    import glob, os
    for link in [*glob.glob("/proc/[0-9]*/root"), *glob.glob("/proc/[0-9]*/cwd")]:
        for path in FORBIDDEN:
            try:
                with open(link + path, "rb") as file:
                    found(file.read(100))
            except OSError:
                pass
""")
code("open_descriptors", "Whatever is open: files, folders, sockets.", """
    import os
    for number in range(3, 1024):
        try:
            where = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
        if where.startswith("/") and not where.startswith(("/dev/", "/proc/", "/usr/")):
            found(where)
""")
code("the_environment", "Variables of the environment.", """
    import os
    for name in os.environ:
        if any(word in name.upper() for word in ("KEY", "TOKEN", "SECRET", "TINYTORCH", "PYTHONPATH", "COURSE")):
            found(name)
""")
code("the_network", "Everything that can be reached by a socket.", """
    import socket
    for family, address in ((socket.AF_INET, ("127.0.0.1", 22)), (socket.AF_INET, ("127.0.0.1", 5432)),
                            (socket.AF_INET6, ("::1", 80)), (socket.AF_UNIX, "\\0abstract"),
                            (socket.AF_UNIX, "/run/docker.sock"), (socket.AF_UNIX, "/run/dbus/system_bus_socket")):
        try:
            one = socket.socket(family)
            one.settimeout(0.2)
            one.connect(address)
            found(address)
        except OSError:
            pass
""")
code("the_source_of_the_worker", "The worker's own files are read and changed.", """
    import glob
    for path in glob.glob("/worker/*") + glob.glob("/worker/*/*"):
        try:
            with open(path, "a") as file:
                file.write("# changed")
            found(path)
        except OSError:
            pass
""")
code("shared_memory", "Shared memory, queues and semaphores of other processes.", """
    import os
    from multiprocessing import shared_memory
    try:
        found(os.listdir("/dev/shm"))
    except FileNotFoundError:
        pass
    try:
        shared_memory.SharedMemory(name=TOKEN, create=True, size=1000)
        found("shared memory")
    except (OSError, ImportError):
        pass
""")
code("what_the_kernel_tells", "Logs, keys and addresses of the kernel.", """
    for path in ("/dev/kmsg", "/proc/kcore", "/proc/keys", "/proc/kallsyms", "/proc/sysrq-trigger", "/dev/mem"):
        try:
            with open(path, "rb") as file:
                text = file.read(100)
        except OSError:
            continue
        if text.strip() and not text.startswith(b"0000000000000000"):
            found(path)
""")
# Where the reference stands in for earlier modules it can be read: what of it comes home?
READ = """
    import inspect, sys
    sources = [inspect.getsource(module) for name, module in list(sys.modules.items())
               if name.startswith("tinytorch.") and getattr(module, "__file__", None)]
    secret = "".join(sources)[:100_000] or "nothing"
    place = max(secret.find("# earlier"), 0)
    secret = secret[place:place + 300]
"""
SAYS = "Every test's reason tells a piece of what lies beside the student's code"


def telling(name: str, says: str, how: str) -> None:
    code(f"tells_by_{name}", f"{SAYS}: {says}.", READ + f"""
    calls = []
    def answer(*given, **options):
        calls.append(1)
        piece = secret
        {how}
    value = answer
    """)


telling("messages", "as a message", "raise ValueError(piece)")
telling("names", "as the name of an exception", "raise type(piece, (Exception,), {})()")
telling("types", "as the name of a type", "return type(piece, (Anything,), {})()")
telling("text", "as text where numbers are expected", "return piece")
telling("numbers", "as numbers", "return np.array([float(ord(letter)) for letter in piece])")
telling("reversed_text", "reversed, in a KeyError", "raise KeyError(piece[::-1])")
telling("hexadecimals", "as digits, in an error", "raise ValueError(piece.encode().hex())")
telling("shapes", "as the shape of an array", "return np.zeros([1 + ord(letter) % 5 for letter in piece[:12]] + [0])")
telling("functions", "as the name of a function that is not solved", """
        answer.__code__ = answer.__code__.replace(co_qualname=piece, co_name=piece)
        raise NotImplementedError(piece)""")
telling("files", "as the name of a file with an error in it", """
        exec(compile("raise ValueError", "cell:" + piece, "exec"))""")
telling("warnings", "as a warning and on standard error", """
        import warnings
        warnings.warn(piece)
        print(piece, file=__import__("sys").stderr)
        return Anything()""")
