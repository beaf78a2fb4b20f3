"""1957: Rosenblatt's perceptron learns

Nobody told the perceptron what *left* and *right* are. It was shown a card, it answered, and its weights were
changed; in the Mark I electric motors did that, by turning potentiometers. Of several rules that Frank Rosenblatt
tried, the one that stayed is *error correction* (Principles of Neurodynamics, 1962): after a wrong answer, and only
then, move the weight of every photocell that was lit a little towards the right one. He and his colleagues proved
that this comes to an end, with every answer right, if some setting of the weights gets every answer right. The
proof that everybody quotes is Albert Novikoff's of 1962. In 1969 Marvin Minsky and Seymour Papert published
*Perceptrons*, a book about the *if*.

Part 1 asked a perceptron that knew nothing, and it was right half of the time. Here it learns. Your framework
cannot find gradients before module 05, so this one is found by hand.
"""
# Exported from 02_rosenblatt_trained.ipynb by `tito export`: change the notebook, not this file.

import tinytorch as tt  # before NumPy: it sets one BLAS thread, the fastest for small matrices
from tito.checks import numerical_gradient
from tito.experiment import Stage, peak_bytes
from tito.measure import best_seconds

import matplotlib.pyplot as plt
import numpy as np
from data import cards, clouds, draw, overlapping, rings, xor

stage = Stage(__doc__)

print("\nYour parts\n----------")

# The loss joins in. Again a few questions with known answers first.

def linear(weight, bias, x):
    """Your Linear with these numbers in it, asked about x."""
    layer = tt.Linear(len(weight[0]), len(weight))
    layer.weight.data, layer.bias.data = np.array(weight, np.float32), np.array(bias, np.float32)
    return layer(tt.Tensor(x)).numpy()

def entropy(p, y):
    """Your binary cross-entropy of probabilities p and labels y."""
    return tt.binary_cross_entropy(tt.Tensor(p), np.asarray(y)).item()

stage.check("Linear", "the shape of the weight of Linear(3, 2)",
            lambda: tt.Linear(3, 2).weight.shape, (2, 3))
stage.check("Linear", "for weight [[1, 2]], bias [3] and x = [[1, 1]] it",
            lambda: linear([[1, 2]], [3], [[1, 1]]), [[6]])
stage.check("Linear",
            "for weight [[1, 2, 3], [4, 5, 6]], bias [0, 10] and x = [[1, 0, 0], [1, 1, 1]] it",
            lambda: linear([[1, 2, 3], [4, 5, 6]], [0, 10], [[1, 0, 0], [1, 1, 1]]),
            [[1, 14], [6, 25]])
stage.check("Linear", "with bias=False, for x = [[0, 0]] it",
            lambda: tt.Linear(2, 1, bias=False)(tt.Tensor([[0, 0]])).numpy(), [[0]])
stage.check("sigmoid", "sigmoid([-100, 0, 100])",
            lambda: tt.sigmoid(tt.Tensor([-100, 0, 100])).numpy(), [0, 0.5, 1])
stage.check("sigmoid", "sigmoid([log 3])", lambda: tt.sigmoid(tt.Tensor([np.log(3)])).numpy(),
            [0.75])
stage.check("binary_cross_entropy", "for p = [0.5, 0.5] and labels [0, 1] it",
            lambda: entropy([0.5, 0.5], [0, 1]), 0.6931)
stage.check("binary_cross_entropy", "for p = [0.9, 0.2] and labels [1, 0] it",
            lambda: entropy([0.9, 0.2], [1, 0]), 0.1643)
print("Linear, sigmoid and binary_cross_entropy work.")

print("\nTwo rules that are one\n----------------------")

# How wrong is the perceptron about one example x with label y? The cross-entropy says
#
#     z = w·x + b        p = sigmoid(z)        L = -y log p - (1 - y) log(1 - p)
#
# and the chain rule asks, step by step, how L follows a weight.
#
#     dL/dp = (p - y) / (p (1 - p))       from the two logarithms
#     dp/dz = p (1 - p)                   the slope of the sigmoid
#     dL/dz = p - y                       their product: everything awkward cancels
#     dL/dw = (p - y) x                   because dz/dw = x
#     dL/db = p - y                       because dz/db = 1
#
# So a step downhill is `w - rate (p - y) x`: error times input. Now put Rosenblatt's hard answer, 0 or 1, where p
# stands. A right answer changes nothing; a wrong one adds x to w or takes it away. That is error correction: the same
# line, with a step in place of the sigmoid.

def probability(layer, x):
    """How sure the perceptron is that each row of x is a 1: len(x) numbers."""
    return tt.sigmoid(layer(tt.Tensor(x))).numpy().reshape(-1)

def loss(layer, x, y):
    """Your cross-entropy of what it says about x."""
    return entropy(probability(layer, x), y)

def accuracy(layer, x, y):
    """The share of rows that it gets right."""
    return np.mean((probability(layer, x) > 0.5) == y)

def gradient(p, x, y):
    """dL/dw and dL/db of the mean loss, where p = probability(layer, x): derived above, by hand."""
    error = (p - y).astype(np.float32)
    return error[None, :] @ x / len(x), error.mean(keepdims=True)

# Trust, and check: wiggle each number of the layer, and see how your loss follows.

rng = np.random.default_rng(1957)
layer, (x, y) = tt.Linear(2, 1, rng=0), overlapping(50, rng)
by_hand = np.append(*gradient(probability(layer, x), x, y))

def loss_at(numbers, x, y):
    """The loss of a perceptron whose w1, w2 and b are these numbers."""
    w1, w2, b = np.float32(numbers)
    other = tt.Linear(2, 1)
    other.weight.data, other.bias.data = np.array([[w1, w2]]), np.array([b])
    return loss(other, x, y)

numbers = np.append(layer.weight.data, layer.bias.data)
wiggled = numerical_gradient(lambda numbers: loss_at(numbers, x, y), numbers, step=1e-2)
for name, ours, measured in zip(("dL/dw1", "dL/dw2", "dL/db"), by_hand, wiggled, strict=True):
    print(f"{name:8} by hand {ours:8.4f}   wiggled {measured:8.4f}")
gradient_error = np.abs(by_hand - wiggled).max()

print("\nIt learns\n---------")

# 200 points to learn from, 1,000 others to be asked about. `.data` gets a new array at each step.

def train(layer, x, y, steps=200, rate=1.0):
    """Walk downhill on the mean loss.

    Gives the weights and the probabilities that each step began with.
    """
    history = []
    for _ in range(steps):
        p = probability(layer, x)
        history.append((layer.weight.data[0], p))
        dw, db = gradient(p, x, y)
        layer.weight.data = layer.weight.data - rate * dw
        layer.bias.data = layer.bias.data - rate * db
    return history

learn, held_out = clouds(200, rng), clouds(1000, rng)
layer = tt.Linear(2, 1, rng=2)
fig, axes = plt.subplots(1, 2, figsize=(8, 3.4))
for ax, when in zip(axes, ("before", "after 200 steps"), strict=True):
    if when != "before":
        history = train(layer, *learn, rate=0.1)
    draw(ax, *held_out, f"{when}: {accuracy(layer, *held_out):.1%} of held-out points right",
         lambda x: probability(layer, x))
    print(f"{when:16} {accuracy(layer, *held_out):6.1%} right, loss {loss(layer, *held_out):.3f}")
stage.show("boundary")

path, answers = map(np.array, zip(*history, strict=True))
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2))
axes[0].plot([entropy(p, learn[1]) for p in answers])
axes[0].axhline(np.log(2), color="gray", ls="--", label="log 2: no idea")
axes[1].plot(np.mean((answers > 0.5) == learn[1], axis=1))
axes[0].set(xlabel="step", ylabel="loss", title="loss")
axes[1].set(xlabel="step", ylabel="accuracy", title="accuracy on the points it learns from")
axes[0].legend()
stage.show("curves")

# The accuracy is at its ceiling early, while the loss goes on falling: the line lies well, and the
# perceptron only grows surer. On data that a line separates it never stops: twice the weights are always a little
# better.

print("\nThe landscape\n-------------")

# The same walk seen from above: the loss at every pair of weights, with the bias it ended with.

side = 20 if stage.quick else 40
w1, w2 = np.linspace(-3, 6, side), np.linspace(-3, 6, side)
bias = layer.bias.data[0]
height = [[loss_at([a, b, bias], *learn) for a in w1] for b in w2]
fig, ax = plt.subplots(figsize=(5.6, 4.2))
land = ax.contourf(w1, w2, np.log10(height), levels=15, cmap="viridis")
ax.plot(*path.T, ".-", color="white", ms=4, label="200 steps")
ax.plot(*path[0], "o", color="firebrick", label="start")
ax.plot(*path[-1], "o", color="navy", label="end")
ax.set(xlabel="w1", ylabel="w2", title="log10 of the loss")
ax.legend(loc="lower left")
fig.colorbar(land)
stage.show("landscape")

# One slope, no second valley: the cross-entropy of a perceptron is convex, so every start leads down. The steps
# shrink because (p - y) does.

print("\nA hundred beginnings\n--------------------")

# One success proves little. So: other points, other starting weights, other held-out points, a hundred times.

seeds = 100
before, after = [], []
for seed in stage.progress(range(seeds), "training"):
    rng = np.random.default_rng([1958, seed])
    layer, learn, held_out = tt.Linear(2, 1, rng=rng), clouds(200, rng), clouds(1000, rng)
    before.append(accuracy(layer, *held_out))
    train(layer, *learn, steps=20)
    after.append(accuracy(layer, *held_out))
print(f"held out, {seeds} seeds   mean    worst     best")
for when, found in (("untrained", before), ("trained, 20 steps", after)):
    print(f"{when:18} {np.mean(found):7.1%}  {np.min(found):7.1%}  {np.max(found):7.1%}")

print("\nFifty cards\n-----------")

# Now the demonstration of 1958 again, with error correction: one card at a time, an answer, and a correction where
# the answer was wrong. The retina has 20 x 20 photocells, so 401 numbers learn.

def step(layer, x):
    """Rosenblatt's hard answers: 1 where z > 0."""
    return (layer(tt.Tensor(x)).numpy().reshape(-1) > 0).astype(int)

def correct(layer, x, y):
    """Error correction after one example: error times input.

    Gives True if there was something to correct.
    """
    error = np.float32(step(layer, x[None])[0] - y)
    if error:
        layer.weight.data = layer.weight.data - error * x[None]
        if layer.bias is not None:
            layer.bias.data = layer.bias.data - error
    return bool(error)

shown = np.array([0, 5, 10, 20, 35, 50, 75, 100, 150, 200])
held_out = cards(500, np.random.default_rng(58))
scores = np.zeros((5 if stage.quick else 20, len(shown)))
for seed, row in enumerate(stage.progress(scores, "cards")):
    rng = np.random.default_rng(seed)
    layer, stack = tt.Linear(400, 1, rng=rng), zip(*cards(200, rng), strict=True)
    for i, count in enumerate(np.diff(shown, prepend=0)):
        for _ in range(count):
            correct(layer, *next(stack))
        row[i] = np.mean(step(layer, held_out[0]) == held_out[1])
print(f"cards shown   500 other cards right: mean of {len(scores)}    worst")
for count, score in zip(shown, scores.T, strict=True):
    print(f"{count:11}   {score.mean():34.1%}  {score.min():7.1%}")

fig, axes = plt.subplots(1, 2, figsize=(9, 3.4))
axes[0].plot(shown, scores.T, color="lightsteelblue")
axes[0].plot(shown, scores.mean(axis=0), "o-", color="navy", label="mean")
axes[0].axvline(50, color="firebrick", lw=0.7, label="the Navy's fifty")
axes[0].set(xlabel="cards shown", ylabel="accuracy on other cards")
axes[0].legend(loc="lower right")
limit = np.abs(layer.weight.data).max()
image = axes[1].imshow(layer.weight.data.reshape(20, 20), cmap="RdBu", vmin=-limit, vmax=limit)
axes[1].set_title("the weights after 200 cards")
fig.colorbar(image)
stage.show("fifty_cards")

# Nobody wrote *left* into the program. Experience wrote it into the weights, as a picture that can be read: red pulls
# to left, blue to right. Our cards are not the Navy's, but fifty of them bring the machine about as far as the
# newspaper said.

print("\nHow many mistakes can it make?\n------------------------------")

# Novikoff's argument takes three lines. Let some unit vector u put every example on its side with a margin g, let no
# example be longer than R, and start at w = 0. At every mistake
#
#     u·w     grows by at least g              each correction points u's way
#     |w|²    grows by at most R²              because the answer was wrong, w·x had the wrong sign
#     after M mistakes:  M g <= u·w <= |w| <= R √M,  so  M <= (R / g)²
#
# Not a word about how many examples there are, or how many inputs. Build data whose margin is known, and count.

def with_margin(margin, rng, n=300, inputs=20):
    """n unit vectors between one and two margins away from a random plane, and their sides."""
    u = rng.normal(size=inputs)
    u /= np.linalg.norm(u)
    x = rng.normal(size=(n, inputs))
    x -= np.outer(x @ u, u)
    y = rng.permutation(np.arange(n) % 2)
    along = (2 * y - 1) * rng.uniform(margin, 2 * margin, n)
    x *= (np.sqrt(1 - along ** 2) / np.linalg.norm(x, axis=1))[:, None]
    return (x + np.outer(along, u)).astype(np.float32), y

def count_mistakes(layer, x, y):
    """Go round and round until a whole round is right; gives the number of corrections."""
    mistakes, place = 0, 0
    while mistakes < 10_000 and len(wrong := np.flatnonzero(step(layer, x) != y)):
        # the next one that it gets wrong
        place = wrong[np.searchsorted(wrong, place) % len(wrong)]
        mistakes += correct(layer, x[place], y[place])
    return mistakes

margins = [0.4, 0.3, 0.2, 0.1] if stage.quick else [0.4, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05]
mistakes = []
for margin in stage.progress(margins, "margins"):
    row = []
    for seed in range(5):
        layer = tt.Linear(20, 1, bias=False)
        layer.weight.data = np.zeros((1, 20), np.float32)
        row.append(count_mistakes(layer, *with_margin(margin, np.random.default_rng(seed))))
    mistakes.append(row)
    print(f"margin {margin:4}   mistakes {min(row):4} to {max(row):4}   never more than "
          f"{1 / margin ** 2:6.1f}")
within_bound = all(max(row) <= 1 / margin ** 2
                   for row, margin in zip(mistakes, margins, strict=True))
bounds = 1 / np.square(margins)
plt.figure(figsize=(5, 3.4))
plt.loglog(bounds, mistakes, "o", color="navy", ms=4)
plt.loglog(bounds, bounds, "--", color="firebrick", label="Novikoff: (R / g)²")
plt.xlabel("(R / g)²")
plt.ylabel("mistakes until all is right")
plt.legend()
stage.show("mistakes")

print("\nWhat no line can do\n-------------------")

# Two clouds that overlap are bad luck. XOR is worse: its classes lie neatly apart, and neither rule gets anywhere.

hard = {"two clouds": clouds, "overlapping clouds": overlapping, "XOR": xor, "rings": rings}
result, curves = {name: [] for name in hard}, {}
fig, axes = plt.subplots(1, 4, figsize=(13, 3))
for ax, (name, make) in zip(axes, hard.items(), strict=True):
    for seed in stage.progress(range(10), name):
        rng, layer = np.random.default_rng(seed), tt.Linear(2, 1, rng=seed)
        learn, held_out = make(200, rng), make(1000, rng)
        history = train(layer, *learn, steps=100)
        result[name].append((loss(layer, *learn), accuracy(layer, *held_out)))
    curves[name] = [entropy(p, learn[1]) for _, p in history]
    draw(ax, *held_out, f"{name}: {result[name][-1][1]:.1%}",
         lambda x, layer=layer: probability(layer, x))
stage.show("what_no_line_can_do")
print("trained, 100 steps        loss   held out: mean    worst     best")
for name, found in result.items():
    losses, found = np.array(found).T
    print(f"{name:20} {losses.mean():9.3f}        {found.mean():9.1%}  {found.min():7.1%}  "
          f"{found.max():7.1%}")

fig, axes = plt.subplots(1, 2, figsize=(10, 3.4))
for name, make in hard.items():
    x, y = make(200, np.random.default_rng(0))
    layer = tt.Linear(2, 1, rng=0)
    rounds = [sum(correct(layer, *example) for example in zip(x, y, strict=True))
              for _ in range(10)]
    print(f"error correction, {name:20} corrections in the first round {rounds[0]:3}, in the "
          f"tenth {rounds[-1]:3}")
    axes[0].plot(curves[name], label=name)
    axes[1].plot(np.arange(1, len(rounds) + 1), rounds, "o-", ms=3, label=name)
axes[0].axhline(np.log(2), color="gray", ls="--")
axes[0].text(60, 0.71, "log 2")
axes[0].set(xlabel="step", ylabel="loss", title="the gradient's loss")
axes[1].set(xlabel="round of 200 points", ylabel="corrections", title="error correction")
axes[1].legend(bbox_to_anchor=(1.02, 1), loc="upper left")
stage.show("stuck")

# The gradient settles at log 2 = 0.693, the price of saying "half" to everything, with weights close to 0; which side
# of the line a point falls on is then decided by accidents of the sample. It does not even find the line that has
# three of XOR's four clouds right, because being sure and wrong about the fourth costs more than it gains. Error
# correction never stops: the theorem's *if* fails, and each correction undoes another.
#
# Minsky and Papert showed in 1969 that patience does not help, and what larger machines of this kind cannot do either
# as long as none of their units sees the whole retina: telling odd from even, for one. In the years that followed,
# interest and money went elsewhere. The way out is a second layer and a way to train it: milestone 02.

print("\nWhat learning costs\n-------------------")

# For n examples of d inputs a step takes 2nd operations forward, 2nd for error times input, and 2d for the update.
# d + 1 numbers are learned, and as many make the gradient, 4 bytes each. The rest, a few numbers for each example, is
# gone after the step.

def one_step(n, inputs):
    """A function that takes one step on n examples."""
    layer, rng = tt.Linear(inputs, 1, rng=0), np.random.default_rng(0)
    x, y = rng.normal(size=(n, inputs)).astype(np.float32), np.arange(n) % 2
    return lambda: train(layer, x, y, steps=1)

print("examples  inputs  parameters  bytes    FLOPs a step  µs a step  MFLOP/s  bytes in passing")
for n, inputs in ((1, 2), (200, 2), (1, 400), (200, 400), (2000, 400)):
    flops, seconds = 4 * n * inputs + 2 * inputs, best_seconds(one_step(n, inputs))
    print(f"{n:8}{inputs:8}{inputs + 1:12}{4 * (inputs + 1):7}{flops:16,}{seconds * 1e6:11.0f}"
          f"{flops / seconds / 1e6:9.0f}{peak_bytes(one_step(n, inputs)):18,}")

print("\nScaling: how many examples does it need?\n----------------------------------------")

# **Predict.** Twice the inputs: how many more examples until it is right about new ones? The points are random, and
# so is the plane that sorts them.

def learned(inputs, n, rng):
    """Accuracy on new examples, after learning from n that a random plane sorts."""
    x, layer = rng.normal(size=(n + 1000, inputs)).astype(np.float32), tt.Linear(inputs, 1, rng=rng)
    y = (x @ rng.normal(size=inputs) > 0).astype(int)
    train(layer, x[:n], y[:n], steps=100)
    return accuracy(layer, x[n:], y[n:])

widths = (10, 50) if stage.quick else (10, 50, 200)
ratios = np.array([0.5, 1, 2, 4, 8, 16])
grades = {}
for inputs in stage.progress(widths, "examples"):
    rng = np.random.default_rng(inputs)
    grades[inputs] = [np.mean([learned(inputs, int(r * inputs), rng) for _ in range(3)])
                      for r in ratios]
print("examples per input " + "".join(f"{ratio:8}" for ratio in ratios))
for inputs, row in grades.items():
    print(f"{inputs:4} inputs        " + "".join(f"{share:8.1%}" for share in row))

counts = [10, 100, 1000, 10_000] if stage.quick else [10, 100, 1000, 10_000, 100_000]
fig, axes = plt.subplots(1, 2, figsize=(10, 3.4))
for inputs in (2, 20):
    times = [best_seconds(one_step(n, inputs)) for n in counts]
    axes[0].loglog(counts, times, "o-", label=f"{inputs} inputs")
axes[0].set(xlabel="examples n", ylabel="seconds a step", title="time")
for inputs, row in grades.items():
    axes[1].semilogx(ratios * inputs, row, "o-", label=f"{inputs} inputs")
axes[1].axhline(0.95, color="firebrick", lw=0.7)
axes[1].set(xlabel="examples learned from", ylabel="accuracy on new ones", title="what they buy")
axes[0].legend(loc="upper left")
axes[1].legend(loc="lower right")
stage.show("scaling")

# In the table the rows agree: it is the number of examples *per input* that counts. Twenty times the inputs need
# twenty times the examples, and each of them costs twenty times the arithmetic.

print("\nQuestions to think about\n------------------------")

stage.ask("Cross-entropy goes on moving the weights when every answer is right, error correction "
          "stops. Which of the two lines would you trust more with a new point near the boundary?",
          "Novikoff's bound does not mention the number of inputs, the table of the last study is "
          "about nothing else. What do the two count?",
          "XOR with a third input, x1 times x2: could the perceptron learn it? What would you "
          "have to know beforehand?",
          "On the retina some weights never changed, whatever the cards. Which, and what does "
          "that say about learning from examples?")

print("\nThe verdict\n-----------")

xor_loss, xor_accuracy = np.mean(result["XOR"], axis=0)
stage.expect("gradient, by hand minus wiggled", f"{gradient_error:.0e}", "below 1e-3",
             gradient_error < 1e-3)
stage.expect("two clouds, untrained, mean", f"{np.mean(before):.1%}", "about 50%",
             0.35 < np.mean(before) < 0.65)
stage.expect("two clouds, trained, worst of 100", f"{min(after):.1%}", "95% or more",
             min(after) >= 0.95)
stage.expect("left or right, after 200 cards", f"{scores[:, -1].mean():.1%}", "95% or more",
             scores[:, -1].mean() >= 0.95)
stage.expect("XOR, trained, mean", f"{xor_accuracy:.1%}", "about 50%", 0.4 < xor_accuracy < 0.6)
stage.expect("XOR, loss it is stuck at", f"{xor_loss:.3f}", "about 0.69", 0.66 < xor_loss < 0.71)
stage.expect("mistakes within Novikoff's bound", "yes" if within_bound else "no", "yes",
             within_bound)
stage.verdict()
