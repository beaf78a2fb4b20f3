"""1998, and on: photographs

LeNet-5 read digits: one thing in the middle, light on dark. In 2009 Alex Krizhevsky described, in *Learning multiple
layers of features from tiny images*, a harder set that he had collected with Vinod Nair and Geoffrey Hinton:
CIFAR-10, 60,000 photographs of 32 × 32 pixels in ten classes, from airplane to truck. In 2012 he, Ilya Sutskever and
Hinton won the ImageNet competition by a wide margin, with a convolutional network that had learned on two graphics
cards. What had been missing since 1998 was not the idea: it was pictures, arithmetic, and a few improvements.

Part 1 showed the idea on small digits. Here it is on CIFAR-10, in your own code. The improvements are younger than
LeNet: ReLU in place of a squashing function, batch normalization (Ioffe and Szegedy, 2015) and a learning rate that
rises and falls once (Smith and Topin, 2017).
"""
# Exported from 02_lecun_cifar10.ipynb by `tito export`: change the notebook, not this file.

import time

import tinytorch as tt  # before NumPy: it sets one BLAS thread, the fastest for small matrices
from tito.experiment import Stage, peak_bytes
from tito.pictures import confusion, draw_confusion

import matplotlib.pyplot as plt
import numpy as np
from anatomy import answers, print_anatomy, totals
from data import seen_through, window
from drawing import gallery
from your_parts import check_parts

stage = Stage(__doc__, long=True)

print("\nYour parts\n----------")

# The same fifteen questions as in part 1.

check_parts(stage)

print("\nThe photographs\n---------------")

train, test = tt.load_cifar10()
(pixels, labels), (test_pixels, test_labels) = train.dataset.arrays, test.dataset.arrays
CLASSES = tt.dataloader.CIFAR10_CLASSES
print(f"{len(pixels):,} photographs to learn from, {len(test_pixels):,} to be asked about, "
      f"{(pixels.nbytes + test_pixels.nbytes) / 1e6:.0f} MB")
shown = [np.flatnonzero(labels == label)[row] for row in range(3) for label in range(10)]
gallery(pixels[shown], columns=10, titles=CLASSES, size=0.95)
stage.show("photographs")

# Your classmates would get nearly all of them right. A network that has learned nothing gets one in ten.

print("\nWhat it never sees twice\n------------------------")

# A frog in a mirror is a frog, and so is a frog a little to the left. Each photograph is shown as a window of 24 × 24
# pixels at a random place, and half of the times mirrored: the same frog, hardly ever the same numbers. A smaller
# window also means less arithmetic. When it is asked, the network first sees the middle.

SEED, BATCH = 1998, 128

def distorted(images, labels, rng):
    """Batches of random windows, half of them mirrored, in a new order every epoch."""
    crop, flip = tt.RandomCrop(24, rng=rng), tt.RandomHorizontalFlip(rng=rng)
    return tt.DataLoader(seen_through(images, labels, crop, flip, train.transform), BATCH,
                         shuffle=True, rng=rng)

def plain(images, labels, **place):
    """Batches of middles, or of windows at another place, in order."""
    cut = lambda images: window(images, **place)  # noqa: E731
    return tt.DataLoader(seen_through(images, labels, cut, train.transform), 500)

frog = pixels[np.flatnonzero(labels == CLASSES.index("frog"))[[0] * 9]]
seen, _ = next(iter(distorted(frog, np.zeros(9, int), np.random.default_rng(SEED))))
gallery([frog[0], *seen.numpy()], columns=10, titles=["whole", *["window"] * 9], size=0.95)
stage.show("windows")

print("\nThe network\n-----------")

# Three times a convolution and a subsampling, as in part 1, with more channels where there are fewer places; then one
# linear layer. **Predict:** which layer holds most of the numbers, and which does most of the arithmetic?

def network(widths, rng):
    """(N, 3, 24, 24) -> (N, 10): for each of three widths a convolution, a maximum, normalization
    and ReLU.
    """
    layers = []
    for inputs, outputs in zip((3, *widths), widths):
        layers += [tt.Conv2d(inputs, outputs, 3, padding=1, bias=False, rng=rng), tt.MaxPool2d(2),
                   tt.BatchNorm2d(outputs), tt.relu]
    return tt.Sequential(*layers, tt.Flatten(), tt.Linear(9 * widths[-1], 10, rng=rng))

WIDTHS = (32, 64, 128)
print_anatomy(network(WIDTHS, SEED), (3, 24, 24))

# The third convolution holds most of the numbers. It does exactly as much as the second, which has a quarter of its
# numbers and four times its places.

print("\nThe run\n-------")

# This takes minutes. It can be stopped at any moment: after every epoch all that the rest depends on is in a file in
# `results/`, whose name is the recipe, and the next run of that recipe goes on from there. In between, only the first
# 2,000 test photographs are asked about, to save time; all 10,000 come at the end.

EPOCHS, LR = 5 if stage.quick else 12, 0.1

def trainer_of(model, batches, epochs):
    """SGD with Nesterov's momentum, and one cycle of the learning rate."""
    optimizer = tt.SGD(model.parameters(), lr=LR, momentum=0.9, nesterov=True, weight_decay=5e-4)
    schedule = tt.OneCycleLR(optimizer, max_lr=LR, total_steps=epochs * len(batches),
                             pct_start=0.25)
    return tt.Trainer(model, optimizer, tt.cross_entropy, schedule, accuracy=tt.accuracy)

rng = np.random.default_rng(SEED)
model = network(WIDTHS, rng)
batches, some = distorted(pixels, labels, rng), plain(test_pixels[:2000], test_labels[:2000])
trainer = trainer_of(model, batches, EPOCHS)
recipe = f"{'-'.join(map(str, WIDTHS))}_{EPOCHS}_epochs_batch_{BATCH}_lr_{LR}_seed_{SEED}"
checkpoint = stage.folder / "results" / f"02_{recipe}.npz"
before = stage.earlier(checkpoint, EPOCHS)
start = time.process_time()
history = trainer.fit(batches, min(EPOCHS, stage.epochs or EPOCHS), some, checkpoint,
                      tt.LiveCurves())
seconds, here = time.process_time() - start, trainer.epochs - before
if here:
    stage.tell(f"{here} epochs in this run, {seconds / here:.1f} s of CPU time each")
stage.leave(trainer.epochs, EPOCHS)

fig, axes = plt.subplots(1, 3, figsize=(11, 3))
epoch = np.arange(1, EPOCHS + 1)
axes[0].plot(epoch, history["loss"], ".-", label="windows, while learning")
axes[0].plot(epoch, history["test_loss"], ".-", label="2,000 test photographs, middle")
axes[1].plot(epoch, history["test_accuracy"], ".-")
axes[2].plot(epoch - 1, history["lr"], ".-")
axes[0].legend()
axes[0].set(xlabel="epoch", ylabel="loss")
axes[1].set(xlabel="epoch", ylabel="accuracy", title="2,000 test photographs")
axes[2].set(xlabel="epochs done", ylabel="learning rate")
stage.show("curves")

# The accuracy rises fast at first, slowly while the learning rate is high, and once more while it falls: with large
# steps the network wanders about, with small ones it settles.

print("\nHow good is it?\n---------------")

# All 10,000 test photographs, after the last epoch. First the network is asked once about each, about its middle; then
# ten times, as Krizhevsky, Sutskever and Hinton did it in 2012: about the middle, the four corners, and the mirror
# images of all five, and the ten answers are averaged. **Predict:** what is a second opinion worth, if it comes from
# the same network?

corners = ((4, 4), (0, 0), (0, 8), (8, 0), (8, 8))
places = [(top, left, step) for step in (1, -1) for top, left in corners]
opinions, right = [], test_labels.astype(int)
for top, left, step in stage.progress(places, "opinions"):
    opinions.append(answers(model,
                            plain(test_pixels, test_labels, top=top, left=left, step=step))[0])
said = np.mean(opinions, axis=0)
answer = said.argmax(axis=1)
once, twice, share = [np.mean(opinion.argmax(axis=1) == right)
                      for opinion in (opinions[0], opinions[0] + opinions[5], said)]
print(f"asked once {once:.2%} right, about the mirrored middle too {twice:.2%}, ten times "
      f"{share:.2%}")
by_class = np.array([np.mean(answer[right == label] == label) for label in range(10)])
for label in np.argsort(-by_class):
    print(f"{CLASSES[label]:12}{by_class[label]:7.1%}")

print("\nWho is taken for whom?\n----------------------")

# **Predict** the pair that is confused most often.

table = confusion(right, answer)
fig, ax = plt.subplots(figsize=(6, 5.4))
draw_confusion(ax, table, CLASSES)
stage.show("confusion")
pairs = sorted(((table[a, b] + table[b, a], a, b) for a in range(10) for b in range(a)),
               reverse=True)
for count, a, b in pairs[:5]:
    print(f"{CLASSES[b]} and {CLASSES[a]}: {count} of {table[[a, b]].sum():,}")

print("\nIts surest mistakes\n-------------------")

# A wrong answer that was given without doubt says more than one that was a guess. Above each photograph stands what it
# is; below that what it was taken for, and how sure the network was.

wrong = np.flatnonzero(answer != right)
surest = wrong[np.argsort(-said[wrong].max(axis=1))][:16]
titles = [f"{CLASSES[right[place]]}:\n{CLASSES[answer[place]]}, {said[place].max():.0%}"
          for place in surest]
gallery(test_pixels[surest], columns=8, size=1.2, titles=titles)
stage.show("mistakes")
sure = said.max(axis=1) > 0.9
good = answer == right
print(f"{sure.mean():.0%} of its answers are given with more than 90%; of these "
      f"{good[sure].mean():.1%} are right, "
      f"of the others {good[~sure].mean():.1%}")

print("\nWhat it looks for\n-----------------")

# The first layer's kernels, in the colours that they want to see: each is 3 × 3 pixels.

gallery(model[0].weight.numpy(), columns=16, size=0.55)
stage.show("filters")

# And one photograph as the three stages see it, sixteen channels of each. Every stage sees fewer places and a larger
# neighbourhood of each.

place = np.flatnonzero(right == CLASSES.index("horse"))[0]
x, _ = next(iter(plain(test_pixels[place:place + 1], test_labels[place:place + 1])))
maps, titles = [], []
model.eval()
with tt.no_grad():
    for number in range(3):
        x = model[4 * number:4 * number + 4](x)
        maps += [window(test_pixels[place]), *x.numpy()[0, :15, None]]
        titles += ["horse", f"stage {number + 1}", *[""] * 14]
gallery(maps, columns=16, size=0.7, cmap="magma", titles=titles)
stage.show("feature_maps")

print("\nWhat it costs\n-------------")

numbers, operations = totals(model, (3, 24, 24))
flops = 3 * operations * len(pixels)
some_model = network(WIDTHS, SEED)
some_trainer, batch = trainer_of(some_model, [0], 3), next(iter(batches))
print(f"{numbers:,} numbers, {4 * numbers:,} bytes; with gradients and velocities {12 * numbers:,}")
print(f"a picture, forward: {operations:,} operations; an epoch, three times that a picture: "
      f"{flops / 1e12:.2f} TFLOP")
print(f"a step on {BATCH} pictures takes "
      f"{peak_bytes(lambda: some_trainer.one_epoch([batch])) / 1e6:.1f} MB in passing")
if here:
    print(f"{flops * here / seconds / 1e9:.1f} GFLOP/s over {here} epochs, distortions and tests "
          f"included")

print("\nScaling: how many photographs?\n------------------------------")

# Two slimmer networks, the same short run for all, and ever more photographs to draw from.

counts, steps = ([500, 4000], 60) if stage.quick else ([500, 2000, 8000, 32000], 150)
learned = {}
for widths in ((8, 16, 32), (16, 32, 64)):
    shares = []
    for count in stage.progress(counts, f"{widths[0]} channels"):
        rng = np.random.default_rng(SEED)
        slim, few = network(widths, rng), distorted(pixels[:count], labels[:count], rng)
        epochs = -(-steps // len(few))
        short = trainer_of(slim, few, epochs)
        short.fit(few, epochs, watch=None)
        shares.append(short.evaluate(some)["accuracy"])
    learned[widths] = shares
print(f"photographs, {steps} steps of {BATCH}" + "".join(f"{count:9,}" for count in counts))
fig, ax = plt.subplots(figsize=(5, 3.4))
for widths, shares in learned.items():
    name = "-".join(map(str, widths))
    print(f"{name:26}" + "".join(f"{share:9.1%}" for share in shares))
    ax.semilogx(counts, shares, "o-",
                label=f"{name}: {totals(network(widths, SEED), (3, 24, 24))[0]:,} numbers")
ax.set(xlabel="photographs to learn from", ylabel="accuracy on 2,000 others", xticks=counts,
       xticklabels=counts)
ax.minorticks_off()
ax.legend()
stage.show("photographs_needed")

# The wider network makes more of the same photographs, and goes on gaining where the slimmer one has had enough.

print("\nQuestions to think about\n------------------------")

stage.ask("Cats and dogs are confused more often than cats and trucks. Is that a fault of the "
          "network, of the pictures, or no fault at all?",
          "Look at the surest mistakes. What, apart from the animal or the vehicle itself, has "
          "the network learned to rely on?",
          "Most of the numbers are in the last convolution, which sees few places. Why do "
          "designers put them there?",
          "Ten answers of one network, averaged, are better than one. Where does the gain come "
          "from, if it knows no more than before?",
          "LeNet-5 had about 60,000 numbers. What would have kept LeCun from training this "
          "network in 1998?")

print("\nThe verdict\n-----------")

least = 0.75 if stage.quick else 0.77
stage.expect(f"CIFAR-10, {len(right):,} test photographs, asked ten times", f"{share:.2%}",
             f"{least:.0%} or more",
             share >= least)
stage.expect("asked once", f"{once:.2%}", f"{least - 0.02:.0%} or more", once >= least - 0.02)
stage.expect(f"the hardest class, {CLASSES[by_class.argmin()]}", f"{by_class.min():.1%}",
             "40% or more",
             by_class.min() >= 0.4)
stage.verdict()
