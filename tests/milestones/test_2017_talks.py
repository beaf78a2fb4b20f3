"""Questions and dialogues: both scripts tell what they reach, go on where they were stopped, talk, and name what is
broken. The mechanics are tested on a few of the dialogues, with a smaller network."""
import contextlib
import json
import os
import re
import signal
import subprocess
import sys

import pytest
from runs import ROOT, assert_stops, replace, run

FOLDER = ROOT / "milestones" / "05_2017_transformer"
QUESTIONS, DIALOGUES = "01_vaswani_generation.py", "02_vaswani_dialogue.py"
LEVELS = ("greetings", "facts", "arithmetic", "common_sense", "multi_turn")


@pytest.fixture
def few(copy):
    """The milestone with twelve questions a level, the first dialogues, 300 tokens and 32 numbers a token."""
    corpus = copy / "datasets" / "tinytalks" / "tinytalks.jsonl"
    lines = [json.loads(line) for line in corpus.read_text(encoding="utf-8").splitlines()]
    kept = [line for level in LEVELS for line in
            [line for line in lines if line["level"] == level][:36 if level == "multi_turn" else 12]]
    kept += [line for line in lines if line["id"].startswith("capital-")][:12]
    corpus.write_text("".join(json.dumps(line) + "\n" for line in {line["id"]: line for line in kept}.values()),
                      encoding="utf-8")
    for script, old, new in ((QUESTIONS, "WIDTH, HEADS, BLOCKS = 128, 4, 2", "WIDTH, HEADS, BLOCKS = 32, 4, 2"),
                             (QUESTIONS, "(400, 1000)", "(280, 300)"), (QUESTIONS, "BPE, 1,000", "BPE, 300"),
                             (QUESTIONS, "(3, 150, 320, 420, 600)", "(0, 1, 2, 3, 4)"),
                             (QUESTIONS, "short = 4", "short = 1"),
                             (DIALOGUES, "BATCH, LR = 128, 4, 2", "BATCH, LR = 32, 4, 2"),
                             (DIALOGUES, "train(text, 1000)", "train(text, 300)"),
                             (DIALOGUES, "SEED, LONGEST = 2017, 96", "SEED, LONGEST = 2017, 200"),
                             (DIALOGUES, "combinations[20]", "combinations[0]"),
                             (DIALOGUES, "combinations[40], combinations[80], combinations[120]", "combinations[1]")):
        replace(copy / "milestone" / script, old, new)
    return copy


def epochs(told):
    """What was printed after each epoch, but for the seconds."""
    return re.findall(r"(?m)^epoch .*(?=   seconds)", told)


def talk(folder, said, *options):
    """A chat with what is typed, as another process."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    return subprocess.run([sys.executable, DIALOGUES, "--chat", "--quick", *options], cwd=folder / "milestone",
                          env=environment, input=said, capture_output=True, text=True, encoding="utf-8")


@pytest.mark.long
@pytest.mark.parametrize(("script", "figures"), [(QUESTIONS, 4), (DIALOGUES, 4)])
def test_a_run_that_was_stopped_goes_on_and_is_judged_at_its_end(few, script, figures):
    first = run(few, script, "--epochs=1")
    assert first.returncode == 1 and len(epochs(first.stdout)) == 1, first.stdout + first.stderr
    assert "1 of 32 epochs are done: the run is not finished, and not judged." in first.stdout
    replace(few / "milestone" / script, "EPOCHS = 10 if stage.quick else 32", "EPOCHS = 3")
    whole = run(few, script, "--epochs=1"), run(few, script)
    assert len(epochs(whole[1].stdout)) == 2 and "1 of 3 epochs were done by an earlier run" in whole[1].stdout
    for words in ("after  1 epochs:", "after  3 epochs:", "2 epochs in this run", "The expected result is NOT reached"):
        assert words in whole[1].stdout, whole[1].stdout + whole[1].stderr
    assert whole[1].returncode == 1 and not whole[1].stderr
    assert len(re.findall(r"figure: (\S+)", whole[1].stdout)) == figures


def test_a_chat_carries_the_context_and_ends_politely(few):
    replace(few / "milestone" / DIALOGUES, "EPOCHS = 10 if stage.quick else 32", "EPOCHS = 2")
    first = talk(few, "Hello, I am Ada.\nWhat is my name?\n\nnever read\n")
    assert first.returncode == 0 and not first.stderr, first.stdout + first.stderr
    assert "Nothing is trained yet" in first.stdout and len(epochs(first.stdout)) == 2
    assert first.stdout.count("> ") == 3 and first.stdout.endswith("Goodbye.\n")

    again = talk(few, "¿Cómo estás?\n" + "What is my name? " * 80 + "\nWhat is my name?\n")
    assert again.returncode == 0 and not again.stderr, again.stdout + again.stderr
    assert not epochs(again.stdout), "it is trained once"
    assert "The character '¿' at place 1 is unknown" in again.stdout
    assert re.search(r"The question has \d+ tokens, this model can read 180: make it shorter", again.stdout)
    assert again.stdout.count("> ") == 4 and again.stdout.endswith("Goodbye.\n")


def heard():
    """A test run in the background ignores Ctrl-C, and so would the script that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_ctrl_c_ends_a_chat_in_one_word(few):
    replace(few / "milestone" / DIALOGUES, "EPOCHS = 10 if stage.quick else 32", "EPOCHS = 1")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(few), str(ROOT)])}
    with subprocess.Popen([sys.executable, DIALOGUES, "--chat"], cwd=few / "milestone", env=environment, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          preexec_fn=heard) as process:
        while not process.stdout.readline().startswith("Ask something."):
            assert process.poll() is None
        process.stdout.read(2)                                   # the prompt
        for _ in range(12):                                      # a signal just before it begins to read is not seen
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
                break
        else:
            process.kill()
        assert process.stdout.read().endswith("Goodbye.\n") and not process.stderr.read()
        assert process.returncode == 0


def test_a_mask_that_lets_the_next_token_through_is_named(copy):
    replace(copy / "tinytorch" / "attention.py", "np.tri(queries, keys, keys - queries, dtype=bool)",
            "np.tri(queries, keys, keys - queries + 1, dtype=bool)")
    for script in (QUESTIONS, DIALOGUES):
        assert_stops(run(copy, script), "causal_mask is broken", "notebook 12_attention")


def test_scores_that_are_not_scaled_are_named(copy):
    replace(copy / "tinytorch" / "attention.py", "scores = (query * query.shape[-1] ** -0.5) @ key.mT",
            "scores = query @ key.mT")
    assert_stops(run(copy, QUESTIONS), "scaled_dot_product_attention is broken", "notebook 12_attention")


def test_a_module_that_is_missing_is_named(copy):
    for name, notebook in (("transformers", "13_transformers"), ("tokenization", "10_tokenization")):
        (copy / "tinytorch" / f"{name}.py").unlink()
        for script in (QUESTIONS, DIALOGUES):
            assert_stops(run(copy, script), f"notebook {notebook}", f"tito module start {notebook[:2]}")


def test_a_corpus_that_is_damaged_is_one_line(copy):
    corpus = copy / "datasets" / "tinytalks" / "tinytalks.jsonl"
    corpus.write_text(corpus.read_text(encoding="utf-8")[:1000], encoding="utf-8")
    assert_stops(run(copy, DIALOGUES), "tinytalks.jsonl is damaged")
