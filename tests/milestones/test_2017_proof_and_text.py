"""What attention is for, and Shakespeare: the proof succeeds, training goes on exactly where it was stopped, and both
name what is missing or broken. The mechanics of the long run are tested on a made-up play, with a smaller network."""
import re

import numpy as np
import pytest
from runs import ROOT, assert_stops, reaches_its_result, replace, run

FOLDER = ROOT / "milestones" / "05_2017_transformer"
PROOF, PLAYS = "03_vaswani_attention_proof.py", "04_shakespeare.py"
OFFLINE = {"https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}


@pytest.fixture
def play(copy):
    """04 on 20,000 characters of random words, with 32 channels, in epochs of three steps."""
    words = np.random.default_rng(2017).choice(["light", "night", "sweet", "and", "of"], 4000)
    lines = [" ".join(words[start:start + 5]) for start in range(0, 4000, 5)]
    (copy / "play.txt").write_text("ROMEO:\nShall I hear more, or shall I speak at this?\n" + "\n".join(lines))
    for old, new in (("text = tt.load_shakespeare()", 'text = open("../play.txt").read()'),
                     ("CONTEXT, BATCH = 4, 4, 128, 64, 12", "CONTEXT, BATCH = 2, 2, 32, 64, 4"),
                     ("EPOCH_STEPS, SEED = 4e-3, 100, 2017", "EPOCH_STEPS, SEED = 4e-3, 3, 2017"),
                     ("EPOCHS = 2 if stage.quick else 20", "EPOCHS = 3")):
        replace(copy / "milestone" / PLAYS, old, new)
    return copy


def epochs(told):
    """What was printed after each epoch, but for the seconds."""
    return re.findall(r"(?m)^epoch .*(?=   seconds)", told)


@pytest.mark.long
def test_attention_copies_reverses_and_looks_up_and_nothing_else_does(copy):
    told = reaches_its_result(copy, PROOF, 2, "Bahdanau", "without positions", "peak memory")
    for task in ("copy", "reverse", "look up"):
        shares = [float(re.search(rf"(?m)^{task} +{mixer} +([\d.]+)%", told)[1])
                  for mixer in ("attention", "mean", "nothing")]
        assert shares[0] > 99 > 50 > shares[1] > shares[2], (task, shares)


@pytest.mark.long
def test_a_run_that_was_stopped_goes_on_as_if_it_never_had(play):
    whole = run(play, PLAYS)
    assert len(epochs(whole.stdout)) == 3 and not whole.stderr, whole.stdout + whole.stderr
    assert "The expected result is NOT reached" in whole.stdout and whole.returncode == 1
    assert len(re.findall(r"figure: \S+", whole.stdout)) == 3
    for saved in (play / "milestone" / "results").glob("*.npz"):
        saved.unlink()
    parts = run(play, PLAYS, "--epochs=1"), run(play, PLAYS)
    assert "1 of 3 epochs are done: the run is not finished, and not judged." in parts[0].stdout
    assert "1 of 3 epochs were done by an earlier run" in parts[1].stdout
    assert epochs(parts[0].stdout) + epochs(parts[1].stdout) == epochs(whole.stdout)
    judged = re.compile(r"(?m)^validation loss.*$")
    assert judged.findall(parts[1].stdout) == judged.findall(whole.stdout) != []


def test_a_text_that_cannot_be_fetched_or_is_another_is_one_line(copy):
    data = copy / "data"
    offline = run(copy, PLAYS, TINYTORCH_DATA=str(data), **OFFLINE)
    assert offline.returncode == 1 and "Traceback" not in offline.stderr
    assert "input.txt could not be fetched" in offline.stderr and "by hand" in offline.stderr.splitlines()[-1]
    (data / "tinyshakespeare").mkdir(parents=True, exist_ok=True)
    (data / "tinyshakespeare" / "input.txt").write_text("To be, or not to be")
    assert_stops(run(copy, PLAYS, TINYTORCH_DATA=str(data), **OFFLINE), "input.txt", "Tiny Shakespeare")


def test_a_part_that_is_wrong_or_missing_is_named(copy):
    replace(copy / "tinytorch" / "attention.py", "np.tri(queries, keys, keys - queries, dtype=bool)",
            "np.tri(queries, keys, 0, dtype=bool)")
    for script in (PROOF, PLAYS):
        assert_stops(run(copy, script), "causal_mask is broken", "notebook 12_attention")
    (copy / "tinytorch" / "embeddings.py").unlink()
    for script in (PROOF, PLAYS):
        assert_stops(run(copy, script), "notebook 11_embeddings", "tito module start 11")
