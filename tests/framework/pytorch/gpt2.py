"""GPT-2 in plain PyTorch, with the names and layouts of Hugging Face's: what its state_dict holds, what it computes.

Sources: Radford et al., *Language models are unsupervised multitask learners* (2019); the names are those of the
published files, whose projections keep their weight as (in, out).
"""
import numpy as np

VOCAB, WIDTH, HEADS, LAYERS, PLACES = 13, 12, 3, 2, 8


def gpt2_arrays() -> dict[str, np.ndarray]:
    """A small random GPT-2: its state_dict with the masks that old files carry, token ids, and their scores."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    class Conv1D(nn.Module):
        def __init__(self, width_in: int, width_out: int):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(width_in, width_out) / 3)
            self.bias = nn.Parameter(torch.randn(width_out))

        def forward(self, x):
            return torch.addmm(self.bias, x.flatten(0, -2), self.weight).unflatten(0, x.shape[:-1])

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.c_attn, self.c_proj = Conv1D(WIDTH, 3 * WIDTH), Conv1D(WIDTH, WIDTH)
            self.register_buffer("bias", torch.ones(1, 1, PLACES, PLACES, dtype=torch.bool).tril())
            self.register_buffer("masked_bias", torch.tensor(-1e4))

        def forward(self, x):
            q, k, v = (part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in self.c_attn(x).split(WIDTH, dim=-1))
            scores, length = q @ k.mT / (WIDTH // HEADS) ** 0.5, x.shape[1]
            weights = scores.where(self.bias[..., :length, :length], self.masked_bias).softmax(dim=-1)
            return self.c_proj((weights @ v).transpose(1, 2).flatten(2))

    class MLP(nn.Module):
        def __init__(self):
            super().__init__()
            self.c_fc, self.c_proj = Conv1D(WIDTH, 4 * WIDTH), Conv1D(4 * WIDTH, WIDTH)

        def forward(self, x):
            return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln_1, self.attn = nn.LayerNorm(WIDTH, eps=1e-5), Attention()
            self.ln_2, self.mlp = nn.LayerNorm(WIDTH, eps=1e-5), MLP()

        def forward(self, x):
            x = x + self.attn(self.ln_1(x))
            return x + self.mlp(self.ln_2(x))

    class Transformer(nn.Module):
        def __init__(self):
            super().__init__()
            self.wte, self.wpe = nn.Embedding(VOCAB, WIDTH), nn.Embedding(PLACES, WIDTH)
            self.h, self.ln_f = nn.ModuleList(Block() for _ in range(LAYERS)), nn.LayerNorm(WIDTH, eps=1e-5)

        def forward(self, ids):
            x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1]))
            for block in self.h:
                x = block(x)
            return self.ln_f(x)

    class LanguageModel(nn.Module):
        def __init__(self):
            super().__init__()
            self.transformer, self.lm_head = Transformer(), nn.Linear(WIDTH, VOCAB, bias=False)
            self.lm_head.weight = self.transformer.wte.weight

        def forward(self, ids):
            return self.lm_head(self.transformer(ids))

    torch.manual_seed(0)
    model, ids = LanguageModel(), torch.randint(VOCAB, (2, PLACES))
    for name, parameter in model.named_parameters():
        if ".ln_" in name:
            nn.init.normal_(parameter)
    scores = model(ids)
    F.cross_entropy(scores.flatten(0, 1), ids.flatten()).backward()
    arrays = {f"gpt2/state/{key}": value for key, value in model.state_dict().items()}
    arrays |= {"gpt2/ids": ids, "gpt2/scores": scores, "gpt2/gradient/wte": model.transformer.wte.weight.grad}
    return {key: value.detach().numpy().copy() for key, value in arrays.items()}
