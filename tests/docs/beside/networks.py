"""Modules 09 to 18: pictures, attention, and networks made small and fast."""
import warnings

import numpy as np
from torch.nn.utils import prune
from torch.utils.flop_counter import FlopCounterMode

import tinytorch as tt
from tests.docs.beside.compare import (
    BATCH,
    IMAGES,
    LABELS,
    RNG,
    A,
    B,
    Check,
    F,
    array,
    both,
    layers,
    refused,
    same,
    torch,
)


def same_padding():
    for padding in (1, "same"):
        layers(lambda p=padding: tt.Conv2d(3, 5, 3, padding=p), lambda p=padding: torch.nn.Conv2d(3, 5, 3, padding=p),
               IMAGES)()
    refused(lambda: tt.Conv2d(3, 3, 3, dilation=2), TypeError)
    refused(lambda: tt.Conv2d(3, 3, 3, groups=3), TypeError)
    out = tt.Conv2d(3, 5, 3)(tt.Tensor(IMAGES)).numpy()
    assert out.transpose(0, 2, 3, 1).flags.c_contiguous, "channels lie last in memory"


def embeddings():
    there, here = torch.nn.Embedding(7, 3), tt.Embedding(7, 3)
    here.load_state_dict({name: t.numpy() for name, t in there.state_dict().items()})
    same(here([[0, 6], [2, 2]]), there(torch.tensor([[0, 6], [2, 2]])))
    refused(lambda: tt.Embedding(7, 3, padding_idx=0), TypeError)


def attentions():
    mask = RNG.random((2, 4, 4)) < 0.7
    mask[..., 0] = True
    theirs = F.scaled_dot_product_attention
    both(lambda q, k, v: tt.scaled_dot_product_attention(q, k, v, attn_mask=mask), BATCH, BATCH + 1, BATCH * 2,
         theirs=lambda q, k, v: theirs(q, k, v, attn_mask=torch.tensor(mask)))()
    both(lambda q: tt.scaled_dot_product_attention(q, q, q, attn_mask=tt.causal_mask(4)), BATCH,
         theirs=lambda q: theirs(q, q, q, is_causal=True))()


def causal_masks():
    assert tt.causal_mask(4).tolist() == torch.ones(4, 4).tril().bool().tolist()
    assert tt.causal_mask(2, 3).tolist() == [[True, True, False], [True, True, True]]
    t, keys = torch.tensor(BATCH[:, :2]), torch.tensor(BATCH[:, :3])
    same(F.scaled_dot_product_attention(t, keys, keys, is_causal=True)[:, 0], keys[:, 0])


def multi_head():
    there, here = torch.nn.MultiheadAttention(6, 2, batch_first=True), tt.MultiHeadAttention(6, 2)
    here.load_state_dict({name: t.numpy() for name, t in there.state_dict().items()})
    x, mask = RNG.standard_normal((2, 5, 6), dtype=np.float32), tt.causal_mask(5)
    t, may_not = torch.tensor(x), ~torch.tensor(mask)
    same(here(tt.Tensor(x), mask), there(t, t, t, attn_mask=may_not)[0])
    mask, may_not = mask.copy(), may_not.clone()
    mask[0], may_not[0] = False, True
    bias = there.out_proj.bias
    same(here(tt.Tensor(x), mask)[:, 0], bias.expand(2, 6))
    assert there(t, t, t, attn_mask=may_not)[0][:, 0].isnan().all()


def blocks():
    there = torch.nn.TransformerEncoderLayer(6, 2, 24, dropout=0.0, activation="gelu", batch_first=True,
                                             norm_first=True)
    names = {"self_attn": "attention", "linear1": "feed_forward.expand", "linear2": "feed_forward.contract"}
    state = {}
    for key, t in there.state_dict().items():
        first, _, rest = key.partition(".")
        state[f"{names.get(first, first)}.{rest}"] = t.numpy()
    here, x = tt.TransformerBlock(6, 2), RNG.standard_normal((2, 5, 6), dtype=np.float32)
    here.load_state_dict(state)
    assert np.abs(here(tt.Tensor(x)).numpy() - array(there.train()(torch.tensor(x)))).max() < 0.002
    refused(lambda: here.load_state_dict({name: t.numpy() for name, t in there.state_dict().items()}), KeyError)


def flops():
    ours, theirs = tt.Sequential(tt.Linear(3, 4), tt.relu), torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU())
    with FlopCounterMode(display=False) as counter:
        theirs(torch.tensor(A))
    assert counter.get_total_flops() == 2 * 4 * 3 * 4 < tt.count_flops(ours, tt.Tensor(A))


def codes():
    q, zeros = tt.quantize(A, axis=0), torch.zeros(4)
    with warnings.catch_warnings(action="ignore"):        # PyTorch leaves quantizing to torchao from now on
        theirs = torch.quantize_per_channel(torch.tensor(A), torch.tensor(q.scale[:, 0]), zeros, 0, torch.qint8)
    assert q.codes.tolist() == theirs.int_repr().tolist()
    same(tt.dequantize(q), torch.dequantize(theirs))
    assert tt.quantize(A, bits=2).codes.min() >= -2 and tt.quantize(A, group_size=2).group_size == 2


def zeros_of_pruning():
    there, here = torch.nn.Sequential(torch.nn.Linear(6, 5)), tt.Sequential(tt.Linear(6, 5))
    here.load_state_dict({name: t.numpy() for name, t in there.state_dict().items()})
    tt.magnitude_prune(here, 0.4)
    prune.global_unstructured([(there[0], "weight")], prune.L1Unstructured, amount=0.4)
    same(here[0].weight, there[0].weight)
    assert "weight_mask" in dict(there[0].named_buffers()) and list(here.state_dict()) == ["0.weight", "0.bias"]


def rows_of_pruning():
    model = tt.Sequential(tt.Linear(6, 8, rng=0), tt.relu, tt.Linear(8, 2, rng=1))
    smaller = tt.structured_prune(model, 0.5)
    there = torch.nn.Linear(6, 8)
    prune.ln_structured(there, "weight", amount=0.5, n=2, dim=0)
    assert (smaller if smaller is not None else model)[0].weight.shape == (4, 6)
    assert there.weight.shape == (8, 6) and int((there.weight == 0).all(1).sum()) == 4


def low_ranks():
    layer = tt.Linear(5, 3, rng=0)
    x = tt.Tensor(RNG.standard_normal((4, 5), dtype=np.float32))
    same(tt.low_rank(layer, 3)(x), layer(x), rtol=1e-4)
    assert [part.weight.shape for part in tt.low_rank(layer, 2)] == [(2, 5), (3, 2)]
    u, s, vt = torch.linalg.svd(torch.tensor(layer.weight.data), full_matrices=False)
    first, second = tt.low_rank(layer, 2)
    same(second.weight.data @ first.weight.data, (u[:, :2] * s[:2]) @ vt[:2], rtol=1e-3)


def distilled():
    t, s = torch.tensor(A), torch.tensor(B)
    apart = F.kl_div(F.log_softmax(s / 4, -1), F.softmax(t / 4, -1), reduction="batchmean")
    wanted = 0.5 * 16 * apart + 0.5 * F.cross_entropy(s, torch.tensor(LABELS))
    same(tt.distillation_loss(tt.Tensor(B), tt.Tensor(A), LABELS), wanted)


def fused():
    model = tt.Sequential(tt.Linear(3, 4, rng=0), tt.relu)
    before = model(tt.Tensor(A)).numpy()
    same(tt.accelerate(model)(tt.Tensor(A)), before)
    assert type(model[0]).__name__ == "FusedLinear"


HOLDS: dict[str, Check] = {
    "Conv2d": same_padding,
    "MaxPool2d": layers(lambda: tt.MaxPool2d(3, 2, 1), lambda: torch.nn.MaxPool2d(3, 2, 1), IMAGES),
    "AvgPool2d": layers(lambda: tt.AvgPool2d(3, 2, 1), lambda: torch.nn.AvgPool2d(3, 2, 1), IMAGES),
    "BatchNorm2d": layers(lambda: tt.BatchNorm2d(3), lambda: torch.nn.BatchNorm2d(3), IMAGES),
    "Embedding": embeddings, "scaled_dot_product_attention": attentions, "causal_mask": causal_masks,
    "MultiHeadAttention": multi_head,
    "LayerNorm": layers(lambda: tt.LayerNorm(3), lambda: torch.nn.LayerNorm(3), A),
    "TransformerBlock": blocks, "count_flops": flops, "quantize": codes, "dequantize": codes,
    "magnitude_prune": zeros_of_pruning, "structured_prune": rows_of_pruning, "low_rank": low_ranks,
    "distillation_loss": distilled, "accelerate": fused,
}
