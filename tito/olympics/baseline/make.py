"""Train the baseline of the Olympics and write model.npz beside this file: python -m tito.olympics.baseline.make

The file is part of the rules: it is made once, and every ratio is against this very file.
"""

from pathlib import Path

import numpy as np

import tinytorch as tt
from tito.olympics.baseline.entry import network

EPOCHS, SEED = 12, 2018


def main() -> None:
    train, test = tt.load_tinydigits()
    model = network(np.random.default_rng(SEED))
    steps = EPOCHS * -(-len(train) // 50)
    optimizer = tt.AdamW(model.parameters(), lr=2e-3)
    schedule = tt.OneCycleLR(optimizer, max_lr=2e-3, total_steps=steps)
    batches = tt.DataLoader(train, 50, shuffle=True, rng=SEED)
    tt.Trainer(model, optimizer, tt.cross_entropy, schedule=schedule).fit(batches, EPOCHS, watch=None)
    images, labels = next(iter(tt.DataLoader(test, len(test))))
    model.eval()
    print(f"accuracy {tt.accuracy(model(images), labels):.3f}")
    np.savez(Path(__file__).with_name("model.npz"), **model.state_dict())


if __name__ == "__main__":
    main()
