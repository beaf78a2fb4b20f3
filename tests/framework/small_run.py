"""A training run of a second in which everything takes part: Dropout, AdamW, a schedule, clipping, shuffling."""
import numpy as np

import tinytorch as tt


class Shuffled:
    """Three batches, 4, 4 and 2 rows, from a generator of its own."""
    def __init__(self, seed=0):
        self.rng = np.random.default_rng(seed)

    def __iter__(self):
        for n in (4, 4, 2):
            yield tt.Tensor(self.rng.normal(size=(n, 3))), self.rng.integers(0, 2, n)


def trainer(lr=0.05, width=8, **options) -> tt.Trainer:
    rng = np.random.default_rng(0)
    model = tt.Sequential(tt.Linear(3, width, rng=rng), tt.relu, tt.Dropout(0.3, rng=rng), tt.Linear(width, 2, rng=rng))
    optimizer = tt.AdamW(model.parameters(), lr=lr)
    return tt.Trainer(model, optimizer, tt.cross_entropy, tt.CosineLR(optimizer, 30), max_norm=1.0,
                      accuracy=tt.accuracy, **options)


def assert_same_run(a: tt.Trainer, b: tt.Trainer):
    states = [run.model.state_dict() | run.optimizer.state_dict() for run in (a, b)]
    assert states[0].keys() == states[1].keys()
    assert all(np.array_equal(states[0][name], states[1][name]) for name in states[0])
    assert [values for name, values in a.history.items() if name != "seconds"] == \
        [values for name, values in b.history.items() if name != "seconds"]
