"""A GPT as one writes it in PyTorch, its parameters named as in tinytorch."""
import torch
from torch import nn
from torch.nn import functional as F


class Cache:
    """Keys and values of one layer, in memory made once."""
    def __init__(self, texts: int, heads: int, capacity: int, channels: int):
        self.key, self.value = torch.empty(2, texts, heads, capacity, channels).unbind()
        self.length = 0

    def append(self, key: torch.Tensor, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        begin, self.length = self.length, self.length + key.shape[2]
        self.key[:, :, begin:self.length], self.value[:, :, begin:self.length] = key, value
        return self.key[:, :, :self.length], self.value[:, :, :self.length]


class Attention(nn.Module):
    """Causal self-attention on the fused kernel, its parameters named as in nn.MultiheadAttention."""
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj, self.heads = nn.Linear(width, width), heads

    def forward(self, x: torch.Tensor, cache: Cache | None = None) -> torch.Tensor:
        """With a cache: all places before any other, then one at a time."""
        texts, places, width = x.shape
        parts = F.linear(x, self.in_proj_weight, self.in_proj_bias).split(width, dim=-1)
        query, key, value = (part.view(texts, places, self.heads, -1).transpose(1, 2) for part in parts)
        if cache is not None:
            key, value = cache.append(key, value)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=places == key.shape[2])
        return self.out_proj(mixed.transpose(1, 2).reshape(x.shape))


class Block(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.feed_forward = nn.ModuleDict({"expand": nn.Linear(width, 4 * width),
                                           "contract": nn.Linear(4 * width, width)})

    def forward(self, x: torch.Tensor, cache: Cache | None = None) -> torch.Tensor:
        x = x + self.attention(self.norm1(x), cache)
        wide = F.gelu(self.feed_forward["expand"](self.norm2(x)), approximate="tanh")
        return x + self.feed_forward["contract"](wide)


class GPT(nn.Module):
    def __init__(self, vocab_size: int, embed_dim: int, num_heads: int, num_layers: int, max_seq_len: int):
        super().__init__()
        self.max_seq_len = max_seq_len
        self.tokens, self.positions = nn.Embedding(vocab_size, embed_dim), nn.Embedding(max_seq_len, embed_dim)
        self.blocks = nn.ModuleList(Block(embed_dim, num_heads) for _ in range(num_layers))
        self.norm, self.head = nn.LayerNorm(embed_dim), nn.Linear(embed_dim, vocab_size, bias=False)

    def caches(self, texts: int) -> list[Cache]:
        attentions = [block.attention for block in self.blocks]
        return [Cache(texts, part.heads, self.max_seq_len, len(part.in_proj_weight) // 3 // part.heads)
                for part in attentions]

    def forward(self, ids: torch.Tensor, caches: list[Cache] | None = None) -> torch.Tensor:
        before = caches[0].length if caches else 0
        x = self.tokens(ids) + self.positions(torch.arange(before, before + ids.shape[1]))
        for block, cache in zip(self.blocks, caches or [None] * len(self.blocks)):
            x = block(x, cache)
        return self.head(self.norm(x))
