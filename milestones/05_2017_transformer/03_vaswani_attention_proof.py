"""2017: attention, put to the proof

In 2014 Ilya Sutskever, Oriol Vinyals and Quoc Le translated sentences with a recurrent network that had to squeeze
a whole sentence into one vector; it did better when the sentence was fed to it backwards. In the same year Dzmitry
Bahdanau, Kyunghyun Cho and Yoshua Bengio let the network look back at all the words and choose, and Alex Graves,
Greg Wayne and Ivo Danihelka asked of a network with a memory something that sounds too easy to be a test: copy what
you have just read. In June 2017 Ashish Vaswani and seven colleagues threw the recurrence away. *Attention is all
you need* was the title, and the claim.

A claim about a part is tested by taking that part out. Here are three tasks that a child can do: copy, reverse,
look something up. A network with one layer of your attention learns each within seconds. Then the same network
tries without.
"""
# Exported from 03_vaswani_attention_proof.ipynb by `tito export`: change the notebook, not this file.

import time

import tinytorch as tt  # before NumPy: it sets one BLAS thread, the fastest for small matrices
from tito.experiment import Stage, peak_bytes

import matplotlib.pyplot as plt
import numpy as np
from looking import attention_weights
from your_parts import check_parts

stage = Stage(__doc__)

print("\nYour parts\n----------")

# The same eighteen questions as in part 1.

check_parts(stage)

print("\nThree tasks\n-----------")

# Each is a row of places. In the first ones stands what is to be read, in the last ones, marked by a dot, the answer
# is to be written. **Copy** and **reverse**: ten letters out of sixteen, then ten dots. **Look up**: eight cards,
# each with a letter and a digit; then eight of the letters again, each asking for its digit. A place may hold two
# symbols, as a card does: their vectors are added.

LETTERS, LENGTH = 16, 10
LABELS, DIGITS, CARDS = 12, 10, 8

def copy(rng, count, length=LENGTH):
    """count rows: symbols (count, 2 length, 1), the right answers (count, length)."""
    letters = rng.integers(0, LETTERS, (count, length))
    return np.concatenate([letters, np.full_like(letters, LETTERS)], axis=1)[..., None], letters

def reverse(rng, count):
    """The same rows; the answers are the letters from the last to the first."""
    symbols, letters = copy(rng, count)
    return symbols, letters[:, ::-1]

def look_up(rng, count):
    """count rows of 8 cards and 8 questions: symbols (count, 16, 2), the digits asked for."""
    labels = rng.permuted(np.tile(np.arange(LABELS), (count, 1)), axis=1)[:, :CARDS]
    digits = rng.integers(0, DIGITS, (count, CARDS))
    asked = rng.integers(0, CARDS, (count, CARDS))
    left = np.concatenate([labels, np.take_along_axis(labels, asked, axis=1)], axis=1)
    right = np.concatenate([LABELS + digits, np.full_like(asked, LABELS + DIGITS)], axis=1)
    return np.stack([left, right], axis=-1), np.take_along_axis(digits, asked, axis=1)

NAMES = {copy: "abcdefghijklmnop·", reverse: "abcdefghijklmnop·",
         look_up: "abcdefghijkl0123456789·"}
ANSWERS = {copy: LETTERS, reverse: LETTERS, look_up: DIGITS}
TASKS = {"copy": copy, "reverse": reverse, "look up": look_up}

def written(task, symbols):
    """A row (places, symbols) as one short text for each place."""
    return ["".join(NAMES[task][s] for s in place) for place in symbols]

for name, task in TASKS.items():
    symbols, right = task(np.random.default_rng(2017), 1)
    answers = "abcdefghijklmnop" if task is not look_up else "0123456789"
    print(f"{name:8} {' '.join(written(task, symbols[0]))}  ->  "
          f"{' '.join(answers[i] for i in right[0])}")

# **Predict.** A network that looks at each place by itself sees a dot and nothing else. How often is it right? And
# one that also sees the average of all places, and so knows which letters there are, but not where?

print("\nOne network, and one part to take out\n-------------------------------------")

# A block of your transformer: attention, then a feed-forward layer, each with a normalization before it and a way
# round it. The part that mixes places is a parameter: attention with one head; the mean of all places through a
# linear layer; or nothing.

WIDTH = 32

class Mean(tt.Module):
    """Every place gets the same: the mean of all, through a linear layer."""
    def __init__(self, rng):
        self.linear = tt.Linear(WIDTH, WIDTH, rng=rng)

    def forward(self, x):
        return self.linear(x.mean(axis=-2, keepdims=True))

class Reader(tt.Module):
    """Symbols (..., places, symbols at a place) -> scores (..., answers, choices)."""
    def __init__(self, symbols, places, choices, mixer, rng):
        """mixer: makes what mixes the places; None: nothing does."""
        self.symbols = tt.Embedding(symbols, WIDTH, rng=rng)
        self.positions = tt.LearnedPositionalEmbedding(places, WIDTH, rng=rng)
        self.norm1, self.norm2, self.norm3 = [tt.LayerNorm(WIDTH) for _ in range(3)]
        self.mixer = mixer(rng) if mixer else None
        self.feed_forward = tt.FeedForward(WIDTH, rng=rng)
        self.head = tt.Linear(WIDTH, choices, rng=rng)

    def forward(self, symbols):
        x = self.symbols(symbols).sum(axis=-2)
        if self.positions is not None:
            x = self.positions(x)
        if self.mixer is not None:
            x = x + self.mixer(self.norm1(x))
        x = x + self.feed_forward(self.norm2(x))
        return self.head(self.norm3(x)[..., x.shape[-2] // 2:, :])

def attention(rng):
    return tt.MultiHeadAttention(WIDTH, 1, rng=rng)

MIXERS = {"attention": attention, "mean": Mean, "nothing": None}

def reader(task, mixer, rng):
    """A new Reader for the task."""
    places = task(np.random.default_rng(0), 1)[0].shape[1]
    return Reader(len(NAMES[task]), places, ANSWERS[task], mixer, rng)

print("numbers to learn" + "".join(f"{name:>11}" for name in TASKS))
for name, mixer in MIXERS.items():
    counts = [sum(p.size for p in reader(task, mixer, 0).parameters()) for task in TASKS.values()]
    print(f"{name:16}" + "".join(f"{count:11,}" for count in counts))

print("\nThey learn\n----------")

# Three seeds each. Every batch of 32 rows is drawn afresh, and 1,000 other rows are kept for the test; the table
# counts how many of those had been seen in training.

BATCH, STEPS, LR = 32, 200, 0.01
SEEDS = range(1 if stage.quick else 3)

def right_share(model, symbols, right):
    """For each row the share of its answers that are right."""
    with tt.no_grad():
        return np.mean(model(symbols).numpy().argmax(axis=-1) == right, axis=-1)

def fit(task, model, rng, steps=STEPS):
    """Train it on new rows at each step; gives the losses and the set of all rows it saw."""
    optimizer = tt.AdamW(model.parameters(), lr=LR, weight_decay=0.0)
    schedule = tt.OneCycleLR(optimizer, max_lr=LR, total_steps=steps, pct_start=0.2)
    losses, seen = [], set()
    for _ in range(steps):
        symbols, right = task(rng, BATCH)
        seen |= {row.tobytes() for row in symbols}
        losses.append(tt.training.train_step(model, optimizer, tt.cross_entropy, symbols, right,
                                             max_norm=1.0))
        schedule.step()
    return losses, seen

runs, models, known, start = {}, {}, 0, time.process_time()
for task_name, mixer_name, seed in stage.progress(
        [(t, m, s) for t in TASKS for m in MIXERS for s in SEEDS], "readers"):
    rng, task = np.random.default_rng(seed), TASKS[task_name]
    model = reader(task, MIXERS[mixer_name], rng)
    losses, seen = fit(task, model, rng)
    test, right = task(np.random.default_rng(1000 + seed), 1000)
    known += sum(row.tobytes() in seen for row in test)
    runs.setdefault((task_name, mixer_name), []).append((losses, right_share(model, test, right)))
    models[task_name, mixer_name] = model
seconds = time.process_time() - start
shares = {key: [share.mean() for _, share in found] for key, found in runs.items()}
print(f"right answers, {len(SEEDS)} seeds          mean    whole rows right")
for (task_name, mixer_name), found in shares.items():
    whole = np.mean([np.mean(share == 1) for _, share in runs[task_name, mixer_name]])
    print(f"{task_name:9}{mixer_name:10}" + "".join(f"{s:8.2%}" for s in found)
          + f"   {np.mean(found):8.2%}{whole:14.2%}")
print(f"test rows that had been seen in training: {known} of {1000 * len(models) * len(SEEDS):,}")
stage.tell(f"{len(models) * len(SEEDS)} readers, {seconds:.1f} s of CPU time, "
           f"{1000 * seconds / len(models) / len(SEEDS) / STEPS:.1f} ms a step")

fig, axes = plt.subplots(1, 3, figsize=(11, 3.2), sharey=True)
for ax, (task_name, task) in zip(axes, TASKS.items(), strict=True):
    for mixer_name, colour in zip(MIXERS, ("navy", "darkorange", "firebrick"), strict=True):
        for number, (losses, _) in enumerate(runs[task_name, mixer_name]):
            ax.semilogy(losses, color=colour, lw=1, label=None if number else mixer_name)
    chance = np.log(ANSWERS[task])
    ax.axhline(chance, color="gray", ls="--", lw=1, label=f"guessing, {chance:.2f}")
    ax.set(xlabel="step", title=task_name)
axes[0].set(ylabel="loss")
axes[0].legend(fontsize=8)
stage.show("curves")

# Without anything between the places the loss stays at that of guessing, log 16 or log 10: no amount of training
# helps, for what the answer depends on never arrives. The mean brings the letters, and guessing among the right ones
# is all it is good for. Attention falls through the floor within a hundred steps.

print("\nWhere it looks\n--------------")

# One row of the test in each task. Each line is a place that writes an answer, each column a place that it may look
# at; the darker, the more it takes from there. **Predict** the three pictures.

def looking(task_name, rng=2):
    """A row as texts, its right answers, and where the answers look: (answers, places)."""
    task = TASKS[task_name]
    symbols, right = task(np.random.default_rng(rng), 1)
    (weights,) = attention_weights(models[task_name, "attention"], symbols)
    return written(task, symbols[0]), right[0], weights[0, 0, symbols.shape[1] // 2:]

fig, axes = plt.subplots(1, 3, figsize=(12, 3.4))
for ax, task_name in zip(axes, TASKS, strict=True):
    places, right, weights = looking(task_name)
    half = len(places) // 2
    ax.imshow(weights, cmap="Blues", vmin=0, vmax=1)
    ax.set_xticks(range(len(places)), places, fontsize=8)
    answers = "0123456789" if task_name == "look up" else NAMES[copy]
    ax.set_yticks(range(half), [f"{place} → {answers[i]}" for place, i in
                                zip(places[half:], right, strict=True)], fontsize=8)
    ax.axvline(half - 0.5, color="gray", lw=0.8)
    ax.set(title=task_name, xlabel="looks at")
stage.show("maps")

def source(task_name, symbols):
    """The place at which each answer of each row is to be found."""
    half = symbols.shape[1] // 2
    if task_name == "look up":
        return (symbols[:, half:, None, 0] == symbols[:, None, :half, 0]).argmax(axis=-1)
    places = np.arange(half) if task_name == "copy" else np.arange(half)[::-1]
    return np.broadcast_to(places, (len(symbols), half))

focus = {}
for task_name, task in TASKS.items():
    symbols, _ = task(np.random.default_rng(1000), 1000)
    (weights,) = attention_weights(models[task_name, "attention"], symbols)
    half = symbols.shape[1] // 2
    at = np.take_along_axis(weights[:, 0, half:], source(task_name, symbols)[..., None], axis=-1)
    focus[task_name] = at.mean()
    print(f"{task_name:8} {at.mean():6.1%} of the weight, on average, lies on the place "
          "that holds the answer")

# A diagonal, the other diagonal, and a pattern that is different for every row: copy and reverse look at a *place*,
# the lookup looks for a *letter*. Nobody told the network which is which. It also shows what a query and a key are:
# "I am the third dot" meets "I am the third letter"; "I ask for f" meets "I am f".

print("\nWhat breaks: without positions\n------------------------------")

# **Predict.** Take the positions out, and train again with attention. Which of the three still works?

lost = {}
for task_name, task in stage.progress(TASKS.items(), "without positions"):
    rng = np.random.default_rng(0)
    model = reader(task, attention, rng)
    model.positions = None
    fit(task, model, rng)
    lost[task_name] = right_share(model, *task(np.random.default_rng(1000), 1000)).mean()
    print(f"{task_name:8} {lost[task_name]:7.2%} right without positions, "
          f"{shares[task_name, 'attention'][0]:7.2%} with")

# The lookup does not miss them. Attention by itself sees a set: order exists for it only where the vectors say so.

print("\nWhat it costs, and how it grows\n-------------------------------")

places = 2 * LENGTH
symbols, right = copy(np.random.default_rng(0), BATCH)
products = {"attention's projections": 8 * places * WIDTH ** 2,
            "looking: scores and mix": 4 * places ** 2 * WIDTH,
            "feed-forward": 16 * places * WIDTH ** 2, "head": 2 * LENGTH * WIDTH * LETTERS}
for name, operations in products.items():
    print(f"{name:24}{operations:9,} operations for a row of {places} places")
model = reader(copy, attention, 0)
numbers = sum(p.size for p in model.parameters())
optimizer = tt.AdamW(model.parameters(), lr=0.0)
def step():
    tt.training.train_step(model, optimizer, tt.cross_entropy, symbols, right)

print(f"{numbers:,} numbers, {4 * numbers:,} bytes; with gradients and Adam's means and squares "
      f"{16 * numbers:,}")
print(f"a step on {BATCH} rows takes {peak_bytes(step) / 1e6:.1f} MB in passing")

# **Predict.** Rows of twice the length: how many more steps until 99% of the letters are copied, and how much more
# time for each step?

def steps_needed(length, limit=800):
    """Steps until 99% of letters are copied, asked every tenth step; the CPU time of one."""
    rng = np.random.default_rng(0)
    model = Reader(len(NAMES[copy]), 2 * length, LETTERS, attention, rng)
    optimizer = tt.AdamW(model.parameters(), lr=LR / 2, weight_decay=0.0)
    test, start = copy(np.random.default_rng(1), 100, length), time.process_time()
    for number in range(1, limit + 1):
        tt.training.train_step(model, optimizer, tt.cross_entropy, *copy(rng, BATCH, length),
                               max_norm=1.0)
        if number % 10 == 0 and right_share(model, *test).mean() >= 0.99:
            return number, (time.process_time() - start) / number
    return f"> {limit}", (time.process_time() - start) / limit

lengths = (5, 10) if stage.quick else (5, 10, 20, 40)
grown = [steps_needed(length) for length in stage.progress(lengths, "lengths")]
print("letters      " + "".join(f"{length:8}" for length in lengths))
print("steps        " + "".join(f"{number:>8}" for number, _ in grown))
print("ms for a step" + "".join(f"{1000 * each:8.1f}" for _, each in grown))

print("\nQuestions to think about\n------------------------")

stage.ask("The mean does better than guessing in all three tasks. What does it know, and what does "
          "it not?",
          "The lookup works without positions, copying does not. Of the two, which is nearer to "
          "what a translator does? And to what a chatbot does?",
          "Could the network without attention learn to copy if it were a hundred times wider? "
          "And one whose feed-forward layer sees all places at once?",
          "Copying reads a fixed place. What happens with rows that are longer than those in "
          "training, and what would you change about the positions?",
          "Graves, Wayne and Danihelka gave their network a memory with addresses of two kinds, by "
          "content and by location. Where are these two in your three pictures?")

print("\nThe verdict\n-----------")

for task_name, task in TASKS.items():
    worst = min(shares[task_name, "attention"])
    stage.expect(f"{task_name}, with attention, the worst seed", f"{worst:.2%}",
                 "99.5% or more", worst >= 0.995)
    best, guess = max(shares[task_name, "nothing"]), 1 / ANSWERS[task]
    stage.expect(f"{task_name}, the same without, the best seed", f"{best:.2%}",
                 f"{guess + 0.05:.1%} or less", best <= guess + 0.05)
    best = max(shares[task_name, "mean"])
    stage.expect(f"{task_name}, with the mean, the best seed", f"{best:.2%}", "50% or less",
                 best <= 0.5)
stage.expect("test rows that had been seen in training", str(known), "0", known == 0)
stage.verdict()
