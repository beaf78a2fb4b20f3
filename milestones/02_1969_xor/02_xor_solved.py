"""1969, solved: a layer in between

Minsky and Papert's *Perceptrons* closed a road for many readers, yet what it proved was about one layer. With a
second one XOR is easy to write down: "one or the other" and "not both". What was missing was a way to *find* the
weights of units that nobody tells what to do, because their right answers stand in no table. The way is the chain
rule, and several had it: Seppo Linnainmaa described the walk back through any computation in his master's thesis
of 1970, Paul Werbos fitted models with it in his thesis of 1974 and argued for networks in the years after, and
in 1986 David Rumelhart, Geoffrey Hinton and Ronald Williams showed in *Nature* what hidden units learn by it. XOR
was the first example in their longer account of the same year.

Part 1 let one layer fail, whatever the optimizer. Here are two, trained by your `backward` and your `Adam`.
"""
# Exported from 02_xor_solved.ipynb by `tito export`: change the notebook, not this file.

import tinytorch as tt  # before NumPy: it sets one BLAS thread, the fastest for small matrices
from tito.experiment import Stage, peak_bytes
from tito.known_answers import two_steps
from tito.measure import best_seconds

import matplotlib.pyplot as plt
import numpy as np
from data import clouds, draw, parity

stage = Stage(__doc__)

print("\nYour parts\n----------")

def hidden_slope():
    """Your backward through two layers and tanh: dL/dw of the first weight, all weights 0.5, x =
    [1], label 1.
    """
    model = tt.Sequential(tt.Linear(1, 1, bias=False), tt.tanh, tt.Linear(1, 1, bias=False))
    for parameter in model.parameters():
        parameter.data = np.full((1, 1), 0.5, np.float32)
    tt.binary_cross_entropy_with_logits(model(tt.Tensor([[1.0]])), np.array([[1.0]])).backward()
    return next(model.parameters()).grad

stage.check("Linear", "the shape of the weight of Linear(3, 2)",
            lambda: tt.Linear(3, 2).weight.shape, (2, 3))
stage.check("tanh", "tanh([0, log 3])", lambda: tt.tanh(tt.Tensor([0.0, np.log(3)])).numpy(),
            [0, 0.8])
stage.check("binary_cross_entropy_with_logits", "for scores [0, 0] and labels [0, 1] it",
            lambda: tt.binary_cross_entropy_with_logits(tt.Tensor([0.0, 0.0]),
                                                        np.array([0.0, 1.0])).item(), 0.6931)
stage.check("backward", "the gradient at the first of two weights 0.5 around a tanh", hidden_slope,
            [[-0.1740]])
stage.check("Adam", "two steps with gradient 1, lr 0.1",
            lambda: two_steps(lambda p: tt.Adam(p, lr=0.1)), [4.8])
print("Linear, tanh, binary_cross_entropy_with_logits, backward and Adam work.")

print("\nBy hand\n-------")

# With -1 for no and 1 for yes: one hidden unit says OR, one says AND, and the last layer asks for the first without
# the second. Nine numbers, written down.

def probability(model, x):
    """How sure the model is of yes, for every row of x."""
    with tt.no_grad():
        return tt.sigmoid(model(tt.Tensor(x))).numpy()

def accuracy(model, x, y):
    """The share of right answers."""
    return np.mean((probability(model, x) > 0.5) == y)

def network(inputs, width, seed, activation=tt.tanh):
    """inputs -> width hidden units -> one score."""
    rng = np.random.default_rng(seed)
    return tt.Sequential(tt.Linear(inputs, width, rng=rng), activation,
                         tt.Linear(width, 1, rng=rng))

x, y = parity(2)
by_hand = network(2, 2, seed=0)
by_hand.load_state_dict({"0.weight": [[5, 5], [5, 5]], "0.bias": [5, -5], "2.weight": [[5, -5]],
                         "2.bias": [-5]})
for row, p, label in zip(x, probability(by_hand, x), y, strict=True):
    print(f"{row[0]:3.0f} {row[1]:3.0f}   p = {p[0]:.3f}   XOR is {label[0]:.0f}")
hand_accuracy = accuracy(by_hand, x, y)

print("\nIt learns\n---------")

# Nobody writes the nine numbers now. A single layer and a hidden one of four units, the same points, the same
# optimizer.

def train(model, x, y, steps, lr=0.05, enough=0.0):
    """The loss before each step of Adam, over all examples at once; the last one when the loss is
    below `enough`.
    """
    optimizer, x, losses = tt.Adam(model.parameters(), lr=lr), tt.Tensor(x), [np.inf]
    while len(losses) <= steps and losses[-1] > enough:
        optimizer.zero_grad()
        loss = tt.binary_cross_entropy_with_logits(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses[1:]

rng = np.random.default_rng(1969)
learn, held_out = clouds(400, rng), clouds(2000, rng)
models = {"one layer": tt.Linear(2, 1, rng=1), "four hidden units": network(2, 4, seed=1)}
fig, axes = plt.subplots(1, 4, figsize=(14, 3.2))
draw(axes[1], *held_out, "four hidden units, before",
     lambda x: probability(models["four hidden units"], x))
for ax, (name, model) in zip((axes[2], axes[3]), models.items(), strict=True):
    losses = train(model, *learn, steps=300)
    axes[0].plot(losses, label=name)
    share = accuracy(model, *held_out)
    draw(ax, *held_out, f"{name}: {share:.1%}", lambda x, model=model: probability(model, x))
    print(f"{name:18} loss {losses[0]:.3f} -> {losses[-1]:.3f}, {share:6.1%} of 2,000 other points")
axes[0].axhline(np.log(2), color="gray", ls="--")
axes[0].set(xlabel="step", ylabel="loss")
axes[0].legend()
stage.show("decision_surfaces")
cloud_accuracy = share

print("\nWhat the hidden layer did\n-------------------------")

# Two hidden units, so that what they say can be drawn. In their coordinates the four corners lie differently, and the
# line that did not exist, does.

runs = [network(2, 2, seed) for seed in range(10)]
two = min(runs, key=lambda model: train(model, x, y, 200, lr=0.1)[-1])
with tt.no_grad():
    seen = two[1](two[0](tt.Tensor(x))).numpy()
fig, axes = plt.subplots(1, 2, figsize=(8, 3.6))
draw(axes[0], x, y, "the corners and the answer", lambda x: probability(two, x))
draw(axes[1], seen, y, "as the two hidden units see them", lambda h: probability(two[2], h))
axes[1].set(xlabel="hidden unit 1", ylabel="hidden unit 2")
stage.show("hidden_space")

print("\nHow often?\n----------")

# The loss of two layers is no longer convex: some beginnings get stuck. **Predict:** two hidden units suffice on
# paper. How many of the beginnings find them? (A mean loss below 0.5 / n over n examples means that every answer is
# right, each of them being cheaper than log 2: that is enough.)

seeds, steps = (10, 200) if stage.quick else (50, 400)
widths, activations = (2, 3, 4, 8), {"tanh": tt.tanh, "relu": tt.relu}
solved = {}
for name, activation in activations.items():
    for width in widths:
        finds = []
        for seed in stage.progress(range(seeds), f"{name}, {width} hidden units"):
            model = network(2, width, seed, activation)
            train(model, x, y, steps, lr=0.1, enough=0.5 / len(x))
            finds.append(accuracy(model, x, y) == 1)
        solved[name, width] = np.mean(finds)
print(f"all four corners right, of {seeds} beginnings")
print("hidden units " + "".join(f"{width:6}" for width in widths))
for name in activations:
    print(f"{name:13}" + "".join(f"{solved[name, width]:6.0%}" for width in widths))
fig, ax = plt.subplots(figsize=(5, 3.4))
for name in activations:
    ax.plot(widths, [solved[name, width] for width in widths], "o-", label=name)
ax.set(xlabel="hidden units", ylabel="beginnings that succeed", xticks=widths, ylim=(0, 1.05))
ax.legend()
stage.show("widths")

# What two units leave to luck, a few too many make nearly certain. A unit of ReLU that is 0 at every corner has no
# slope and stays dead; tanh is never quite flat.

print("\nWhat it costs\n-------------")

# A network of d inputs and h hidden units has h (d + 2) + 1 numbers. Forward takes about 2h (d + 1) operations an
# example, backward twice that but for the first layer's inputs, which need no gradient.

print("hidden  parameters  bytes  with gradients and Adam  FLOPs a step  µs a step  bytes in "
      "passing")
for width in (2, 8, 64, 512):
    model = network(2, width, seed=0)
    numbers = sum(p.size for p in model.parameters())
    flops = 4 * (2 * width * 3 + 2 * width * 2 + 4 * width)
    one_step = lambda model=model: train(model, x, y, 1)  # noqa: E731
    microseconds = best_seconds(one_step) * 1e6
    print(f"{width:6}{numbers:12}{4 * numbers:7}{16 * numbers:25,}{flops:14,}{microseconds:11.0f}"
          f"{peak_bytes(one_step):18,}")

# 256 times the units, and hardly more time: four examples are not enough work to notice the arithmetic.

print("\nScaling: the parity of many points\n----------------------------------")

# The theorem of 1969 asks one layer for a unit that sees everything. How many hidden units does it take to *learn*
# odd and even for n points? And, having seen half of the pictures, does the network know the other half?

def learns_parity(n, width, seed, share=1.0):
    """Accuracy on the pictures it learned from, and on the others."""
    x, y = parity(n)
    order = np.random.default_rng(seed).permutation(2 ** n)
    shown, others = np.split(order, [int(share * 2 ** n)])
    model = network(n, width, seed)
    train(model, x[shown], y[shown], 200 if stage.quick else 400, lr=0.05, enough=0.5 / len(shown))
    unseen = accuracy(model, x[others], y[others]) if len(others) else np.nan
    return accuracy(model, x[shown], y[shown]), unseen

points, factors = (range(2, 5) if stage.quick else range(2, 8)), (1, 2, 4, 8)
tries = 2 if stage.quick else 5
parities = {}
print(f"all pictures right, of {tries} beginnings; hidden units ",
      *(f"{f'{f}n':>6}" for f in factors), sep="")
for n in stage.progress(points, "parity"):
    parities[n] = [np.mean([learns_parity(n, f * n, seed)[0] == 1 for seed in range(tries)])
                   for f in factors]
    shares = "".join(f"{share:6.0%}" for share in parities[n])
    print(f"{n} points, {2 ** n:3} pictures" + " " * 35 + shares)
fig, ax = plt.subplots(figsize=(5, 3.4))
for f, shares in zip(factors, np.transpose(list(parities.values())), strict=True):
    ax.plot(list(points), shares, "o-", label=f"{f}n hidden units")
ax.set(xlabel="points n", ylabel="beginnings that learn parity", ylim=(-0.05, 1.05))
ax.legend()
stage.show("parity")

halves = [learns_parity(8, 64, seed, share=0.5) for seed in range(2 if stage.quick else 5)]
known, unknown = np.mean(halves, axis=0)
print(f"8 points, half of the pictures shown: {known:.1%} of these right, {unknown:.1%} of the "
      f"others")

# It can compute parity and learn it by heart. Compare the last two shares: every single point that is flipped flips
# the answer, so the pictures nearest to an unseen one all say the wrong thing. Minsky and Papert had put their
# finger on something that a hidden layer alone does not mend.

print("\nQuestions to think about\n------------------------")

stage.ask("Nine numbers suffice and are often not found, thirty-three always were. What do more "
          "hidden units change: what can be computed, or what can be found?",
          "Take out the activation between the layers. What can the two layers then compute, and "
          "what would the loss settle at?",
          "In the hidden space, which two corners fell together? Why must some?",
          "The network that knew half of the parities by heart: how would you tell, without the "
          "other half?")

print("\nThe verdict\n-----------")

stage.expect("nine numbers by hand", f"{hand_accuracy:.0%}", "100%", hand_accuracy == 1)
stage.expect("XOR, four hidden units, held-out points", f"{cloud_accuracy:.1%}", "98% or more",
             cloud_accuracy >= 0.98)
stage.expect("XOR, two hidden units, best of 10", f"{accuracy(two, x, y):.0%}", "100%",
             accuracy(two, x, y) == 1)
stage.expect("XOR, eight hidden units (tanh), beginnings", f"{solved['tanh', 8]:.0%}",
             "95% or more",
             solved["tanh", 8] >= 0.95)
stage.expect("parity of 4 points, 8n hidden units", f"{parities[4][-1]:.0%}", "100%",
             parities[4][-1] == 1)
stage.verdict()
