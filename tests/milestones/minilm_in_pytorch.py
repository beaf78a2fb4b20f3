"""all-MiniLM-L6-v2 in PyTorch's own functions, one sentence at a time: what the student's encoder is compared with.

`python tests/milestones/minilm_in_pytorch.py` writes some of its vectors into the milestone, for machines without
PyTorch.
"""
import sys
from pathlib import Path

MILESTONE = Path(__file__).parents[2] / "milestones" / "05_2017_transformer"
RECORDED = MILESTONE / "pytorch_vectors.npz"
HEADS, EPS = 12, 1e-12
SENTENCES = ["What is the capital of France?", "Please name the capital of France.", "What is 3 plus 4?", "Hi",
             "A sentence of more words than the others, so that they are filled up beside it, with a comma or two.",
             "Ärger über Größe, naïve café \N{SNOWMAN} 東京 1234567890"]


def encode(weights, rows):
    """Vectors (N, 384) of length 1 for lists of token ids; weights: the file's arrays under the file's names."""
    import torch
    import torch.nn.functional as F

    w = {name: torch.from_numpy(array.copy()) for name, array in weights.items()}

    def linear(x, name):
        return F.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])

    def norm(x, name):
        return F.layer_norm(x, x.shape[-1:], w[f"{name}.LayerNorm.weight"], w[f"{name}.LayerNorm.bias"], EPS)

    def heads(x):
        return x.view(len(x), HEADS, -1).transpose(0, 1)

    vectors = []
    with torch.no_grad():
        for ids in rows:
            words, positions, types = (w[f"embeddings.{name}_embeddings.weight"]
                                       for name in ("word", "position", "token_type"))
            x = F.embedding(torch.tensor(ids), words) + positions[:len(ids)] + types[0]
            x = norm(x, "embeddings")
            for layer in range(6):
                at = f"encoder.layer.{layer}"
                q, k, v = (heads(linear(x, f"{at}.attention.self.{name}")) for name in ("query", "key", "value"))
                mixed = F.scaled_dot_product_attention(q, k, v).transpose(0, 1).reshape(x.shape)
                x = norm(x + linear(mixed, f"{at}.attention.output.dense"), f"{at}.attention.output")
                hidden = F.gelu(linear(x, f"{at}.intermediate.dense"))
                x = norm(x + linear(hidden, f"{at}.output.dense"), f"{at}.output")
            vectors.append(F.normalize(x.mean(dim=0), dim=0))
    return torch.stack(vectors).numpy()


def record():
    import numpy as np

    sys.path[:0] = [str(MILESTONE), str(MILESTONE.parents[1])]
    from minilm import WordPieces, read_weights

    np.savez(RECORDED, texts=np.array(SENTENCES), vectors=encode(read_weights(), WordPieces().ids(SENTENCES)))
    print(f"{len(SENTENCES)} vectors written to {RECORDED.name}")


if __name__ == "__main__":
    record()
