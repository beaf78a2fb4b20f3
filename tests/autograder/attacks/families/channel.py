"""The socket to the grader, in the hands of the student's code. What is written there is values, never a verdict."""
import textwrap

from tests.autograder.attacks.attack import Family

family = Family("channel")

SOCKETS = """
import json, os, socket, stat, struct, sys, time
def sockets():
    "Every socket of this process: the worker's own, and that of the test."
    found_ones = []
    for number in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                found_ones.append(number)
        except OSError:
            pass
    return found_ones
def frame(message, data=b""):
    text = message if isinstance(message, bytes) else json.dumps(message).encode()
    return struct.pack(">II", len(text), len(data)) + text + data
def write(data):
    for number in sockets():
        try:
            os.write(number, data)
        except OSError:
            pass
def ok(value):
    return frame(["tuple", ["ok", value]])
"""


def in_a_test(name: str, says: str, body: str, slow: bool = False) -> None:
    """Code that runs whenever a test calls something; what comes after it is an answer like any."""
    family.code(name, says, SOCKETS + "def answer(*given, **options):\n" + textwrap.indent(
        textwrap.dedent(body).strip(), "    ") + "\n    return Anything()\n", slow=slow)


def at_load(name: str, says: str, body: str, slow: bool = False) -> None:
    """Code that runs while the cells are loaded, when the worker's own socket is the only one."""
    family.code(name, says, SOCKETS + textwrap.dedent(body), slow=slow)


in_a_test("answers_ahead", "Ten answers to questions not asked yet.", "write(ok(True) * 10)")
in_a_test("arrays_ahead", "Answers ahead, each an array of zeros.",
          "write(frame(['tuple', ['ok', ['array', '<f4', [2, 3]]]], bytes(24)) * 10)")
in_a_test("a_verdict", "The message in which the grader's child tells its verdict.",
          "write(frame(['verdict', 1000.0, [], {}, []]) * 3)")
in_a_test("names_again", "The answer to the request for names, which nobody asked for.",
          "write(frame(['tuple', ['ok', ['dict', [['assert_close', ['object', 0, 'x']]]]]]))")
in_a_test("a_length_without_end", "A frame that announces four thousand million bytes.", "write(b'\\xff' * 8)")
in_a_test("a_frame_cut_off", "A frame that ends in the middle, then silence.",
          "write(struct.pack('>II', 1000, 0) + b'[')\ntime.sleep(60)", slow=True)
in_a_test("a_header_cut_off", "Half of a header, then silence.", "write(b'\\0\\0\\0')\ntime.sleep(60)", slow=True)
in_a_test("byte_by_byte", "A frame that comes byte by byte.", """
    for byte in ok(1000.0) * 5:
        write(bytes([byte]))
        time.sleep(0.05)""", slow=True)
in_a_test("brackets", "A hundred thousand brackets.", "write(frame(b'[' * 100_000))")
in_a_test("nested_values", "Lists within lists, as deep as JSON goes.",
          "write(frame(b'[\"list\",[' * 400 + b']' * 800) * 2)")
in_a_test("a_million_small_lists", "A frame of a million lists.",
          "write(frame(b'[\"list\",[' + b',\\n'.join([b'[\"list\",[]]'] * 300_000) + b']]'))", slow=True)
in_a_test("numbers_without_end", "JSON's Infinity and NaN, and numbers of 4,000 digits.",
          "write(frame(b'[\"tuple\",[\"ok\",[\"list\",[NaN,Infinity,1e999,' + b'9' * 4000 + b']]]]'))")
in_a_test("not_unicode", "Bytes that are no text, and half a character.",
          "write(frame(b'\\xff\\xfe\"') + frame(b'[\"tuple\",[\"ok\",\"\\\\ud800\"]]'))")
in_a_test("pickles", "A pickle that would raise, in the place of JSON.",
          "import pickle\nwrite(frame(pickle.dumps(ValueError('x'))))")
in_a_test("forged_arrays", "Arrays with more numbers than bytes, fewer, negative axes, odd dtypes.", """
    for dtype, shape in (("<f8", [2 ** 62, 4]), ("<f8", [-1]), ("|O", [1]), ("<f4", [1] * 100), ("<U9999", [9]),
                         ("|b1", [True]), ("<f4", [1.0]), ("<f4", "12"), (["<f4"], [1])):
        write(frame(["tuple", ["ok", ["array", dtype, shape]]], bytes(8)))""")
in_a_test("forged_references", "Handles that nobody gave, negative ones, callbacks that are not there.", """
    for reference in (["object", -1, "x"], ["object", 10 ** 30, "x"], ["object", True, "assert_close"],
                      ["callback", 0], ["callback", -1], ["known", "builtins.eval"], ["known", "np.load"]):
        write(ok(reference))""")
in_a_test("types_in_markup", "Handles whose types are markup, and a megabyte long.", """
    for number, name in enumerate(("<script>", "x" * 1_000_000, "__import__('os')", "None", "\\x1b[2J")):
        write(ok(["object", 1000 + number, name]))""")
in_a_test("forged_errors", "Errors of classes that should end the grader, at places that are not there.", """
    for builtin in ("SystemExit", "KeyboardInterrupt", "AssertionError", "eval", "", "__import__"):
        place = ["tuple", ["imports", 10 ** 20, "z"]]
        write(frame(["tuple", ["error", "x" * 100_000, builtin, "y" * 1_000_000, place]]))
    """)
in_a_test("calls_without_end", "Requests to call the test's own functions, without end.", """
    while True:
        write(frame(["tuple", ["call", 0, ["tuple", [1.0]], ["dict", []]]]) * 50)""", slow=True)
in_a_test("an_endless_frame", "Numbers without end, in frames that are allowed.", """
    while True:
        write(ok(["list", [0.0] * 10_000]))""", slow=True)
in_a_test("slow_answers", "Every answer just under the limit.", "time.sleep(0.4)", slow=True)
in_a_test("no_answer", "No answer, and the socket stays open.", "time.sleep(3600)", slow=True)
in_a_test("nothing_is_read", "Questions are not read any more, so the socket fills up.", """
    for number in sockets():
        socket.socket(fileno=os.dup(number)).setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    while True:
        time.sleep(1)""", slow=True)
in_a_test("closed_sockets", "All sockets are closed in the middle of a question.",
          "for number in sockets():\n    os.close(number)")
in_a_test("half_closed_sockets", "All sockets are shut in one direction.", """
    for number in sockets():
        socket.socket(fileno=os.dup(number)).shutdown(socket.SHUT_RD)""")
in_a_test("descriptors_as_answers", "Open files are sent along with the answers.", """
    for number in sockets():
        one = socket.socket(fileno=os.dup(number))
        for _ in range(20):
            try:
                socket.send_fds(one, [ok(0.0)], [os.open("/dev/null", os.O_RDONLY)])
            except OSError:
                break""")
in_a_test("another_process_answers", "A process of its own answers too, and goes on after the test.", """
    if os.fork() == 0:
        os.setsid()
        while True:
            write(ok(True))
            time.sleep(0.01)""")
in_a_test("a_thread_answers", "A thread writes into the answers.", """
    import threading
    threading.Thread(target=lambda: [write(b"\\0\\0\\0") for _ in range(100)], daemon=True).start()""")

at_load("loaded_already", "The message that everything is loaded, before it is.", "write(frame(['loaded']) * 3)")
at_load("steps_without_end", "Every step begins again and again, each with a new limit.", """
    while True:
        write(frame(["step", 0]))
""", slow=True)
at_load("steps_that_are_not_there", "Numbers of steps that are not there.",
        "write(frame(['step', 10 ** 9]) + frame(['step', -1]) + frame(['step', True]))")
at_load("errors_of_other_cells", "Errors in the name of other cells and modules, in markup.", """
    for number in range(3):
        write(frame(["done", number, ["<b>x</b>", "ValueError", "no", ["imports", 1, "f"]], True]))
""")
at_load("malformed_errors", "Errors that are no errors.",
        "write(frame(['done', 0, {'a': [1]}, True]) + frame(['done', 0, 'x', 'y']))")
at_load("forks_without_grader", "The command to fork is taken from the worker, and this process answers.", """
    import threading
    def serve():
        for number in sockets():
            control = socket.socket(fileno=os.dup(number))
            while True:
                try:
                    command, fds, _, _ = socket.recv_fds(control, 1, 4)
                    for one in fds:
                        os.write(one, ok(True) * 20)
                    control.send(b"E")
                except OSError:
                    return
    threading.Thread(target=serve, daemon=True).start()
""")
at_load("ends_confirmed_ahead", "The end of every test is confirmed before it began.", "write(b'E' * 50)")
at_load("the_control_socket_closed", "The worker's own socket is closed.",
        "for number in sockets():\n    os.close(number)")
at_load("the_control_socket_flooded", "The worker's own socket is filled with zeros.", """
    for number in sockets():
        os.set_blocking(number, False)
    for _ in range(1000):
        write(bytes(65536))
""")
