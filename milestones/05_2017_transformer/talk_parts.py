"""Questions with known answers that both TinyTalks parts begin with: tokens, attention, GPT, and what trains it."""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

import tinytorch as tt
from tito.experiment import Stage
from tito.known_answers import rates_of_a_cycle, two_steps

import numpy as np

NEAR, FAR = [[[0.0, 0.0], [0.0, 2.0], [1.0, 1.0]]], [[[1.0, 0.0], [0.0, 1.0], [5.0, 5.0]]]


def attend() -> np.ndarray:
    """Your attention: three tokens, each of which may look at itself and back."""
    query, value = tt.Tensor(NEAR), tt.Tensor(FAR)
    return tt.scaled_dot_product_attention(query, query, value, tt.causal_mask(3)).numpy()[0]


def small_gpt(seed: int = 0) -> tt.GPT:
    """A GPT of 11 tokens, in eval mode."""
    model = tt.GPT(11, 8, 2, 2, 6, rng=seed)
    model.eval()
    return model


def scores(tokens: list[int]) -> np.ndarray:
    """What small_gpt says after each of the tokens."""
    with tt.no_grad():
        return small_gpt()(np.array([tokens])).numpy()[0]


def leak() -> float:
    """By how much a later token changes the scores at earlier places."""
    return float(np.abs(scores([1, 2, 3, 4])[:3] - scores([1, 2, 3, 9])[:3]).max())


def order_matters() -> bool:
    """Whether the last token sees in which order the first two came."""
    return bool(np.abs(scores([1, 2, 3])[2] - scores([2, 1, 3])[2]).max() > 1e-6)


def greedy_is_the_largest() -> bool:
    """Whether generate, at temperature 0, takes the token with the largest score, twice."""
    tokens = [1, 2]
    for _ in range(2):
        tokens.append(int(scores(tokens)[-1].argmax()))
    return tt.generate(small_gpt(), np.array([1, 2]), 2, temperature=0).tolist() == tokens


def learned() -> float:
    """The loss of a GPT after 60 steps on one sentence."""
    x, model = np.array([[1, 2, 3, 4, 5, 6]]), tt.GPT(11, 16, 2, 1, 6, rng=0)
    trainer = tt.Trainer(model, tt.AdamW(model.parameters(), lr=0.01), tt.cross_entropy)
    return trainer.fit([(x[:, :-1], x[:, 1:])], 60, watch=None)["loss"][-1]


def check_parts(stage: Stage) -> None:
    """Stop with one line that names the notebook of the first part that is wrong."""
    stage.check("CharTokenizer", "the ids of 'banana', learned from 'bandana',",
                lambda: tt.CharTokenizer().train("bandana").encode("banana"), [1, 0, 3, 0, 3, 0])
    stage.check("BPETokenizer", "the ids of 'low' with 258 tokens, learned from 'low lower',",
                lambda: tt.BPETokenizer().train("low lower", 258).encode("low"), [257])
    stage.check("BPETokenizer", "decoding what it encoded, right (1) or not (0),", lambda: float(
        (lambda t: t.decode(t.encode("new words?\n")) == "new words?\n")(tt.BPETokenizer().train("low lower", 258))), 1)
    stage.check("Embedding", "the shape for tokens (2, 3) and 4 numbers a token",
                lambda: tt.Embedding(7, 4, rng=0)(np.zeros((2, 3), int)).shape, (2, 3, 4))
    stage.check("causal_mask", "for 2 queries and 3 keys it", lambda: tt.causal_mask(2, 3), [[1, 1, 0], [1, 1, 1]])
    stage.check("scaled_dot_product_attention", "three tokens, looking back,", attend,
                [[1, 0], [0.0558, 0.9442], [2.3374, 2.6749]])
    stage.check("LayerNorm", "on [1, 2, 3] it", lambda: tt.LayerNorm(3)(tt.Tensor([[1.0, 2.0, 3.0]])).numpy(),
                [[-1.2247, 0, 1.2247]])
    stage.check("GPT", "the shape of its scores for tokens (1, 4), 11 in the vocabulary,",
                lambda: small_gpt()(np.array([[1, 2, 3, 4]])).shape, (1, 4, 11))
    stage.check("GPT", "what a later token changes at earlier places", leak, 0)
    stage.check("GPT", "whether the order of tokens matters (1) or not (0)", lambda: float(order_matters()), 1)
    stage.check("generate", "whether greedy is the largest score (1) or not (0)",
                lambda: float(greedy_is_the_largest()), 1)
    stage.check("cross_entropy", "for scores [[0, 0]] and label 0 it",
                lambda: tt.cross_entropy(tt.Tensor([[0.0, 0.0]]), np.array([0])).item(), 0.6931)
    stage.check("AdamW", "two steps with gradient 1, lr 0.1",
                lambda: two_steps(lambda p: tt.AdamW(p, lr=0.1)), [4.7901])
    stage.check("OneCycleLR", "a cycle of four steps up to 1", rates_of_a_cycle, [0.04, 1, 0.5, 0])
    stage.check("GPT", "whether it learns one sentence in 60 steps (1) or not (0)", lambda: float(learned() < 0.5), 1)
    print("Tokenizers, attention, LayerNorm, GPT, generate, the optimizer and the Trainer work.")
