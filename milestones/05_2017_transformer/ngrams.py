"""What counting alone can do: the loss of betting on the next character by the few before it, as Shannon did."""
import numpy as np


def ngram_loss(train: np.ndarray, test: np.ndarray, before: int, vocabulary: int, added: float = 0.1) -> float:
    """Mean -log p, in nats, over all of test but its first `before` characters.

    train, test: ids (characters,) below vocabulary. before: how many characters the bet looks back at.
    added: what every count is raised by, or what never came would be impossible.
    """
    contexts, pairs = _numbered(train, before, vocabulary)
    asked_contexts, asked_pairs = _numbered(test, before, vocabulary)
    pair = _counts(pairs, asked_pairs)
    context = _counts(contexts, asked_contexts)
    return float(-np.log((pair + added) / (context + added * vocabulary)).mean())


def _numbered(ids: np.ndarray, before: int, vocabulary: int) -> tuple[np.ndarray, np.ndarray]:
    """For every character the number of the `before` ones ahead of it, and of these with itself."""
    count, context = len(ids) - before, np.zeros(len(ids) - before, np.int64)
    for place in range(before):
        context = context * vocabulary + ids[place:place + count]
    return context, context * vocabulary + ids[before:]


def _counts(seen: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """How often each of the numbers asked for was seen."""
    numbers, counts = np.unique(seen, return_counts=True)
    place = np.minimum(np.searchsorted(numbers, asked), len(numbers) - 1)
    return np.where(numbers[place] == asked, counts[place], 0)
