"""1986: backpropagation learns to represent

On 9 October 1986 *Nature* (volume 323, pages 533 to 536) printed "Learning representations by back-propagating
errors" by David Rumelhart, Geoffrey Hinton and Ronald Williams. Part 2 of the milestone of 1969 told who had the
chain rule before them. What was new to most readers stands in the title: *representations*. Units that no one had
told what to do came to stand for something. To tell whether six bits read the same from both ends, two hidden units
found weights that are equal and opposite around the middle. Given the relatives of two families, person by person,
hidden units came to stand for generation and for branch of the family, and neither is among the inputs.

The paper adds that the procedure, in its form of then, "is not a plausible model of learning in brains". It is what
has trained nearly every neural network since. Here it reads digits of 8 x 8 pixels, by your own code.
"""
# Exported from 01_rumelhart_tinydigits.ipynb by `tito export`: change the notebook, not this file.

import tinytorch as tt  # before NumPy: it sets one BLAS thread, the fastest for small matrices
from tito.experiment import Stage, peak_bytes
from tito.known_answers import two_steps
from tito.measure import best_seconds
from tito.pictures import confusion, draw_confusion

import matplotlib.pyplot as plt
import numpy as np
from network import answers, flops, mlp, parameters, part, pixels, shifted
from pictures import draw_mistakes, draw_scaling, draw_units, wall

stage = Stage(__doc__)

print("\nYour parts\n----------")

# Much has joined since XOR: data sets in batches, schedules, a Trainer. Questions with known answers first.

def hidden_slope():
    """Your backward through two layers and relu: dL/dw of the first weight, all weights 0.5, x =
    [1], label 1.
    """
    model = tt.Sequential(tt.Linear(1, 1, bias=False), tt.relu, tt.Linear(1, 2, bias=False))
    model.load_state_dict({"0.weight": [[0.5]], "2.weight": [[0.5], [-0.5]]})
    tt.cross_entropy(model(tt.Tensor([[1.0]])), np.array([1])).backward()
    return next(model.parameters()).grad

def cycle():
    """The rates of your OneCycleLR on its way up and at its end."""
    optimizer = tt.SGD([tt.Tensor([5.0], requires_grad=True)], lr=1.0)
    schedule, rates = tt.OneCycleLR(optimizer, max_lr=1.0, total_steps=10), []
    for _ in range(10):
        rates.append(optimizer.lr)
        schedule.step()
    return [*rates[:3], rates[9]]

def fitted():
    """The losses of your Trainer in two epochs of one example: x = 1, y = 1, a weight that begins
    at 0.
    """
    model = tt.Linear(1, 1, bias=False)
    model.load_state_dict({"weight": [[0.0]]})
    one = tt.Tensor([[1.0]])
    trainer = tt.Trainer(model, tt.SGD(model.parameters(), lr=0.1), tt.mse_loss)
    return trainer.fit([(one, one)], 2, watch=None)["loss"]

def sizes_of_batches():
    """How many examples lie in each batch of two, out of five."""
    five = tt.TensorDataset(np.zeros((5, 1), np.float32), np.arange(5))
    return [len(y) for x, y in tt.DataLoader(five, 2)]

stage.check("Linear", "the shape of the weight of Linear(3, 2)",
            lambda: tt.Linear(3, 2).weight.shape, (2, 3))
stage.check("relu", "relu([-1, 2])", lambda: tt.relu(tt.Tensor([-1.0, 2.0])).numpy(), [0, 2])
stage.check("cross_entropy", "for scores [[0, 0]] and label 1 it",
            lambda: tt.cross_entropy(tt.Tensor([[0.0, 0.0]]), np.array([1])).item(), 0.6931)
stage.check("backward", "the gradient at the first of two weights around a relu", hidden_slope,
            [[0.6225]])
stage.check("AdamW", "two steps with gradient 1, lr 0.1",
            lambda: two_steps(lambda p: tt.AdamW(p, lr=0.1)), [4.7901])
stage.check("OneCycleLR", "the rates of its first three and its last of ten steps,", cycle,
            [0.04, 0.52, 1, 4e-6])
stage.check("Trainer", "two epochs on one example, their losses,", fitted, [1, 0.64])
stage.check("accuracy", "for one right answer of two it",
            lambda: tt.accuracy(tt.Tensor([[1.0, 2.0], [3.0, 0.0]]), np.array([1, 1])), 0.5)
stage.check("DataLoader", "five examples in batches of two, their sizes,", sizes_of_batches,
            [2, 2, 1])
stage.check("RandomCrop", "the shape of three pictures of 8 x 8, shifted by a pixel,",
            lambda: tt.RandomCrop(8, padding=1, rng=0)(np.zeros((3, 1, 8, 8))).shape, (3, 1, 8, 8))
print("Linear, relu, cross_entropy, backward, AdamW, OneCycleLR, Trainer, accuracy, DataLoader "
      "and RandomCrop work.")

print("\nThe digits\n----------")

# TinyDigits come with the course: 1,500 pictures by 30 "writers", fonts with unsteady hands, to learn from. The 500 to
# be asked about are by ten others, in fonts that nobody in the first group uses.

train, test = tt.load_tinydigits()
print(f"{len(train):,} digits to learn from, {len(test)} others; "
      f"{pixels(train).nbytes + pixels(test).nbytes:,} bytes")
places = np.arange(0, 50, 5)                       # a writer's page holds every digit five times
pages = [pixels(data)[places + first] for data in (train, test) for first in (0, 50)]
wall(np.concatenate(pages), ["learn from"] * 20 + ["asked about"] * 20, columns=10)
stage.show("digits")

print("\nThe paper's lines\n-----------------")

# Backpropagation in the paper's own terms: sigmoid units y, desired outputs d, the error E = ½ Σ (y - d)². An output
# unit's share in it is
#
#     δ = (y - d) y (1 - y)
#
# and a hidden unit gets its share back through the weights by which it had acted on the outputs:
#
#     δ of a hidden unit = h (1 - h) Σ w δ, over the units that it acts on
#
# The gradient of a weight is the δ behind it times the activity before it. Here in NumPy, next to your `backward`,
# which knows none of these formulas as a whole:

rng = np.random.default_rng(1986)
x, labels = next(iter(tt.DataLoader(train, 32, shuffle=True, rng=rng)))
wanted = np.eye(10, dtype=np.float32)[labels]
model = tt.Sequential(mlp((64, 16, 10), rng, tt.sigmoid), tt.sigmoid)
w1, b1, w2, b2 = model.parameters()

inputs = x.numpy().reshape(32, 64)
h = tt.sigmoid(tt.Tensor(inputs @ w1.data.T + b1.data)).numpy()
y = tt.sigmoid(tt.Tensor(h @ w2.data.T + b2.data)).numpy()
output_delta = (y - wanted) * y * (1 - y)
hidden_delta = (output_delta @ w2.data) * h * (1 - h)
by_hand = [hidden_delta.T @ inputs, hidden_delta.sum(axis=0), output_delta.T @ h,
           output_delta.sum(axis=0)]

error = ((model(x) - tt.Tensor(wanted)) ** 2).sum() * 0.5
error.backward()
differences = [np.abs(p.grad - ours).max()
               for p, ours in zip((w1, b1, w2, b2), by_hand, strict=True)]
for name, ours, difference in zip(("w1", "b1", "w2", "b2"), by_hand, differences, strict=True):
    print(f"dE/d{name}  largest {np.abs(ours).max():8.4f}   by hand minus backward at most "
          f"{difference:.0e}")

print("\nFour recipes\n------------")

# One network, 64-128-10, and what has been learned since about training it. The first recipe has no hidden layer. The
# second is that of 1986: sigmoid units, and steps with momentum, which the paper has too. The third has relu and AdamW
# under a rate that rises and falls. The last also moves each picture by up to a pixel, every time anew.
#
# **Predict:** which of the three changes buys most on writers it has never seen?

EPOCHS, BATCH, WIDTH = (20 if stage.quick else 60), 32, 128
seeds = range(1 if stage.quick else 3)

def momentum(model, steps):
    """1986: one rate for the whole run."""
    return tt.SGD(model.parameters(), lr=0.1, momentum=0.9), None

def one_cycle(model, steps):
    """AdamW, its rate going up and down once."""
    optimizer = tt.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)
    return optimizer, tt.OneCycleLR(optimizer, max_lr=0.01, total_steps=steps)

def fit(data, sizes, seed, activation=None, make=one_cycle, padding=1, epochs=EPOCHS,
        watched=False):
    """Train a network of these sizes; gives its Trainer.

    watched: with the test's accuracy after every epoch.
    """
    rng = np.random.default_rng(seed)
    model = mlp(sizes, rng, activation)
    batches = tt.DataLoader(shifted(data, padding, rng) if padding else data, BATCH, shuffle=True,
                            rng=rng)
    optimizer, schedule = make(model, epochs * len(batches))
    trainer = tt.Trainer(model, optimizer, tt.cross_entropy, schedule, accuracy=tt.accuracy)
    trainer.fit(batches, epochs, test=tt.DataLoader(test, 500) if watched else None, watch=None)
    return trainer

recipes = {"one layer": dict(sizes=(64, 10), padding=0),
           "1986": dict(activation=tt.sigmoid, make=momentum, padding=0),
           "relu, AdamW, one cycle": dict(padding=0), "and shifted": dict()}
runs = {}
print("                        parameters   learned     test: each seed"
      + " " * 7 * (len(seeds) - 1) + "      mean")
for name, recipe in recipes.items():
    recipe = {"sizes": (64, WIDTH, 10), **recipe}
    runs[name] = [fit(train, seed=seed, watched=True, **recipe)
                  for seed in stage.progress(seeds, name)]
    learned = np.mean([run.evaluate(tt.DataLoader(train, 500))["accuracy"] for run in runs[name]])
    shares = [run.history["test_accuracy"][-1] for run in runs[name]]
    print(f"{name:23}{parameters(runs[name][0].model):11,}{learned:10.1%}     "
          + "".join(f"{s:7.1%}" for s in shares)
          + f"{np.mean(shares):20.1%}")

fig, axes = plt.subplots(1, 2, figsize=(10, 3.4))
for name, found in runs.items():
    epochs = np.arange(1, EPOCHS + 1)
    axes[0].semilogy(epochs, np.mean([run.history["loss"] for run in found], axis=0), label=name)
    axes[1].plot(epochs, np.mean([run.history["test_accuracy"] for run in found], axis=0),
                 label=name)
axes[0].set(xlabel="epoch", ylabel="loss, mean of the epoch", title="on what it learns from")
axes[1].set(xlabel="epoch", ylabel="accuracy", title="on other writers", ylim=(0.85, 1))
axes[1].legend(loc="lower right")
stage.show("curves")

# Each change buys a point or two on writers whom it has never seen. Now compare the panels. The two runs in the middle
# have next to nothing left to learn; the last, to which the pictures come anew in every epoch, ends with more than ten
# times their loss. It knows the other writers best all the same. What is known by heart shows on the left, what is
# understood shows on the right.

print("\nWhat hidden units look for\n--------------------------")

# The weights that lead into a hidden unit make a picture of 8 x 8. Blue is where it wants ink, red where it wants
# paper. Nobody drew these; they are the *representations* of the title.

best = runs["and shifted"][-1].model
strength = np.abs(best[3].weight.data).sum(axis=0)          # by how much it moves the ten scores
strongest = np.argsort(-strength, kind="stable")[:40]
draw_units(best[1].weight.data[strongest].reshape(-1, 8, 8), columns=10)
stage.show("hidden_units")

# Few of them look like a digit. They look for a stroke here and none there, and ten digits share them.

print("\nWhere it errs\n-------------")

# First the mistakes of all seeds together, in pairs; then those of the last seed as pictures.

p, labels = answers(best, test)
right = p.argmax(axis=1) == labels
sure = p.max(axis=1)
print(f"the last seed: {np.sum(~right)} of {len(labels)} wrong; {sure[right].mean():.0%} sure "
      f"when right, "
      f"{sure[~right].mean():.0%} when wrong, on average")
tables = []
for run in runs["and shifted"]:
    p, labels = answers(run.model, test)
    tables.append(confusion(labels, p.argmax(axis=1)))
draw_confusion(plt.subplots(figsize=(4.4, 4.4))[1], sum(tables))
stage.show("confusion")

draw_mistakes(pixels(test), p, labels, most=16)
stage.show("mistakes")

print("\nScaling: units and examples\n---------------------------")

# **Predict.** Half of the hidden units, or half of the pictures: which costs more? All runs take about as many steps.

widths, sizes = ((4, 16), (100, 500)) if stage.quick else ((2, 8, 32, 64), (100, 300, 750))

def score(trainer):
    """The accuracy on the other writers."""
    return trainer.evaluate(tt.DataLoader(test, 500))["accuracy"]

by_width = {width: score(fit(train, (64, width, 10), seed=0))
            for width in stage.progress(widths, "widths")}
def trained_on(n):
    some = part(train, n, np.random.default_rng(n))
    return fit(some, (64, WIDTH, 10), seed=0, epochs=EPOCHS * 1500 // n)

by_size = {n: score(trained_on(n))
           for n in stage.progress(sizes, "examples")}
by_width[WIDTH] = by_size[len(train)] = score(runs["and shifted"][0])
draw_scaling({"hidden units": by_width, "pictures": by_size})
stage.show("scaling")

# Half of the units cost more than half of the pictures, which still show all the fonts. With few units the network does
# not even know what it has been shown: two numbers between 64 pixels and ten digits are a narrow door.

print("\nWhat it costs\n-------------")

# A layer of a inputs and b outputs takes 2ab operations an example forward. Backward takes as many for the gradient of
# its weights, and as many for that of its inputs, which the first layer does not need. `share` compares the rate with
# that of one large matrix product of NumPy: what is missing went into everything that is not a product.

big = np.random.default_rng(0).normal(size=(512, 512)).astype(np.float32)
rate = 2 * 512 ** 3 / best_seconds(lambda: big @ big)
print(f"batch of {BATCH}    parameters   bytes   with gradients and AdamW   FLOPs a step   "
      "µs a step   share   bytes in passing")
for width in (8, 128, 1024):
    model = mlp((64, width, 10), np.random.default_rng(0))
    optimizer, _ = one_cycle(model, 10)
    trainer = tt.Trainer(model, optimizer, tt.cross_entropy)
    batch = [next(iter(tt.DataLoader(train, BATCH)))]
    step = lambda trainer=trainer, batch=batch: trainer.one_epoch(batch)  # noqa: E731
    count, seconds = parameters(model), best_seconds(step)
    operations = flops((64, width, 10), BATCH)
    print(f"64-{width}-10".ljust(14) + f"{count:12,}{4 * count:8,}{16 * count:27,}"
          f"{operations:15,}{seconds * 1e6:12.0f}{operations / seconds / rate:8.1%}"
          f"{peak_bytes(step):19,}")

print("\nQuestions to think about\n------------------------")

stage.ask("The error of 1986 is a sum of squares behind sigmoids, yours a cross-entropy. What "
          "does the factor y (1 - y) in δ do to an output that is surely wrong?",
          "If all weights began at 0, what would the two formulas of the paper give for the "
          "hidden units, for ever?",
          "Shifting adds no picture that a person would call new. What does it tell that the "
          "1,500 did not?",
          "Two test writers are hard, the others easy: how would that show in an accuracy, and "
          "what would you print?")

print("\nThe verdict\n-----------")

final = [run.history["test_accuracy"][-1] for run in runs["and shifted"]]
plain = [run.history["test_accuracy"][-1] for run in runs["one layer"]]
stage.expect("paper's lines minus backward", f"{max(differences):.0e}", "below 1e-4",
             max(differences) < 1e-4)
stage.expect("one layer, mean", f"{np.mean(plain):.1%}", "below the others",
             np.mean(plain) < np.mean(final))
stage.expect(f"8 x 8 digits, worst of {len(seeds)}", f"{min(final):.1%}", "95% or more",
             min(final) >= 0.95)
if not stage.quick:
    stage.expect("8 x 8 digits, mean", f"{np.mean(final):.1%}", "97.5% or more",
                 np.mean(final) >= 0.975)
stage.verdict()
