"""docs/large_classes.md: a dask scheduler with workers, and a gradebook on PostgreSQL, by the page's own commands."""
import re
import signal
import socket
import time

import pytest

from tests.autograder.records import postgres
from tests.autograder.small_class import SANDBOXED, TENSOR, hand_in, small_class
from tests.docs.walk import Terminal, sections

PAGE = sections("large_classes.md")
needs_sandbox = pytest.mark.skipif(not SANDBOXED, reason="grading needs a sandbox")


@pytest.fixture
def terminal(tmp_path):
    classroom = small_class(tmp_path)
    for student in ("ada", "blaise", "emmy"):
        hand_in(classroom, student, TENSOR)
    return Terminal(tmp_path, classroom.root)


@needs_sandbox
@pytest.mark.long
def test_a_class_is_graded_by_the_workers_of_a_scheduler(terminal):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        here = f"127.0.0.1 {free.getsockname()[1]}".split()
    scheduler, worker, grade = [block.replace("10.0.0.5", here[0]).replace("8786", here[1])
                                for block in PAGE["Several machines"]]
    running = [terminal.start(scheduler), terminal.start(worker)]
    try:
        log = terminal.home / "log"
        for _ in range(300):
            assert all(process.poll() is None for process in running), log.read_text()
            if len(re.findall("Registered to|Starting established connection", log.read_text())) >= 2:
                break
            time.sleep(0.1)
        said = terminal.run(grade)
        assert "01_tensor: 3 graded, 0 already graded." in said and "3 pages" in said
    finally:
        for process in running[::-1]:
            process.send_signal(signal.SIGINT)
            process.wait(30)


@needs_sandbox
@pytest.mark.long
def test_a_gradebook_on_postgresql(terminal):
    block, = PAGE["The gradebook on PostgreSQL"]
    with postgres.server() as server:
        terminal.environment |= {"PGPASSWORD": postgres.PASSWORD, "PGPORT": str(server.port),
                                 "PATH": f"{terminal.environment['PATH']}:{server.programs}"}
        said = terminal.run(block.replace("db.example.org", "127.0.0.1"))
        assert "01_tensor: 3 graded, 0 already graded." in said and "ada" in said
        assert server.execute("SELECT count(*) FROM submitted_assignment", "tinytorch") == [(3,)]


def test_every_command_of_the_page_is_run():
    assert [*PAGE] == ["Several machines", "The gradebook on PostgreSQL"]
