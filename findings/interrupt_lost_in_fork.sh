#!/usr/bin/env bash
# Ctrl-C that arrives while os.fork() runs is lost, once the module logging is imported.
#
# Guessed: a KeyboardInterrupt is raised where the program is, or at the latest when the call returns.
# Seen: logging registers Python functions to run around a fork. The signal's handler runs inside the one that comes
# after it, and what such a function raises is printed and dropped: the program goes on as if nobody had pressed a key.
# Without logging, every signal arrives. Standard library alone; the larger the process, the longer its fork, the
# likelier the loss. Programs that fork often should block SIGINT around it.
set -euo pipefail
"${PYTHON:-python3}" - <<'PY'
import subprocess, sys, textwrap

CHILD = textwrap.dedent("""
    import os, signal, sys, threading, time
    {more}
    ballast = bytearray(400 << 20)                        # its page tables make the fork take some milliseconds
    for i in range(0, len(ballast), 4096):
        ballast[i] = 1
    lost, main = 0, os.getpid()
    def press(delay):
        time.sleep(delay)
        os.kill(main, signal.SIGINT)
    start = time.perf_counter()
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    took = time.perf_counter() - start
    for attempt in range(40):
        presser = threading.Thread(target=press, args=(took * attempt / 80,))
        arrived = False
        try:
            presser.start()
            if os.fork() == 0:
                os._exit(0)
            presser.join()
            time.sleep(0.01)
        except KeyboardInterrupt:
            arrived = True
        presser.join()
        try:
            os.wait()
        except ChildProcessError:
            pass
        lost += not arrived
    print(lost)
""")

def lost(more):
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", CHILD.format(more=more)], capture_output=True, text=True)
    return int(run.stdout), run.stderr.count("Exception ignored in")

plain, logging = lost(""), lost("import logging")
print(f"Python {sys.version.split()[0]}, 40 times Ctrl-C about a fork: lost {plain[0]} without logging, "
      f"{logging[0]} with it ({logging[1]} told as 'Exception ignored in')")
assert plain[0] == 0 and logging[0] > 0
PY
