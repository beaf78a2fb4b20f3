"""The three networks of this milestone, each with what it learned from and what it is asked.

In full they are those of 1986, 1998 and 2017 as their milestones keep them. For `--quick` there are small ones of the
same kinds, trained here in seconds from what comes with the course.
"""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import tinytorch as tt
from tito.experiment import Stage
from tito.kept import load_kept

import numpy as np
from earlier import Batches, corpus, exactly_right, loss_where_asked, mlp, row_of, seen_through, window

LEVELS = ("greetings", "facts", "arithmetic", "common_sense")
SEED = 2018


@dataclass
class Subject:
    """A trained network. set aside: a part of what it had learned from, out of which settings are chosen.

    batches(size, rng): batches (x, y) of the rest, as it learned from them; share_right(model, "set aside" or "test").
    """
    name: str
    model: tt.Module
    batch: int                                # examples of a training step
    loss: Callable
    optimizer: Callable                       # (parameters, lr) -> Optimizer, as it was trained
    batches: Callable[[int, np.random.Generator], Iterable]
    share_right: Callable[[tt.Module, str], float]

    def copy(self) -> Subject:
        """The same with a network of its own."""
        return replace(self, model=copy.deepcopy(self.model))


@dataclass
class Talker(Subject):
    """A Subject that answers questions."""
    tokenizer: tt.BPETokenizer
    asked: list                               # dialogues with held-out wordings


def subjects(stage: Stage) -> dict[str, Subject]:
    """All three by name, trained where they are not."""
    made = (digits_network(stage), photograph_network(stage), talking_network(stage))
    return {subject.name: subject for subject in made}


def adamw(parameters, lr: float) -> tt.Optimizer:
    return tt.AdamW(parameters, lr=lr, weight_decay=0.1)


def nesterov(parameters, lr: float) -> tt.Optimizer:
    return tt.SGD(parameters, lr=lr, momentum=0.9, nesterov=True, weight_decay=5e-4)


def digits_network(stage: Stage) -> Subject:
    """1986: 784-128-64-10 on MNIST; for quick 64-64-32-10 on digits of 8 x 8 pixels."""
    train, test = tt.load_tinydigits() if stage.quick else tt.load_mnist()
    model = mlp((64, 64, 32, 10) if stage.quick else (784, 128, 64, 10), np.random.default_rng(0))
    name = "TinyDigits MLP" if stage.quick else "MNIST MLP"
    subject = picture_subject(name, model, train, test, batch=200, optimizer=adamw)
    return learned(subject, lr=5e-3, epochs=60) if stage.quick else kept(stage, subject)


def photograph_network(stage: Stage) -> Subject:
    """1998: three convolutions on CIFAR-10's middles of 24 x 24 pixels; for quick on digits, whole."""
    train, test = tt.load_tinydigits() if stage.quick else tt.load_cifar10()
    if stage.quick:
        subject = picture_subject("TinyDigits CNN", cnn(1, 8, (8, 16, 32), SEED), train, test, 50, nesterov)
        return learned(subject, lr=0.1, epochs=15)
    model, rng = cnn(3, 24, (32, 64, 128), SEED), np.random.default_rng(SEED)
    distort = (tt.RandomCrop(24, rng=rng), tt.RandomHorizontalFlip(rng=rng))
    return kept(stage, picture_subject("CIFAR CNN", model, train, test, 128, nesterov, distort, [window]))


def cnn(channels: int, side: int, widths: tuple[int, int, int], rng) -> tt.Sequential:
    """The network of 1998: (N, channels, side, side) -> (N, 10)."""
    layers = []
    for inputs, outputs in zip((channels, *widths), widths):
        layers += [tt.Conv2d(inputs, outputs, 3, padding=1, bias=False, rng=rng), tt.MaxPool2d(2),
                   tt.BatchNorm2d(outputs), tt.relu]
    return tt.Sequential(*layers, tt.Flatten(), tt.Linear((side // 8) ** 2 * widths[-1], 10, rng=rng))


def picture_subject(name: str, model: tt.Module, train, test, batch: int, optimizer: Callable,
                    distort=(), plainly=()) -> Subject:
    """Pictures with labels, a tenth of those to learn from set aside.

    distort: transforms of a picture to learn from; plainly: of one that is asked about.
    """
    (images, labels), normalize = train.dataset.arrays, train.transform
    aside, rest = np.split(np.random.default_rng(SEED).permutation(len(images)), [len(images) // 10])
    asked = {"set aside": seen_through(images[aside], labels[aside], *plainly, normalize),
             "test": seen_through(*test.dataset.arrays, *plainly, normalize)}
    rest = seen_through(images[rest], labels[rest], *distort, normalize)

    def share_right(model: tt.Module, split: str) -> float:
        return tt.evaluate(model, tt.DataLoader(asked[split], 500), share=tt.accuracy)["share"]

    return Subject(name, model, batch, tt.cross_entropy, optimizer,
                   lambda size, rng: tt.DataLoader(rest, size, shuffle=True, rng=rng), share_right)


def talking_network(stage: Stage) -> Talker:
    """2017: the GPT that answers TinyTalks; for quick a smaller one that knows capitals only.

    It is asked about whole answers: those to questions of the training set aside, and those to held-out wordings.
    """
    def kind(talk) -> bool:
        return talk.answer.startswith("The capital of") if stage.quick else talk.level in LEVELS

    train, test = [[talk for talk in tt.load_tinytalks(split) if kind(talk)] for split in ("train", "held_out")]
    tokenizer = tt.BPETokenizer().train(corpus(train), 400 if stage.quick else 1000)
    rows, asked = [[row_of(talk, tokenizer) for talk in talks] for talks in (train, test)]
    longest = max(len(row.ids) for row in rows + asked)
    order = np.random.default_rng(SEED).permutation(len(rows))
    aside, rest = [[rows[place] for place in places] for places in np.split(order, [len(rows) // 10])]
    model = tt.GPT(tokenizer.vocab_size, 64 if stage.quick else 128, 4, 2, longest, rng=SEED)
    splits = {"set aside": aside, "test": asked}
    subject = Talker("Capitals GPT" if stage.quick else "TinyTalks GPT", model, 16 if stage.quick else 32,
                     loss_where_asked, adamw, lambda size, rng: Batches(rest, size, rng, "answers"),
                     lambda model, split: exactly_right(model, splits[split])[0].mean(), tokenizer, test)
    return learned(subject, lr=5e-3, epochs=40) if stage.quick else kept(stage, subject)


def kept(stage: Stage, subject: Subject) -> Subject:
    """The subject with the weights that its milestone kept."""
    load_kept(stage, subject.name, subject.model)
    return subject


def learned(subject: Subject, lr: float, epochs: int) -> Subject:
    """The subject, trained."""
    fit(subject, subject.model, lr, epochs)
    print(f"{subject.name}: trained here, {epochs} epochs")
    return subject


def fit(subject: Subject, model: tt.Module, lr: float, epochs: int, change=lambda optimizer: optimizer) -> None:
    """So many epochs of the subject's own training, the learning rate up and down once; in eval mode afterwards.

    change: wraps the optimizer, such as KeepZeros.
    """
    batches = subject.batches(subject.batch, np.random.default_rng(SEED))
    optimizer = subject.optimizer(model.parameters(), lr)
    schedule = tt.OneCycleLR(optimizer, max_lr=lr, total_steps=epochs * len(batches), pct_start=0.1)
    tt.Trainer(model, change(optimizer), subject.loss, schedule).fit(batches, epochs, watch=None)
    model.eval()
