"""Time, memory, processes, output and disk of the machine that grades."""
import textwrap

from tests.autograder.attacks.attack import Family

family = Family("machine")


def both(name: str, says: str, body: str, slow: bool = True) -> None:
    """Once while the cells are loaded, once in a test."""
    body = textwrap.dedent(body).strip()
    top = "import os, signal, subprocess, sys, threading, time, ctypes\n"
    family.code(f"{name}_at_load", says, top + body, slow=slow)
    body = textwrap.indent(body, "    ")
    family.code(f"{name}_in_a_test", says, f"{top}def answer(*given, **options):\n{body}\n    return Anything()\n",
                slow=slow)


both("endless_loops", "A loop without end.", "while True:\n    pass")
both("deaf_loops", "A loop without end that ignores every signal.", """
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        try:
            time.sleep(1000)
        except BaseException:
            pass""")
both("loops_in_c", "A calculation in C that nothing interrupts.", "int('9' * 4000) ** 10 ** 7")
both("memory", "All the memory that one process gets.", """
    kept = []
    while True:
        kept.append(np.ones(1 << 24))""")
both("memory_of_many", "Memory in many processes, each under its limit.", """
    for _ in range(20):
        if os.fork() == 0:
            kept = np.ones(1 << 24)
            time.sleep(1000)
    time.sleep(1000)""")
both("forks", "Processes that make processes.", """
    while True:
        try:
            os.fork()
        except OSError:
            pass""")
both("threads", "Threads without end.", """
    while True:
        try:
            threading.Thread(target=time.sleep, args=[1000], daemon=True).start()
        except RuntimeError:
            time.sleep(1000)""")
both("exits", "The process ends itself.", "os._exit(0)", slow=False)
both("kills", "Every process in reach is killed.", """
    os.kill(os.getppid(), 9) if os.getppid() > 1 else None
    os.kill(-1, 9)
    os.kill(os.getpid(), 9)""", slow=False)
both("stops", "Every process in reach is stopped, its parent too.", """
    for process in {os.getppid(), os.getpid()} - {0, 1}:
        os.kill(process, signal.SIGSTOP)""")
both("crashes", "Address 0 is read.", "ctypes.string_at(0)", slow=False)
both("overflows", "The stack overflows.", """
    sys.setrecursionlimit(10 ** 9)
    deep = lambda n: deep(n + 1)
    deep(0)""", slow=False)
both("background", "Programs that are left running, in sessions of their own.", """
    for _ in range(3):
        subprocess.Popen(["/bin/sh", "-c", f"sleep 1000; : left-{TOKEN}"], start_new_session=True)
        if os.fork() == 0:
            os.setsid()
            ctypes.CDLL(None).prctl(15, f"left-{TOKEN}".encode(), 0, 0, 0)
            time.sleep(1000)
            os._exit(0)""", slow=False)
both("output", "A hundred megabytes of output.", """
    for _ in range(100):
        print("x" * 1_000_000)
        os.write(1, b"x" * 1_000_000)
        os.write(2, b"x" * 1_000_000)""", slow=False)
both("disk", "Every writable folder is filled.", """
    for folder in (".", "/tmp", "/var/tmp", "/dev/shm", "/worker", "/"):
        try:
            with open(f"{folder}/left-{TOKEN}", "wb") as file:
                while True:
                    file.write(bytes(1 << 20))
        except OSError:
            pass""", slow=False)
both("many_files", "Twenty thousand small files, and folders in folders.", """
    for number in range(20_000):
        open(f"/tmp/left-{TOKEN}-{number}", "w").close()
    for number in range(300):
        os.mkdir("d")
        os.chdir("d")""")
both("descriptors", "Every descriptor that there is.", """
    kept = []
    while True:
        try:
            kept += os.pipe()
        except OSError:
            break""", slow=False)
both("priorities", "The highest priority, all cores, no limits.", """
    import resource
    os.sched_setaffinity(0, range(64))
    for change in (lambda: os.nice(-20), lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99)),
                   lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)), lambda: os.setuid(0),
                   lambda: os.unshare(os.CLONE_NEWUSER), lambda: os.chroot("/")):
        try:
            change()
            found("a privilege")
        except (OSError, ValueError, AttributeError, PermissionError):
            pass""", slow=False)
both("timers", "Alarms that interrupt whatever comes next.", """
    signal.signal(signal.SIGALRM, lambda *given: 1 / 0)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)""", slow=False)
