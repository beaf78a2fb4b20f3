"""Questions with known answers that parts 1 to 4 begin with: tokens, attention, GPT, and what trains it."""
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


def embedding_slope() -> np.ndarray:
    """The slope at a table of three rows, of which one is taken twice."""
    layer = tt.Embedding(3, 1)
    layer(np.array([2, 0, 2])).sum().backward()
    return layer.weight.grad[:, 0]


def normalize() -> np.ndarray:
    """The row [1, 3], normalized, for a weight of [1, 2] and a bias of [0, 1]."""
    layer = tt.LayerNorm(2)
    layer.weight.data, layer.bias.data = np.float32([1, 2]), np.float32([0, 1])
    return layer(tt.Tensor([[1.0, 3.0]])).numpy()[0]


def shapes_of_heads() -> tuple[int, ...]:
    """The shape that MultiHeadAttention makes of two texts of three places."""
    return tt.MultiHeadAttention(4, 2, rng=0)(tt.Tensor(np.ones((2, 3, 4)))).shape


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
    stage.check("Embedding", "the gradient at a table whose rows 2, 0, 2 were taken", embedding_slope, [1, 0, 2])
    stage.check("LearnedPositionalEmbedding", "the shape of what it makes of 3 places of 8 numbers",
                lambda: tt.LearnedPositionalEmbedding(5, 8)(tt.Tensor(np.ones((3, 8)))).shape, (3, 8))
    stage.check("causal_mask", "for 2 queries and 3 keys it", lambda: tt.causal_mask(2, 3), [[1, 1, 0], [1, 1, 1]])
    stage.check("scaled_dot_product_attention", "three tokens, looking back,", attend,
                [[1, 0], [0.0558, 0.9442], [2.3374, 2.6749]])
    stage.check("MultiHeadAttention", "the shape of two texts of 3 places", shapes_of_heads, (2, 3, 4))
    stage.check("LayerNorm", "the row [1, 3] for weight [1, 2] and bias [0, 1]", normalize, [-1, 3])
    stage.check("FeedForward", "the shape of what it makes of 3 places of 8 numbers",
                lambda: tt.FeedForward(8, rng=0)(tt.Tensor(np.ones((3, 8)))).shape, (3, 8))
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
