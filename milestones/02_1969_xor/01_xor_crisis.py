"""1969: the XOR crisis

In 1969 Marvin Minsky and Seymour Papert of MIT published *Perceptrons: An Introduction to Computational Geometry*.
Twelve years after Frank Rosenblatt's report it asked what his machine can compute at all, and proved the answers. Is
the number of lit points odd? A perceptron that knows needs at least one unit that looks at the whole retina. Is the
figure in one piece? No bound on how many points a unit looks at is enough for every retina. The smallest odd-or-even
is that of two points: XOR, "one or the other, but not both".

That networks of several layers can compute XOR had been known since McCulloch and Pitts (1943); nobody knew how to
train them. Of that extension the authors wrote that it was important "to elucidate (or reject) our intuitive judgment
that the extension is sterile". Money and people went elsewhere. Rosenblatt died in 1971, on his 43rd birthday.

This part lets a single layer fail, with the best optimizers that you wrote. Part 2 adds a layer.
"""
# Exported from 01_xor_crisis.ipynb by `tito export`: change the notebook, not this file.

import tinytorch as tt  # before NumPy: it sets one BLAS thread, the fastest for small matrices
from tito.experiment import Stage, peak_bytes
from tito.known_answers import two_steps
from tito.measure import best_seconds

import matplotlib.pyplot as plt
import numpy as np
from data import bits, clouds, draw, parity

stage = Stage(__doc__)

print("\nYour parts\n----------")

# Since the perceptron you have written `backward` and optimizers. A few questions with known answers first.

def slope():
    """Your backward through Linear and the loss, for one example x = [1, 2] with label 1 and
    weights 0.
    """
    layer = tt.Linear(2, 1)
    layer.weight.data, layer.bias.data = np.zeros((1, 2), np.float32), np.zeros(1, np.float32)
    tt.binary_cross_entropy_with_logits(layer(tt.Tensor([[1.0, 2.0]])),
                                        np.array([[1.0]])).backward()
    return layer.weight.grad

stage.check("Linear", "the shape of the weight of Linear(3, 2)",
            lambda: tt.Linear(3, 2).weight.shape, (2, 3))
stage.check("binary_cross_entropy_with_logits", "for scores [0, 0] and labels [0, 1] it",
            lambda: tt.binary_cross_entropy_with_logits(tt.Tensor([0.0, 0.0]),
                                                        np.array([0.0, 1.0])).item(), 0.6931)
stage.check("backward", "the gradient at the weight for x = [1, 2], label 1", slope, [[-0.5, -1.0]])
stage.check("SGD", "two steps with gradient 1, lr 0.1",
            lambda: two_steps(lambda p: tt.SGD(p, lr=0.1)), [4.8])
stage.check("SGD", "two steps with gradient 1, lr 0.1, momentum 0.9",
            lambda: two_steps(lambda p: tt.SGD(p, lr=0.1, momentum=0.9)), [4.71])
stage.check("Adam", "two steps with gradient 1, lr 0.1",
            lambda: two_steps(lambda p: tt.Adam(p, lr=0.1)), [4.8])
print("Linear, binary_cross_entropy_with_logits, backward, SGD and Adam work.")

print("\nFour lines of proof\n-------------------")

# A perceptron says yes where w1·x1 + w2·x2 + b > 0. With 0 for no and 1 for yes, XOR wants four things of it:
#
#     (0, 0) is a no        b          <= 0
#     (1, 0) is a yes       w1 + b      > 0
#     (0, 1) is a yes       w2 + b      > 0
#     (1, 1) is a no        w1 + w2 + b <= 0
#
# The two in the middle add up to w1 + w2 + 2b > 0, the other two to w1 + w2 + 2b <= 0. No weights can do both.

def train(model, optimizer, x, y, steps):
    """The loss before each step, over all examples at once."""
    x, losses = tt.Tensor(x), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = tt.binary_cross_entropy_with_logits(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

def probability(model, x):
    """How sure the model is of yes, for every row of x."""
    with tt.no_grad():
        return tt.sigmoid(model(tt.Tensor(x))).numpy()

def accuracy(model, x, y):
    """The share of right answers."""
    return np.mean((probability(model, x) > 0.5) == y)

print("\nStuck\n-----")

# Will a better optimizer help? Twenty beginnings for each, on points scattered around the four corners.

optimizers = {"SGD": lambda p: tt.SGD(p, lr=0.5),
              "momentum": lambda p: tt.SGD(p, lr=0.1, momentum=0.9),
              "Adam": lambda p: tt.Adam(p, lr=0.05), "AdamW": lambda p: tt.AdamW(p, lr=0.05)}
seeds, steps = (5, 150) if stage.quick else (20, 300)
ends, shares, corner_losses = [], [], []
fig, axes = plt.subplots(1, 2, figsize=(9, 3.6))
for name, make in optimizers.items():
    for seed in stage.progress(range(seeds), name):
        rng, layer = np.random.default_rng(seed), tt.Linear(2, 1, rng=seed)
        learn, held_out = clouds(400, rng), clouds(2000, rng)
        losses = train(layer, make(layer.parameters()), *learn, steps)
        ends.append(losses[-1])
        shares.append(accuracy(layer, *held_out))
        corners = tt.Linear(2, 1, rng=seed)
        corner_losses.append(train(corners, make(corners.parameters()), *parity(2), steps)[-1])
    axes[0].plot(losses, label=name)
    print(f"{name:9} loss {np.mean(ends[-seeds:]):.4f}, on the exact corners "
          f"{np.mean(corner_losses[-seeds:]):.4f}; "
          f"held out {np.mean(shares[-seeds:]):.1%} ({np.min(shares[-seeds:]):.0%} to "
          f"{np.max(shares[-seeds:]):.0%})")
axes[0].axhline(np.log(2), color="gray", ls="--", label="log 2")
axes[0].set(xlabel="step", ylabel="loss", title="the last of the beginnings")
axes[0].legend()
draw(axes[1], *held_out, f"after {steps} steps: {shares[-1]:.1%} right",
     lambda x: probability(layer, x))
stage.show("stuck")

# Every optimizer finds the same place: weights near 0, "one half" to everything, a loss of log 2 = 0.693. Nothing is
# wrong with the search. The loss of one layer is convex, and this is its bottom.

x, y = parity(2)
layer, side = tt.Linear(2, 1, rng=0), np.linspace(-4, 4, 41 if not stage.quick else 21)
layer.bias.data = np.zeros(1, np.float32)

def height(w1, w2):
    """The loss on the four corners of the layer with these weights and bias 0."""
    layer.weight.data = np.array([[w1, w2]], np.float32)
    return tt.binary_cross_entropy_with_logits(layer(tt.Tensor(x)), y).item()

with tt.no_grad():
    surface = np.array([[height(a, b) for a in side] for b in side])
fig, ax = plt.subplots(figsize=(5, 4))
fig.colorbar(ax.contourf(side, side, surface, levels=20))
ax.plot(0, 0, "r*", ms=14)
ax.set(xlabel="w1", ylabel="w2", title=f"loss on the four corners, lowest {surface.min():.3f}")
stage.show("landscape")

print("\nWhich questions can it answer?\n------------------------------")

# There are 16 questions about two bits, each a column of four answers. A question and its opposite are equally hard, so
# eight of them tell all, one for each output of a `Linear(2, 8)`. **Predict:** how many of the 16 will be learned?

def learned(n, steps=40):
    """For the first half of the 2**2**n questions about n bits: does a perceptron get all 2**n
    answers right?
    """
    x, rows, questions = bits(n), 2 ** n, 2 ** (2 ** n - 1)
    y = (np.arange(questions) >> np.arange(rows)[:, None] & 1).astype(np.float32)
    layer = tt.Linear(n, questions, rng=n)
    # the loss is a mean over all
    optimizer = tt.SGD(layer.parameters(), lr=4 * questions, momentum=0.9, nesterov=True)
    train(layer, optimizer, x, y, steps)
    return ((probability(layer, x) > 0.5) == y).all(axis=0)

names = ["never", "NOR", "x1 and not x2", "not x2", "x2 and not x1", "not x1", "XOR", "NAND"]
for name, right in zip(names, learned(2), strict=True):
    print(f"{name:14} {'learned' if right else 'NOT learned'}")

print("\nScaling: how rare is what it can?\n---------------------------------")

# Each further bit squares the number of questions. The counts of those that a plane separates are known: 4, 14, 104,
# 1,882, 94,572, ... (Muroga, 1971, and others). Find them by training.

known = {1: 4, 2: 14, 3: 104, 4: 1882}
sizes = [1, 2, 3] if stage.quick else [1, 2, 3, 4]
found = {n: 2 * int(learned(n).sum()) for n in stage.progress(sizes, "questions")}
for n, count in found.items():
    print(f"{n} bits: {count:5,} of {2 ** 2 ** n:6,} learned, {count / 2 ** 2 ** n:7.2%}   "
          f"(known: {known[n]:,})")
fig, ax = plt.subplots(figsize=(5, 3.4))
ax.semilogy(sizes, [found[n] / 2 ** 2 ** n for n in sizes], "o-")
ax.set(xlabel="bits", ylabel="share that one layer learns", xticks=sizes)
stage.show("questions")

print("\nAnd the parity of many points\n-----------------------------")

# Minsky and Papert's theorem in numbers: odd or even, for more and more points.

parities = {}
for n in stage.progress(range(2, 6 if stage.quick else 9), "parity"):
    layer, (x, y) = tt.Linear(n, 1, rng=n), parity(n)
    losses = train(layer, tt.Adam(layer.parameters(), lr=0.05), x, y, 400)
    parities[n] = losses[-1]
    print(f"{n} points, {2 ** n:3} pictures: loss {losses[-1]:.4f}, no picture surer than "
          f"{np.abs(probability(layer, x) - 0.5).max() + 0.5:.1%}")

print("\nWhat failing costs\n------------------")

# A step on n examples of d inputs takes about 4nd operations; d + 1 numbers are learned, and Adam remembers two more
# for each.

print("inputs  parameters  bytes with Adam  FLOPs a step  µs a step  bytes in passing")
for n in (2, 4, 8):
    layer, (x, y) = tt.Linear(n, 1, rng=0), parity(n)
    optimizer = tt.Adam(layer.parameters())
    def one_step(layer=layer, optimizer=optimizer, x=x, y=y):
        return train(layer, optimizer, x, y, 1)
    microseconds = best_seconds(one_step) * 1e6
    print(f"{n:6}{n + 1:12}{4 * 4 * (n + 1):17}{4 * n * 2 ** n:14,}{microseconds:11.0f}"
          f"{peak_bytes(one_step):18,}")

print("\nQuestions to think about\n------------------------")

stage.ask("The loss of a single layer is convex. Why is that good news for AND and bad news for "
          "XOR?",
          "A line gets three of the four corners right, 75%. Why does training not even find that?",
          "Give the perceptron x1 times x2 as a third input. What do the four inequalities say "
          "now, and who had to know about the product?",
          "Minsky and Papert's theorems are about one layer. What should a reader in 1969 have "
          "concluded about two?")

print("\nThe verdict\n-----------")

stage.expect("XOR, exact corners, loss, all seeds",
             f"{min(corner_losses):.3f} to {max(corner_losses):.3f}", "0.69",
             max(abs(loss - np.log(2)) for loss in corner_losses) < 0.01)
stage.expect("XOR, clouds, loss, mean", f"{np.mean(ends):.3f}", "about 0.69",
             0.67 < np.mean(ends) < 0.71)
stage.expect("XOR, held out, mean", f"{np.mean(shares):.1%}", "about 50%",
             0.4 < np.mean(shares) < 0.6)
stage.expect("questions learned", f"{list(found.values())}", f"{[known[n] for n in sizes]}",
             all(found[n] == known[n] for n in sizes))
stage.expect("parity, loss", f"{min(parities.values()):.3f} to {max(parities.values()):.3f}",
             "about 0.69",
             max(abs(loss - np.log(2)) for loss in parities.values()) < 0.01)
stage.verdict()
