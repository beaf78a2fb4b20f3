"""What a model answers while it learns: asked after some epochs, kept beside its checkpoint, shown at the end."""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

import json
from collections.abc import Sequence
from pathlib import Path

import tinytorch as tt
from tito.files import write_whole

from answering import answers
from talks import prompt_of

AFTER = (1, 2, 3, 5, 8, 12, 20)                # epochs, and the last


class GrowingAnswers:
    def __init__(self, checkpoint: Path, model: tt.Module, tokenizer, asked: Sequence[tt.dataloader.Dialogue]):
        """asked: whose last questions it answers. What an earlier run of this checkpoint noted is kept."""
        self.model, self.tokenizer, self.asked = model, tokenizer, asked
        self.file = checkpoint.with_suffix(".said.json")
        known = checkpoint.exists() and self.file.exists()
        self.said: dict[str, list[str]] = json.loads(self.file.read_bytes()) if known else {}

    def ask(self, done: int, epochs: int) -> None:
        """Note what it answers after `done` epochs of so many, if that is one of those to look at."""
        if done in (*AFTER, epochs):
            prompts = [prompt_of(talk, self.tokenizer) for talk in self.asked]
            self.said[str(done)] = answers(self.model, self.tokenizer, prompts)
            write_whole(self.file, json.dumps(self.said))

    def show(self, number: int) -> None:
        """Print all answers to question `number`, the right ones marked."""
        for done, given in self.said.items():
            right = "  right" if given[number] == self.asked[number].answer else ""
            print(f"  after {int(done):2} epochs: {given[number]}{right}")
