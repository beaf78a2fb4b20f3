"""Many texts at once, measured: it proves what it compares, and shows a row for each way. No time is asserted."""
import numpy as np
import pytest

from benchmarks import batched
from tito.errors import TitoError


def test_every_way_has_a_row_and_the_naive_one_is_once_itself(capsys):
    batched.main(new=3, rounds=2)
    shown = capsys.readouterr().out
    assert all(name in shown for name in batched.ways())
    rows = batched.table({batched.NAIVE: np.array([[2.0, 4.0]]), "fast": np.array([[20.0, 60.0]])})
    assert rows[0][2] == rows[0][5] == "1.0" and rows[1][2] == "10.0" and rows[1][5] == "15.0"


def test_a_way_that_writes_something_else_is_refused(monkeypatch):
    monkeypatch.setattr(batched.tt, "generate_batched", lambda model, prompts, new, temperature: [
        np.zeros(len(prompt) + new, int) for prompt in prompts])
    with pytest.raises(TitoError, match="cache, 8 texts.*another text than generate"):
        batched.check(2)


def test_the_model_is_whole_again_after_it_was_clocked():
    way = batched.ways()["cache, one text"]
    norm = way.model.norm
    way.rates(3)
    assert way.model.norm is norm
