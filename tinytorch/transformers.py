"""draft"""
import numpy as np

from .activations import gelu
from .attention import MultiHeadAttention, causal_mask
from .autograd import backward_rule, no_grad
from .embeddings import Embedding, LearnedPositionalEmbedding
from .layers import Dropout, Linear, Module
from .tensor import Op, ones, zeros
from .training import modes_kept

__all__ = ["LayerNorm", "FeedForward", "TransformerBlock", "GPT", "generate"]


class LayerNormOp(Op):
    """Each row with mean 0 and variance 1, times weight, plus bias"""
    def forward(self, x, weight, bias, eps):
        """x: (..., d); weight, bias: (d,). Keeps self.normal, the rows before weight, and self.scale, 1 / std."""
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = np.vecdot(centred, centred)[..., None] / x.shape[-1]
        self.scale = 1 / np.sqrt(variance + np.float32(eps))
        self.normal = centred * self.scale
        return self.normal * weight + bias


@backward_rule(LayerNormOp)
def layer_norm_rule(op, grad):
    x, weight, bias = op.inputs
    width, normal = x.shape[-1], op.normal
    to_normal = grad * weight.data
    along = np.vecdot(to_normal, normal)[..., None] / width
    to_x = (to_normal - to_normal.mean(axis=-1, keepdims=True) - normal * along) * op.scale
    rows = tuple(range(grad.ndim - 1))
    return to_x, (grad * normal).sum(axis=rows), grad.sum(axis=rows)


class LayerNorm(Module):
    def __init__(self, embed_dim, eps=1e-5):
        self.weight = ones(embed_dim, requires_grad=True)
        self.bias = zeros(embed_dim, requires_grad=True)
        self.eps = eps

    def forward(self, x):
        return LayerNormOp.apply(x, self.weight, self.bias, eps=self.eps)


class FeedForward(Module):
    def __init__(self, embed_dim, hidden_dim=None, dropout=0.0, rng=None):
        rng = np.random.default_rng(rng)
        hidden_dim = 4 * embed_dim if hidden_dim is None else hidden_dim
        self.expand = Linear(embed_dim, hidden_dim, rng=rng)
        self.contract = Linear(hidden_dim, embed_dim, rng=rng)
        self.dropout = Dropout(dropout, rng)

    def forward(self, x):
        return self.dropout(self.contract(gelu(self.expand(x))))


class TransformerBlock(Module):
    """x + attention(norm(x)), then x + feed-forward(norm(x))."""
    def __init__(self, embed_dim, num_heads, dropout=0.0, rng=None):
        rng = np.random.default_rng(rng)
        self.norm1, self.norm2 = LayerNorm(embed_dim), LayerNorm(embed_dim)
        self.attention = MultiHeadAttention(embed_dim, num_heads, dropout, rng)
        self.feed_forward = FeedForward(embed_dim, dropout=dropout, rng=rng)
        self.dropout = Dropout(dropout, rng)

    def forward(self, x, attn_mask=None, cache=None):
        x = x + self.dropout(self.attention(self.norm1(x), attn_mask, cache))
        return x + self.feed_forward(self.norm2(x))


class GPT(Module):
    """Token ids (..., T) -> scores for the token after each, (..., T, vocab_size)."""
    def __init__(self, vocab_size, embed_dim, num_heads, num_layers, max_seq_len, dropout=0.0, rng=None,
                 tie_weights=False):
        rng = np.random.default_rng(rng)
        self.vocab_size, self.max_seq_len = vocab_size, max_seq_len
        self.tokens = Embedding(vocab_size, embed_dim, rng=rng)
        self.positions = LearnedPositionalEmbedding(max_seq_len, embed_dim, rng=rng)
        self.dropout = Dropout(dropout, rng)
        self.blocks = [TransformerBlock(embed_dim, num_heads, dropout, rng) for _ in range(num_layers)]
        self.norm = LayerNorm(embed_dim)
        self.head = Linear(embed_dim, vocab_size, bias=False, rng=rng)
        if tie_weights:
            self.head.weight = self.tokens.weight
        start_small(self, rng)

    def forward(self, tokens, caches=None):
        tokens = np.asarray(tokens)
        caches = caches or [None] * len(self.blocks)
        before = 0 if caches[0] is None else len(caches[0])
        length = tokens.shape[-1]
        mask = causal_mask(length, before + length)
        x = self.dropout(self.positions(self.tokens(tokens), offset=before))
        for block, cache in zip(self.blocks, caches):
            x = block(x, mask, cache)
        return self.head(self.norm(x))


def start_small(model, rng):
    """GPT-2's start: matrices normal with std 0.02, what is added to the stream smaller by the root of their number."""
    for name, p in model.named_parameters():
        if p.ndim == 2:
            added = name.endswith(("out_proj.weight", "contract.weight"))
            std = 0.02 / np.sqrt(2 * len(model.blocks)) if added else 0.02
            p.data = (rng.standard_normal(p.shape, dtype=np.float32) * np.float32(std))
        elif name.endswith("bias"):
            p.data = np.zeros_like(p.data)


def next_token_probabilities(scores, temperature=1.0, top_k=None, top_p=None):
    """scores (..., vocab) of one position -> probabilities, float64."""
    if temperature == 0:
        return np.eye(scores.shape[-1])[scores.argmax(axis=-1)]
    scores = np.asarray(scores, np.float64) / temperature
    if top_k is not None:
        kth = np.sort(scores, axis=-1)[..., -min(top_k, scores.shape[-1]), None]
        scores = np.where(scores < kth, -np.inf, scores)
    p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    if top_p is not None:
        order = np.argsort(-p, axis=-1)
        ranked = np.take_along_axis(p, order, axis=-1)
        before = np.cumsum(ranked, axis=-1) - ranked
        ranked[before >= top_p] = 0
        np.put_along_axis(p, order, ranked / ranked.sum(axis=-1, keepdims=True), axis=-1)
    return p


def generate(model, tokens, max_new_tokens, temperature=1.0, top_k=None, top_p=None, rng=None):
    """tokens (T,) or (N, T) of int -> the same with max_new_tokens more at the end."""
    rng, tokens = np.random.default_rng(rng), np.asarray(tokens)
    if tokens.shape[-1] > model.max_seq_len:
        raise ValueError(f"generate: the prompt has {tokens.shape[-1]} tokens, the model looks back at most {model.max_seq_len}")
    with modes_kept(model), no_grad():
        model.eval()
        for _ in range(max_new_tokens):
            scores = model(tokens[..., -model.max_seq_len:]).numpy()[..., -1, :]
            p = next_token_probabilities(scores, temperature, top_k, top_p)
            drawn = (p.cumsum(axis=-1) > rng.random((*p.shape[:-1], 1))).argmax(axis=-1)
            tokens = np.concatenate([tokens, drawn[..., None]], axis=-1)
    return tokens
