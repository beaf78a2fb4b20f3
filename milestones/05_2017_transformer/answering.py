"""A model that answers: greedily, in batches of prompts of equal length, up to the line end; and a chat with it."""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

from collections.abc import Sequence

import tinytorch as tt

import numpy as np

AT_ONCE = 6                   # tokens generated before looking which answers are complete


def answers(model: tt.Module, tokenizer, prompts: Sequence[np.ndarray], longest: int = 40) -> list[str]:
    """What the model says after each prompt (ids), up to the line end, of `longest` tokens at most."""
    said: list[np.ndarray] = [np.zeros(0, np.int64)] * len(prompts)
    end = int(tokenizer.encode("\n")[0])
    for length in sorted({len(prompt) for prompt in prompts}):
        open_ = [number for number, prompt in enumerate(prompts) if len(prompt) == length]
        while open_:
            whole = np.stack([np.concatenate([prompts[number], said[number]]) for number in open_])
            more = min(AT_ONCE, longest - len(said[open_[0]]), model.max_seq_len - whole.shape[1] + 1)
            if more <= 0:
                break
            for number, row in zip(open_, tt.generate(model, whole, more, temperature=0)):
                said[number] = row[length:]
            open_ = [number for number in open_ if end not in said[number]]
    return [tokenizer.decode(up_to(ids, end)) for ids in said]


def up_to(ids: np.ndarray, end: int) -> np.ndarray:
    """The ids before the first `end`."""
    return ids[:np.argmax(ids == end)] if end in ids else ids


class Talk:
    """A conversation: what was said so far, as far as the model can look back."""

    def __init__(self, model: tt.Module, tokenizer, characters: str, room: int = 20):
        """characters: those that the model has learned from; room: tokens kept free for an answer."""
        self.model, self.tokenizer, self.characters = model, tokenizer, sorted(set(characters) - {"\n"})
        self.turns: list[tuple[str, str]] = []
        self.most = model.max_seq_len - room

    def ids(self, question: str) -> np.ndarray:
        """The ids of the turns so far and the question, each piece encoded by itself as in training."""
        pieces = [said for turn in self.turns for said in turn] + [question]
        return np.concatenate([self.tokenizer.encode(f"{piece}\n") for piece in pieces])

    def ask(self, question: str) -> str:
        """The answer; the oldest turns are dropped where all do not fit. ValueError for what the model cannot read."""
        for place, character in enumerate(question):
            if character not in self.characters:
                raise ValueError(f"The character {character!r} at place {place + 1} is unknown to this model: "
                                 f"it has only seen {''.join(self.characters).strip()} and the blank.")
        if (alone := len(self.tokenizer.encode(f"{question}\n"))) > self.most:
            raise ValueError(f"The question has {alone} tokens, this model can read {self.most}: make it shorter.")
        while len(self.ids(question)) > self.most:
            self.turns.pop(0)
        (answer,) = answers(self.model, self.tokenizer, [self.ids(question)])
        self.turns.append((question, answer))
        return answer


def chat(talk: Talk) -> None:
    """Questions from the terminal, until an empty line, Ctrl-D or Ctrl-C."""
    print("Ask something. What was said before counts. An empty line ends the talk.", flush=True)
    try:
        while question := input("> ").strip():
            try:
                print(talk.ask(question), flush=True)
            except ValueError as error:
                print(error, flush=True)
    except (EOFError, KeyboardInterrupt):
        print()
    print("Goodbye.")
