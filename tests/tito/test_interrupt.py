"""Ctrl-C in the middle of a run."""
import subprocess
import sys
import textwrap

from tests.helpers import REPOSITORY

LOST = """
    import os, signal, weakref
    from tito import console, interrupt
    class Thing: pass
    def stop(reference): os.kill(os.getpid(), signal.SIGINT)
    {listen}
    done = 0
    try:
        with console.progress(3, "steps") as advance:
            for step in range(3):
                thing = Thing()
                watch = weakref.ref(thing, stop)
                del thing                                 # the exception of its callback is dropped
                done += 1
                advance("")
    except KeyboardInterrupt:
        print("stopped after", done)
    else:
        print("not stopped")
"""


def told(listen):
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(LOST).format(listen=listen)], cwd=REPOSITORY,
                         capture_output=True, text=True)
    return run.stdout.strip()


def test_an_interrupt_that_python_drops_stops_the_next_step():
    assert told("interrupt.listen()") == "stopped after 1"


def test_python_alone_would_drop_it():
    assert told("") == "not stopped"
