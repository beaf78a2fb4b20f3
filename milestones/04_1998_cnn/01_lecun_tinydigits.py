"""1998: LeCun's convolutions

In 1980 Kunihiko Fukushima published the *Neocognitron*, a network for pictures: layers of cells that look for one
small pattern everywhere take turns with layers that do not mind exactly where it was found. It learned without
backpropagation. In 1989 Yann LeCun and his colleagues at Bell Laboratories trained such a network by
backpropagation, on handwritten digits from the U.S. mail. In November 1998 he, Léon Bottou, Yoshua Bengio and
Patrick Haffner told the whole story in *Gradient-based learning applied to document recognition* (Proceedings of the
IEEE): LeNet-5, about 60,000 numbers to learn, and a reader of bank checks made from such networks, at work on
several million checks a day.

Three ideas make it, they write: local receptive fields, shared weights, and subsampling. Your module 09 is these
three. Here they meet the network of 1986 on small digits; part 2 takes them to photographs.
"""
# Exported from 01_lecun_tinydigits.ipynb by `tito export`: change the notebook, not this file.

import tinytorch as tt  # before NumPy: it sets one BLAS thread, the fastest for small matrices
from tito.experiment import Stage, peak_bytes
from tito.measure import best_seconds
from tito.pictures import confusion, draw_confusion

import matplotlib.pyplot as plt
import numpy as np
from anatomy import answers, print_anatomy, totals
from data import seen_through
from drawing import gallery
from your_parts import check_parts

stage = Stage(__doc__)

print("\nYour parts\n----------")

# Fifteen questions with known answers, in `your_parts.py`, to modules 04 to 09.

check_parts(stage)

print("\nOne kernel, everywhere\n----------------------")

# A kernel is a small picture of what to look for. These two were written by hand: light above dark, light beside dark.
# A convolution lays the kernel on every place and says how well it fits there.

train, test = tt.load_tinydigits()
(x, y), (x_test, y_test) = [data.batch(np.arange(len(data))) for data in (train, test)]
print(f"{len(x):,} digits of 8 x 8 pixels to learn from, {len(x_test)} by other writers to be "
      f"asked about")

above, beside = [[1, 1, 1], [0, 0, 0], [-1, -1, -1]], [[1, 0, -1], [1, 0, -1], [1, 0, -1]]
by_hand = tt.Conv2d(1, 2, 3, padding=1, bias=False)
by_hand.weight.data = np.float32([[above], [beside]])
digit = x[np.flatnonzero(y == 5)[:1]]
maps = tt.relu(by_hand(tt.Tensor(digit))).numpy()
gallery([digit[0], maps[0, :1], maps[0, 1:]], columns=3, size=1.8,
        titles=["a digit", "light above dark", "light beside dark"])
stage.show("by_hand")

print("\nWhat sharing promises\n---------------------")

# Move the digit, and the answer of the convolution moves with it and is otherwise the same. To see it without losing
# anything at the edge, the digits now stand in a larger field of 12 × 12 pixels, with two blank pixels on every side.
# **Predict:** how different are the answers of a convolution, and those of a linear layer, when the digit moves by one
# pixel?

def field(x):
    """The pictures with two blank pixels on every side."""
    return np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2)), constant_values=x.min())

def shifted(x, down, right):
    """Moved within their field; what leaves on one side is blank and comes back on the other."""
    return np.roll(x, (down, right), axis=(2, 3))

convolution = tt.Conv2d(1, 8, 3, rng=0)
linear = tt.Sequential(tt.Flatten(), tt.Linear(144, 100, rng=0))
here = field(x_test[:100])
moved = tt.Tensor(shifted(here, 0, 1))
a, b = convolution(tt.Tensor(here)).numpy(), convolution(moved).numpy()
c, d = linear(tt.Tensor(here)).numpy(), linear(moved).numpy()
apart = np.abs(b[..., 1:] - a[..., :-1]).max()
print(f"convolution: the answer, moved by one, differs by {apart:.0e} from the answer to the "
      f"moved picture")
print(f"linear:      the answers differ by {np.abs(d - c).mean():.2f}, their usual size is "
      f"{np.abs(c).mean():.2f}")

print("\nTwo networks\n------------")

# The network of 1986, and one in the manner of LeNet: twice a convolution and a subsampling, then one linear layer.
# Where LeNet took averages and a squashing function, this one takes maxima and ReLU, and it has batch normalization
# (Ioffe and Szegedy, 2015). Both have about 6,000 numbers to learn.

def mlp(rng):
    """The network of 1986, for 8 x 8 pixels."""
    return tt.Sequential(tt.Flatten(), tt.Linear(64, 80, rng=rng), tt.relu,
                         tt.Linear(80, 10, rng=rng))

def stage_of(inputs, outputs, rng):
    """Local receptive fields with shared weights; the sum of what they see, normalized; its
    positive part.
    """
    return tt.Conv2d(inputs, outputs, 3, padding=1, bias=False,
                     rng=rng), tt.BatchNorm2d(outputs), tt.relu

def cnn(rng):
    """In the manner of LeNet, for 8 x 8 pixels."""
    return tt.Sequential(*stage_of(1, 16, rng), tt.MaxPool2d(2), *stage_of(16, 32, rng),
                         tt.MaxPool2d(2),
                         tt.Flatten(), tt.Linear(128, 10, rng=rng))

networks = {"MLP": mlp, "CNN": cnn}
for name, make in networks.items():
    print(f"{name}, operations for one picture, forward:")
    print_anatomy(make(np.random.default_rng(0)), x.shape[1:])

# A weight of the CNN works at 64 places, or at 16: few numbers, much arithmetic.

print("\nThey learn\n----------")

# The same batches, the same optimizer, three beginnings each.

def accuracy(model, x):
    """The share of the test digits, in these pictures of them, that it gets right."""
    said, right = answers(model, [(tt.Tensor(x), y_test)])
    return np.mean(said.argmax(axis=1) == right)

def fit(make, digits, seed, epochs, test=None):
    """A trained network and the history of its training.

    The seed decides on its beginning and on the batches.
    """
    rng = np.random.default_rng(seed)
    model = make(rng)
    batches = tt.DataLoader(digits, 50, shuffle=True, rng=rng)
    optimizer = tt.AdamW(model.parameters(), lr=0.01)
    schedule = tt.OneCycleLR(optimizer, max_lr=0.01, total_steps=epochs * len(batches),
                             pct_start=0.25)
    trainer = tt.Trainer(model, optimizer, tt.cross_entropy, schedule, accuracy=tt.accuracy)
    return model, trainer.fit(batches, epochs, test, watch=None)

epochs = 7 if stage.quick else 15
exam, trained, histories = [(tt.Tensor(x_test), y_test)], {}, {}
for name, make in networks.items():
    runs = [fit(make, train, seed, epochs, exam) for seed in stage.progress(range(3), name)]
    trained[name], histories[name] = zip(*runs)
ends = {name: [history["test_accuracy"][-1] for history in found]
        for name, found in histories.items()}
print(f"after {epochs} epochs: loss     right about other writers' digits, three seeds     mean")
for name, found in histories.items():
    print(f"{name}{np.mean([history['loss'][-1] for history in found]):21.4f}     "
          + "".join(f"{share:8.1%}" for share in ends[name]) + f"{np.mean(ends[name]):27.1%}")

fig, axes = plt.subplots(1, 2, figsize=(9, 3.2))
for (name, found), colour in zip(histories.items(), ("firebrick", "navy"), strict=True):
    for number, history in enumerate(found):
        label = name if number == 0 else None
        axes[0].semilogy(range(1, epochs + 1), history["loss"], color=colour, label=label)
        axes[1].plot(range(1, epochs + 1), history["test_accuracy"], color=colour, label=label)
axes[0].set(xlabel="epoch", ylabel="loss", title="on the digits it learns from")
axes[1].set(xlabel="epoch", ylabel="accuracy", title="on those of other writers", ylim=(0.88, 1))
axes[1].legend(loc="lower right")
stage.show("curves")

print("\nWhat it looks for\n-----------------")

# Nobody wrote these kernels. The first layer's sixteen, and one digit as this layer and the second see it.

model = trained["CNN"][0]
gallery(model[0].weight.numpy(), columns=8, size=0.9)
stage.show("filters")

model.eval()
with tt.no_grad():
    first = model[:3](tt.Tensor(digit))
    second = model[3:7](first)
seen = [*first.numpy()[0][:, None], *second.numpy()[0][:16, None]]
gallery(seen, columns=8, size=0.9, cmap="magma",
        titles=["first layer"] + [""] * 15 + ["second"] + [""] * 15)
stage.show("feature_maps")

# White is a large number, black a small one. Some kernels are edges or bars in one direction or another, others
# nothing that a hand would have drawn. The first layer's maps still show the digit, the second's are coarser: they
# tell what was found more than where.

print("\nSomewhere else\n--------------")

# Now the test that convolutions were made for. The networks learn from digits in the middle of the field and are asked
# about digits that were moved. The third has seen the same as the others, but its last subsampling takes the maximum
# over the whole field: it asks *whether* a pattern was found and no longer *where*. **Predict** each network's
# accuracy when the digit moves by one pixel, and by two.

def wide_mlp(rng):
    """The network of 1986, for the field of 12 x 12."""
    return tt.Sequential(tt.Flatten(), tt.Linear(144, 64, rng=rng), tt.relu,
                         tt.Linear(64, 10, rng=rng))

def wide_cnn(rng, last=2):
    """As before, for the field; the last subsampling takes the maximum of last x last places."""
    left = (6 // last) ** 2 * 32
    return tt.Sequential(*stage_of(1, 16, rng), tt.MaxPool2d(2), *stage_of(16, 32, rng),
                         tt.MaxPool2d(last),
                         tt.Flatten(), tt.Linear(left, 10, rng=rng))

def everywhere(model):
    """Its accuracy on the test digits, moved by -2 to 2 pixels down and right: an array (5, 5)."""
    def at(down, right):
        return accuracy(model, shifted(field(x_test), down, right))
    return np.array([[at(down, right) for right in range(-2, 3)] for down in range(-2, 3)])

epochs_wide = 5 if stage.quick else 15
wide = {"MLP": wide_mlp, "CNN": wide_cnn, "CNN, anywhere": lambda rng: wide_cnn(rng, last=6)}
moving, sizes = {}, {}
for name, make in stage.progress(wide.items(), "fields"):
    model, _ = fit(make, tt.TensorDataset(field(x), y), 0, epochs_wide)
    moving[name], sizes[name] = everywhere(model), totals(model, (1, 12, 12))[0]
fig, axes = plt.subplots(1, 3, figsize=(10, 3.4))
for ax, (name, shares) in zip(axes, moving.items(), strict=True):
    ax.imshow(shares, vmin=0, vmax=1, cmap="viridis", extent=(-2.5, 2.5, 2.5, -2.5))
    for (row, column), share in np.ndenumerate(shares):
        colour = "black" if share > 0.7 else "white"
        ax.text(column - 2, row - 2, f"{share:.0%}", ha="center", va="center", color=colour)
    ax.set(title=f"{name}: {shares.mean():.0%} on average", xlabel="pixels to the right",
           ylabel="pixels down")
stage.show("shifts")
distance = np.abs(np.indices((5, 5)) - 2).max(axis=0)
print("accuracy                     in the middle   1 pixel off   2 pixels off")
for name, shares in moving.items():
    columns = "".join(f"{shares[distance == d].mean():15.1%}" for d in range(3))
    print(f"{name:14}{sizes[name]:6,} numbers" + columns)

# For the MLP a digit that moved is another digit. The convolutions see the same thing elsewhere, but the linear layer
# behind them has learned where each pattern belongs: it forgives one pixel more often than not, two it does not. Asked
# only whether a pattern is anywhere, the smallest of the three networks recognizes digits in places where it has never
# seen one.
#
# It is not quite the same everywhere. A maximum over 2 × 2 pixels, taken at every second place, depends on whether the
# digit moved by an even or an odd number of them.
#
# Data are the other cure. Here the first two networks learn from digits that your `RandomCrop` moves by up to two
# pixels, anew in every epoch.

moved_digits = seen_through(field(train.dataset.arrays[0]), y, tt.RandomCrop(12, padding=2, rng=0),
                            train.transform)
for name in stage.progress(("MLP", "CNN"), "moved digits"):
    shares = everywhere(fit(wide[name], moved_digits, 0, epochs_wide)[0])
    print(f"{name}, taught with moved digits: {shares.mean():.1%} on average, {shares.min():.1%} "
          f"to {shares.max():.1%}")

# Both are better for it, and the MLP still does not get where the convolutions are: place by place it has to learn
# what they know beforehand.

print("\nWhich ones it gets wrong\n------------------------")

said, _ = answers(trained["CNN"][0], exam)
table, wrong = confusion(y_test, said.argmax(axis=1)), np.flatnonzero(said.argmax(axis=1) != y_test)
fig, ax = plt.subplots(figsize=(4.6, 4.4))
draw_confusion(ax, table)
stage.show("confusion")
surest = wrong[np.argsort(-said[wrong].max(axis=1))][:10]
for place in surest:
    print(f"{y_test[place]}, taken for {said[place].argmax()} with {said[place].max():.0%}")
gallery(x_test[surest], columns=5, size=1.3,
        titles=[f"is {y_test[place]}, said {said[place].argmax()}" for place in surest])
stage.show("mistakes")
print(f"{len(wrong)} of {len(y_test)} digits")

# Would you have known all of them?

print("\nWhat it costs\n-------------")

# Training takes about three times the operations of the answer: for the answer, the gradient at the input, and the one
# at the weights.

print("      parameters    bytes  with gradients and AdamW  FLOPs a step of 50  ms a step  "
      "GFLOP/s  bytes in passing")
for name, make in networks.items():
    model = make(np.random.default_rng(0))
    numbers, operations = totals(model, x.shape[1:])
    optimizer = tt.AdamW(model.parameters(), lr=0.01)

    def one_step(model=model, optimizer=optimizer):
        optimizer.zero_grad()
        tt.cross_entropy(model(tt.Tensor(x[:50])), y[:50]).backward()
        optimizer.step()

    seconds, flops = best_seconds(one_step), 3 * 50 * operations
    print(f"{name}{numbers:13,}{4 * numbers:9,}{16 * numbers:26,}{flops:20,}{1e3 * seconds:11.2f}"
          f"{flops / seconds / 1e9:9.1f}{peak_bytes(one_step):18,}")

print("\nScaling: how many examples does it need?\n----------------------------------------")

# Whoever knows beforehand that a pattern is the same thing everywhere need not learn it again for each place.
# **Predict:** from how many digits does the CNN learn what the MLP learns from all 1,500?

counts = [50, 200, 1500] if stage.quick else [50, 100, 200, 400, 800, 1500]
steps, seeds = (100, 1) if stage.quick else (300, 3)
learned = {name: [] for name in networks}
for name, make in networks.items():
    for count in stage.progress(counts, f"{name}, examples"):
        some, epochs = tt.TensorDataset(x[:count], y[:count]), max(1, steps * 50 // count)
        found = [fit(make, some, seed, epochs)[0] for seed in range(seeds)]
        learned[name].append(np.mean([accuracy(model, x_test) for model in found]))
print("examples" + "".join(f"{count:8,}" for count in counts))
for name, shares in learned.items():
    print(f"{name:8}" + "".join(f"{share:8.1%}" for share in shares))
fig, ax = plt.subplots(figsize=(5, 3.4))
for name, shares in learned.items():
    ax.semilogx(counts, shares, "o-", label=name)
ax.set(xlabel="digits to learn from", ylabel="accuracy on other writers' digits", xticks=counts,
       xticklabels=counts)
ax.minorticks_off()
ax.legend()
stage.show("examples")

# Fewer than a third of them.

print("\nQuestions to think about\n------------------------")

stage.ask("A convolution is a linear layer, most of whose weights are 0 and the others equal in "
          "groups. Write the matrix for a 3 x 3 picture and a 2 x 2 kernel. What does "
          "backpropagation do with equal weights?",
          "The network that asks 'anywhere?' would not notice if the parts of a digit changed "
          "places. Why does it tell 6 from 9 all the same?",
          "For which data would shared weights be a bad idea? Think of passport photographs, of a "
          "table with age and income, of sound.",
          "The MLP can represent everything that the CNN computes, given enough units. What then "
          "does the CNN have that the MLP has not?")

print("\nThe verdict\n-----------")

stage.expect("TinyDigits, CNN, worst of three seeds", f"{min(ends['CNN']):.1%}", "97% or more",
             min(ends["CNN"]) >= 0.97)
stage.expect("TinyDigits, CNN, mean", f"{np.mean(ends['CNN']):.1%}", "98% or more",
             np.mean(ends["CNN"]) >= 0.98)
stage.expect("its lead over the MLP, points",
             f"{100 * (np.mean(ends['CNN']) - np.mean(ends['MLP'])):.1f}", "1 or more",
             np.mean(ends["CNN"]) - np.mean(ends["MLP"]) >= 0.01)
stage.expect("a convolution moves with its picture, to", f"{apart:.0e}", "below 1e-5", apart < 1e-5)
off = {name: shares[distance > 0].mean() for name, shares in moving.items()}
stage.expect("moved digits, MLP", f"{off['MLP']:.1%}", "below 40%", off["MLP"] < 0.4)
stage.expect("moved digits, CNN, anywhere", f"{off['CNN, anywhere']:.1%}", "85% or more",
             off["CNN, anywhere"] >= 0.85)
stage.verdict()
