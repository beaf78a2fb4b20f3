"""A GPT as one writes it in PyTorch, its parameters named as in tinytorch."""
import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    """Causal self-attention on the fused kernel, its parameters named as in nn.MultiheadAttention."""
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj, self.heads = nn.Linear(width, width), heads

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        texts, places, width = x.shape
        parts = F.linear(x, self.in_proj_weight, self.in_proj_bias).split(width, dim=-1)
        query, key, value = (part.view(texts, places, self.heads, -1).transpose(1, 2) for part in parts)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.out_proj(mixed.transpose(1, 2).reshape(x.shape))


class Block(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.feed_forward = nn.ModuleDict({"expand": nn.Linear(width, 4 * width),
                                           "contract": nn.Linear(4 * width, width)})

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(self.norm1(x))
        wide = F.gelu(self.feed_forward["expand"](self.norm2(x)), approximate="tanh")
        return x + self.feed_forward["contract"](wide)


class GPT(nn.Module):
    def __init__(self, vocab_size: int, embed_dim: int, num_heads: int, num_layers: int, max_seq_len: int):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocab_size, embed_dim), nn.Embedding(max_seq_len, embed_dim)
        self.blocks = nn.ModuleList(Block(embed_dim, num_heads) for _ in range(num_layers))
        self.norm, self.head = nn.LayerNorm(embed_dim), nn.Linear(embed_dim, vocab_size, bias=False)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))
