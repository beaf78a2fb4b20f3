"""Helpers of earlier milestones, which this one uses again: it trains, asks and draws nothing in a second way."""
from __future__ import annotations

import sys
from pathlib import Path

sys.path += [str(Path(__file__).parents[1] / name) for name in ("03_1986_mlp", "04_1998_cnn", "05_2017_transformer")]

from anatomy import totals  # noqa: E402, F401
from answering import answers  # noqa: E402, F401
from data import seen_through, window  # noqa: E402, F401
from encoder import encode  # noqa: E402, F401
from minilm import WordPieces, load_encoder, missing  # noqa: E402, F401
from nearest import nearest  # noqa: E402, F401
from network import mlp  # noqa: E402, F401
from talks import Batches, corpus, exactly_right, loss_where_asked, prompt_of, row_of  # noqa: E402, F401
from windows import RandomWindows  # noqa: E402, F401
