"""1957: Rosenblatt's perceptron, before it learns

In January 1957 Frank Rosenblatt, a psychologist at the Cornell Aeronautical Laboratory in Buffalo, wrote a report
on "a perceiving and recognizing automaton": the perceptron. It has a retina, wires, and weights that change with
experience. On July 7, 1958 the U.S. Navy showed it to the press, simulated on an IBM 704 that was fed cards marked
on the left or on the right. After some fifty cards it told one from the other, and nobody had told it how. The next
day the New York Times headlined "New Navy Device Learns By Doing" and wrote of an embryo that the Navy expects
"will be able to walk, talk, see, write, reproduce itself and be conscious of its existence". A machine made for the
purpose, the Mark I, was shown in 1960: 400 photocells for a retina, and electric motors that turned the knobs of
its weights.

This part builds the half that answers, from your own code, and asks what it knows before it has seen a single card.
Part 2 teaches it.
"""
# Exported from 01_rosenblatt_forward.ipynb by `tito export`: change the notebook, not this file.

import tinytorch as tt  # before NumPy: it sets one BLAS thread, the fastest for small matrices
from tito.experiment import Stage, peak_bytes
from tito.measure import best_seconds

import matplotlib.pyplot as plt
import numpy as np
from data import cards, clouds, draw, overlapping, rings, xor

stage = Stage(__doc__)

print("\nThe machine\n-----------")

# In the Mark I, 512 *association units* are wired to the photocells, and no experience changes those wires. What
# learns is the last step: a weighted sum, and a decision. That step is all we build.
#
#     z = w·x + b          your Linear: x are the inputs, w and b are what experience will change
#     answer = z > 0       Rosenblatt's unit: yes or no
#     p = sigmoid(z)       ours: above 0.5 where z > 0, and it also says how sure it is
#
# The sigmoid is not his. It comes from statistics (Joseph Berkson 1944, David Cox 1958), and part 2 needs its slope.

fig, ax = plt.subplots(figsize=(7, 2.8))
for height, name in ((2, "$x_1$"), (1, "$x_2$"), (0, "1")):
    weight = "b" if name == "1" else name.replace("x", "w")
    ax.annotate("", (2.75, 1), (0.25, height), arrowprops={"arrowstyle": "->", "color": "gray"})
    ax.text(1.4, (height + 1) / 2 + 0.13, weight, fontsize=12)
    ax.text(0, height, name, ha="center", va="center", fontsize=12,
            bbox={"boxstyle": "circle", "fc": "whitesmoke"})
for start, end in ((3.25, 4.6), (5.8, 6.9)):
    ax.annotate("", (end, 1), (start, 1), arrowprops={"arrowstyle": "->", "color": "gray"})
ax.text(3, 1, "Σ", ha="center", va="center", fontsize=16,
        bbox={"boxstyle": "circle", "fc": "lightsteelblue"})
ax.text(5.2, 1, "sigmoid", ha="center", va="center", fontsize=12,
        bbox={"boxstyle": "round", "fc": "gold"})
for across, height, text in ((3, 0.25, "Linear(2, 1)"), (3.9, 1.12, "z"), (7.05, 0.95, "p")):
    ax.text(across, height, text, ha="center", fontsize=12)
ax.set(xlim=(-0.3, 7.4), ylim=(-0.35, 2.35))
ax.axis("off")
stage.show("machine")

print("\nYour parts\n----------")

# Before anything is built on them, a few questions with known answers.

def linear(weight, bias, x):
    """Your Linear with these numbers in it, asked about x."""
    layer = tt.Linear(len(weight[0]), len(weight))
    layer.weight.data, layer.bias.data = np.array(weight, np.float32), np.array(bias, np.float32)
    return layer(tt.Tensor(x)).numpy()

stage.check("Linear", "the shape of the weight of Linear(3, 2)",
            lambda: tt.Linear(3, 2).weight.shape, (2, 3))
stage.check("Linear", "for weight [[1, 2]], bias [3] and x = [[1, 1]] it",
            lambda: linear([[1, 2]], [3], [[1, 1]]), [[6]])
stage.check("Linear",
            "for weight [[1, 2, 3], [4, 5, 6]], bias [0, 10] and x = [[1, 0, 0], [1, 1, 1]] it",
            lambda: linear([[1, 2, 3], [4, 5, 6]], [0, 10], [[1, 0, 0], [1, 1, 1]]),
            [[1, 14], [6, 25]])
stage.check("Linear", "the number of equal weights in two layers of other seeds",
            lambda: np.sum(tt.Linear(50, 1, rng=0).weight.numpy()
                           == tt.Linear(50, 1, rng=1).weight.numpy()), 0)
stage.check("sigmoid", "sigmoid([-100, 0, 100])",
            lambda: tt.sigmoid(tt.Tensor([-100, 0, 100])).numpy(), [0, 0.5, 1])
stage.check("sigmoid", "sigmoid([log 3])", lambda: tt.sigmoid(tt.Tensor([np.log(3)])).numpy(),
            [0.75])
print("Linear and sigmoid work.")

print("\nWhat it will be asked\n---------------------")

# Four sets of points in the plane, and the cards of 1958. A line separates the first set; the second it separates as
# well as anything can; for the last two a line is the wrong shape.

rng = np.random.default_rng(1957)
questions = {"two clouds": clouds, "overlapping clouds": overlapping, "XOR": xor, "rings": rings}
sets = {name: make(400, rng) for name, make in questions.items()}
fig, axes = plt.subplots(1, 4, figsize=(12, 3))
for ax, (name, (x, y)) in zip(axes, sets.items(), strict=True):
    draw(ax, x, y, f"{name}: {len(y)} points")
stage.show("data")

sets["cards"] = cards(400, rng)
x, y = sets["cards"]
fig, axes = plt.subplots(1, 6, figsize=(12, 2.3))
for ax, card, right in zip(axes, x, y, strict=False):
    ax.imshow(card.reshape(20, 20), cmap="Greys")
    ax.axvline(9.5, color="firebrick", lw=0.7)
    ax.set(title=f"{right}: {'right' if right else 'left'}", xticks=[], yticks=[])
stage.show("cards")

print("\nWhat it knows before it learns\n------------------------------")

# Four perceptrons with four seeds, as they come out of `Linear`. **Predict** how often each is right, before you
# look.

def probability(layer, x):
    """How sure the perceptron is that each row of x is a 1."""
    return tt.sigmoid(layer(tt.Tensor(x))).numpy().reshape(-1)

def accuracy(layer, x, y):
    """The share of rows that it gets right; on the fence (p = 0.5) counts as 0."""
    return np.mean((probability(layer, x) > 0.5) == y)

x, y = sets["two clouds"]
fig, axes = plt.subplots(1, 4, figsize=(12, 3))
for seed, ax in enumerate(axes):
    layer = tt.Linear(2, 1, rng=seed)
    draw(ax, x, y, f"seed {seed}: {accuracy(layer, x, y):.0%} right",
         lambda x, layer=layer: probability(layer, x))
stage.show("untrained")

# Some are nearly right, some wrong about everything, and none of them *knows* anything: the line lies where chance
# put it. One seed proves nothing, so take many.

seeds = 200 if stage.quick else 1000
guesses = {name: [] for name in sets}
for seed in stage.progress(range(seeds), "untrained perceptrons"):
    for name, (x, y) in sets.items():
        guesses[name].append(accuracy(tt.Linear(x.shape[1], 1, rng=seed), x, y))
print(f"{'untrained, ' + str(seeds) + ' seeds':24}   mean    worst     best")
for name, found in guesses.items():
    print(f"{name:24} {np.mean(found):6.1%}   {np.min(found):6.1%}   {np.max(found):6.1%}")

fig, axes = plt.subplots(1, 5, figsize=(13, 2.6), sharey=True)
for ax, (name, found) in zip(axes, guesses.items(), strict=True):
    ax.hist(found, bins=np.linspace(0, 1, 26), color="lightsteelblue")
    ax.axvline(np.mean(found), color="firebrick")
    ax.set(title=f"{name}: mean {np.mean(found):.1%}", xlabel="accuracy")
    ax.title.set_fontsize(9)
axes[0].set_ylabel("perceptrons")
stage.show("distribution")

# The mean is 50% whatever the question, and it has to be. For every perceptron there is a twin with all signs turned,
# just as likely to come out of `Linear`, that answers the opposite to everything: where one has 93%, the other has
# 7%.

print("\nWhat any line could do\n----------------------")

# So it must learn. How good could it become? Try 180 directions and every threshold: your `Linear` asks all
# directions at once, one output each.

def best_line(x, y):
    """The accuracy of the best of all lines, in 180 directions: sort along each, cut at every
    place.
    """
    angle = np.linspace(0, np.pi, 180, endpoint=False)
    layer = tt.Linear(2, 180, bias=False)
    layer.weight.data = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    order = np.argsort(layer(tt.Tensor(x)).numpy(), axis=0)
    zeros_below = np.cumsum(y[order] == 0, axis=0)
    ones_below = np.cumsum(y[order] == 1, axis=0)
    right = (zeros_below + (y == 1).sum() - ones_below) / len(y)
    # the line may also point the other way
    return max(right.max(), 1 - right.min())

best = {name: best_line(x, y) for name, (x, y) in sets.items() if name != "cards"}
for name, share in best.items():
    print(f"{name:20} the best line gets {share:.1%}")

# A line can have two clouds to itself. Of XOR's four clouds it can get three; there is no line for the fourth. Keep
# that number: in part 2 the perceptron will not even get as far.

print("\nWhat an answer costs\n--------------------")

# n weights and a bias are n + 1 numbers of 4 bytes. A sum takes n products and n additions, 2n operations; the
# sigmoid adds about four. An IBM 704 did some 12,000 additions of floating-point numbers a second.

print(f"{'':18}{'parameters':>11}{'bytes':>7}{'FLOPs':>7}{'µs here':>9}{'at 12,000 a second':>20}")
for name, inputs in (("two numbers", 2), ("Mark I's retina", 400)):
    layer, one = tt.Linear(inputs, 1, rng=0), np.ones((1, inputs), np.float32)
    parameters = [layer.weight.data, layer.bias.data]
    flops = 2 * inputs + 4
    seconds = best_seconds(lambda layer=layer, one=one: probability(layer, one))
    count, memory = sum(a.size for a in parameters), sum(a.nbytes for a in parameters)
    print(f"{name:18}{count:11}{memory:7}{flops:7}"
          f"{seconds * 1e6:9.1f}{flops / 12_000 * 1e3:17.1f} ms")

# A hundred times the work, nearly the same time: what we pay for is the call, not the arithmetic.

print("\nScaling: from the Mark I to an eye\n----------------------------------")

# The optic nerve of one human eye has about a million fibres. **Predict:** for 16 pictures, from which size of retina
# on does the time follow the arithmetic? And how many bytes does the forward pass need beyond weights and pictures?

sides = [5, 10, 20, 50, 100, 200] if stage.quick else [5, 10, 20, 50, 100, 200, 500, 1000]
seconds, weights, peaks = [], [], []
for side in stage.progress(sides, "retinas"):
    layer = tt.Linear(side * side, 1, rng=0)
    pictures = tt.Tensor(np.zeros((16, side * side), np.float32))
    seconds.append(best_seconds(lambda layer=layer, pictures=pictures: tt.sigmoid(layer(pictures))))
    weights.append(layer.weight.data.nbytes + layer.bias.data.nbytes)
    peaks.append(peak_bytes(lambda layer=layer, pictures=pictures: tt.sigmoid(layer(pictures))))
for side, time, weight, peak in zip(sides, seconds, weights, peaks, strict=True):
    print(f"{side:5} x {side:<5} {time * 1e6:10.1f} µs  weights {weight:9,} bytes  forward pass "
          f"{peak:6,} bytes more")

inputs = np.square(sides)
fig, axes = plt.subplots(1, 2, figsize=(10, 3.4))
axes[0].loglog(inputs, seconds, "o-", label="measured")
axes[0].loglog(inputs, seconds[-1] * inputs / inputs[-1], "--", color="gray",
               label="proportional to n")
axes[0].set(xlabel="photocells n", ylabel="seconds for 16 pictures", title="time")
axes[1].loglog(inputs, weights, "o-", label="weights, measured")
axes[1].loglog(inputs, 4 * (inputs + 1), "--", color="gray", label="4 (n + 1)")
axes[1].loglog(inputs, peaks, "s-", label="forward pass, measured peak")
axes[1].set(xlabel="photocells n", ylabel="bytes", title="memory")
for ax in axes:
    ax.axvline(400, color="firebrick", lw=0.7)
    ax.legend()
stage.show("scaling")

# Left of the red line, the Mark I, time is a price for calling; far right it is the pictures travelling from memory,
# 4 bytes for every 2 operations. The pass itself needs the same few thousand bytes whatever the size: 16 sums, and
# the computation graph that a later backward pass would walk.

print("\nQuestions to think about\n------------------------")

stage.ask("The histogram of the two clouds piles up at both ends, that of XOR in the middle. What "
          "is it about XOR's four clouds that most lines get about half of the points right?",
          "With every bias set to 0, which of the five means would change, and why? And with all "
          "weights at 0?",
          "The Mark I had 512 association units between retina and response. Their wires were "
          "random and fixed. What could such a layer make possible for XOR that one line cannot "
          "do?",
          "A single answer costs microseconds here and took 67 ms on an IBM 704. Which of the two "
          "machines spends the larger part of that time on arithmetic?")

print("\nThe verdict\n-----------")

for name in ("two clouds", "XOR", "cards"):
    mean = np.mean(guesses[name])
    stage.expect(f"untrained, {name}, mean of {seeds} seeds", f"{mean:.1%}", "about 50%",
                 0.4 < mean < 0.6)
stage.expect("two clouds, best of all lines", f"{best['two clouds']:.1%}", "95% or more",
             best["two clouds"] >= 0.95)
stage.expect("XOR, best of all lines", f"{best['XOR']:.1%}", "about 75%", 0.7 < best["XOR"] < 0.8)
stage.expect("weights of the largest retina", f"{weights[-1]:,} bytes",
             f"{4 * (inputs[-1] + 1):,} bytes",
             weights[-1] == 4 * (inputs[-1] + 1))
stage.verdict()
