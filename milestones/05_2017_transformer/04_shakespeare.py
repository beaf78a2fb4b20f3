"""2017, and on: a small GPT reads Shakespeare

In 1948 Claude Shannon wrote English by chance: each letter drawn by how often it follows the one, two or three
before it. In 1951, in *Prediction and entropy of printed English*, he measured how well people guess the next
letter. Language became a game with a score: how surprised are you by the next character?

In May 2015 Andrej Karpathy let a recurrent network play it, on the plays of Shakespeare, and published what it
wrote. In June 2018 Alec Radford and three colleagues trained the decoder half of the transformer to predict the
next token, and called it generative pre-training: GPT. Karpathy's *nanoGPT* of 2022 is its best known small copy.
For a computer without a graphics card it has a recipe, on the same Shakespeare: 4 layers, 4 heads, 128 channels, 64
characters of context, 12 rows a step, 2,000 steps. What it reaches is published: a validation loss of 1.88.

This is the recipe, in your own code: your embedding, your attention, your blocks, your optimizer.
"""
# Exported from 04_shakespeare.ipynb by `tito export`: change the notebook, not this file.

import time

import tinytorch as tt  # before NumPy: it sets one BLAS thread, the fastest for small matrices
from tito.experiment import Stage, peak_bytes

import matplotlib.pyplot as plt
import numpy as np
from looking import attention_weights
from ngrams import ngram_loss
from windows import RandomWindows, all_windows
from your_parts import check_parts

stage = Stage(__doc__, long=True)

print("\nYour parts\n----------")

# The same eighteen questions as in part 1.

check_parts(stage)

print("\nThe text\n--------")

# Every character is a token: upper and lower case, punctuation, the end of a line. The last tenth is kept for the
# test; no step of the training sees it.

text = tt.load_shakespeare()
tokenizer = tt.CharTokenizer().train(text)
ids = np.array(tokenizer.encode(text))
train, test = ids[:int(0.9 * len(ids))], ids[int(0.9 * len(ids)):]
VOCABULARY = len(set(text))
print(f"{len(text):,} characters, {VOCABULARY} different ones; {len(train):,} to learn from, "
      f"{len(test):,} to be asked about")
print(text[:148])

print("\nWhat counting can do\n--------------------")

# The score is the loss, in nats: the mean of −log p, p the probability that was given to the character that came. e
# to the power of the loss is the number of characters among which one might as well guess. Before any network learns,
# Shannon's method: count which characters follow which in the first nine tenths, and bet accordingly on the last.
# **Predict:** is it better to look at two characters before, or at five?

counted = {before + 1: ngram_loss(train, test, before, VOCABULARY) for before in range(6)}
uniform = np.log(VOCABULARY)
print(f"guessing: loss {uniform:.3f}, one of {np.exp(uniform):.1f}")
for n, loss in counted.items():
    print(f"counting, {n - 1} before: loss {loss:.3f}, one of {np.exp(loss):.1f}")

# Looking further back helps until most of what is seen there was never seen before. After that, counting has no idea
# that two words are alike. The best of these lines is what a network must beat to deserve its arithmetic.

print("\nThe model\n---------")

# Embedding and output layer share one table, as in GPT-2: 65 rows of 128. **Predict:** how many numbers are there to
# learn? nanoGPT counts 0.80 million, without the table of positions and without biases.

LAYERS, HEADS, CHANNELS, CONTEXT, BATCH = 4, 4, 128, 64, 12

def model_of(rng):
    """The GPT of the recipe."""
    return tt.GPT(VOCABULARY, CHANNELS, HEADS, LAYERS, CONTEXT, rng=rng, tie_weights=True)

def numbers_in(model):
    """All numbers to learn; the table of positions; biases."""
    shapes = {id(p): (name, p.shape) for name, p in model.named_parameters()}.values()
    sizes = [(name, shape, int(np.prod(shape))) for name, shape in shapes]
    return (sum(size for *_, size in sizes),
            sum(size for _, shape, size in sizes if shape == (CONTEXT, CHANNELS)),
            sum(size for name, _, size in sizes if name.endswith("bias")))

whole, positions, biases = numbers_in(model_of(0))
published = whole - positions - biases
per_token = LAYERS * (24 * CHANNELS ** 2 + 4 * CONTEXT * CHANNELS) + 2 * VOCABULARY * CHANNELS
print(f"a block: {12 * CHANNELS ** 2:,} numbers in matrices, a third of them for attention")
print(f"{whole:,} numbers to learn; {published:,} without {positions:,} for positions and "
      f"{biases:,} biases")
print(f"a token, forward: {per_token:,} operations; a step, three times that for "
      f"{BATCH * CONTEXT} tokens: {3 * per_token * BATCH * CONTEXT / 1e9:.2f} GFLOP")

print("\nThe run\n-------")

# The recipe's optimizer is AdamW with betas of 0.9 and 0.99, decay of 0.1 for matrices only, gradients clipped at 1.
# So is this one. One thing is different: the learning rate climbs to 0.004, not 0.001, and ends at nearly 0 instead
# of a tenth. It costs nothing, and two thousand steps are few: with the recipe's own rate this run ended at a loss of
# 1.89.
#
# It takes minutes. It can be stopped at any moment (Ctrl-C): after every hundred steps, here called an epoch, all
# that the rest depends on is in a file in `results/`, whose name is the recipe, and the next run of that recipe goes
# on from there.

LR, EPOCH_STEPS, SEED = 4e-3, 100, 2017
WEIGHT_DECAY = 0.1
EPOCHS = 2 if stage.quick else 20

class MatrixDecay(tt.AdamW):
    """AdamW that shrinks matrices only, no biases and no weights of a LayerNorm."""
    def update(self, data, grad, state, lr):
        self.weight_decay = WEIGHT_DECAY if data.ndim > 1 else 0.0
        super().update(data, grad, state, lr)

def trainer_of(model, epochs):
    """AdamW, and one cycle of the learning rate."""
    optimizer = MatrixDecay(model.parameters(), lr=LR, betas=(0.9, 0.99))
    schedule = tt.OneCycleLR(optimizer, max_lr=LR, total_steps=epochs * EPOCH_STEPS,
                             pct_start=0.05 if epochs > 5 else 0.2)
    return tt.Trainer(model, optimizer, tt.cross_entropy, schedule, max_norm=1.0)

PROMPT = "ROMEO:\n"

def written(model, count=200, temperature=0.8):
    """What it writes after the prompt; the same lots every time."""
    tokens = tt.generate(model, np.array(tokenizer.encode(PROMPT)), count, temperature, rng=SEED)
    return tokenizer.decode(tokens.tolist())[len(PROMPT):]

rng = np.random.default_rng(SEED)
model = model_of(rng)
batches = RandomWindows(train, CONTEXT, BATCH, EPOCH_STEPS, rng)
some = all_windows(test, CONTEXT)[::9]
trainer = trainer_of(model, EPOCHS)
recipe = (f"{LAYERS}-{HEADS}-{CHANNELS}-{CONTEXT}_{EPOCHS}_epochs_batch_{BATCH}_lr_{LR}"
          f"_seed_{SEED}")
checkpoint = stage.folder / "results" / f"04_{recipe}.npz"
before = stage.earlier(checkpoint, EPOCHS)

curves, sampled, resting = tt.LiveCurves(), {1, 2, 5, 20}, [0.0]

def watch(history):
    """After an epoch: its line, or the curves in a notebook; after a few, what the model writes."""
    begin = time.process_time()
    curves(history)
    done = len(history["loss"])
    if done in sampled:
        print(f"--- after {done * EPOCH_STEPS:,} steps it writes:\n{written(model, 160)}\n---",
              flush=True)
    resting[0] += time.process_time() - begin

start = time.process_time()
history = trainer.fit(batches, min(EPOCHS, stage.epochs or EPOCHS), some, checkpoint, watch)
seconds, here = time.process_time() - start - resting[0], trainer.epochs - before
if here:
    stage.tell(f"{here} epochs of {EPOCH_STEPS} steps in this run, {seconds:.0f} s of CPU time, "
               f"{1000 * seconds / here / EPOCH_STEPS:.1f} ms a step, tests included")
stage.leave(trainer.epochs, EPOCHS)

# After a hundred steps it knows which characters are frequent and how long words are. After two hundred it writes
# capitals and a colon where somebody begins to speak. After five hundred there are short English words, and after two
# thousand most words are English.

steps = EPOCH_STEPS * np.arange(1, EPOCHS + 1)
fig, ax = plt.subplots(figsize=(8, 4))
ax.plot(steps - EPOCH_STEPS / 2, history["loss"], ".-", label="GPT, while learning")
ax.plot(steps, history["test_loss"], ".-", label="GPT, a ninth of the last tenth")
for n, colour in zip((1, 2, 3, 4), ("0.75", "0.6", "0.45", "0.3"), strict=True):
    ax.axhline(counted[n], color=colour, ls="--", lw=1)
    ax.text(steps[-1], counted[n], f"counting, {n - 1} before", ha="right", va="bottom",
            fontsize=8, color=colour)
ax.axhline(1.88, color="firebrick", lw=1)
ax.text(0, 1.88, "nanoGPT, published", va="bottom", fontsize=8, color="firebrick")
ax.set(xlabel="step", ylabel="loss, nats a character")
ax.legend(loc="upper center", fontsize=8)
stage.show("curves")

print("\nHow good is it?\n---------------")

# The whole of the last tenth, cut into rows of 64 characters, every character asked about once. nanoGPT takes 200
# random batches of the same tenth instead, which comes to the same but for chance. The first characters of a row are
# the hardest: there is little before them. **Predict:** how many characters of context does it take until more are of
# no use?

def losses_by_place(model, windows):
    """The mean loss at each place of the context."""
    total, rows = np.zeros(CONTEXT), 0
    model.eval()
    with tt.no_grad():
        for x, y in stage.progress(windows, "the last tenth"):
            scores = tt.log_softmax(model(x)).numpy()
            total -= np.take_along_axis(scores, y[..., None], axis=-1)[..., 0].sum(axis=0)
            rows += len(x)
    return total / rows

by_place = losses_by_place(model, all_windows(test, CONTEXT))
loss = by_place.mean()
print(f"{len(test) // CONTEXT * CONTEXT:,} characters, loss {loss:.4f}: as good as guessing among "
      f"{np.exp(loss):.1f}, {loss / np.log(2):.2f} bits a character")
fig, ax = plt.subplots(figsize=(6, 3.2))
ax.plot(np.arange(1, CONTEXT + 1), by_place, ".-")
best = min(counted.values())
ax.axhline(best, color="gray", ls="--", lw=1, label="counting at its best")
ax.set(xlabel="characters that it sees", ylabel="loss")
ax.legend()
stage.show("context")
for low, high in ((0, 1), (1, 4), (4, 16), (16, 64)):
    print(f"after {low + 1} to {high} characters: loss {by_place[low:high].mean():.3f}")

print("\nWhat it writes\n--------------")

# Three hundred characters each, at three temperatures. At 0 it always takes the likeliest character.

for temperature in (0, 0.8, 1.2):
    print(f"--- temperature {temperature}\n"
          f"{PROMPT}{written(model, 100 if stage.quick else 300, temperature)}\n")

# At 0 it goes round in circles. At 0.8 the words are mostly English, the lines have the length of verse, and it means
# nothing. At 1.2 it invents words.
#
# How many of them are words? Each word that it writes is looked up in the nine tenths that it learned from.

known_words = set("".join(c if c.isalpha() else " " for c in text[:len(train)].lower()).split())

def word_share(sample):
    """The share of the words in it that Shakespeare used; the last one, cut off, does not count."""
    words = "".join(c if c.isalpha() else " " for c in sample.lower()).split()[:-1]
    return np.mean([word in known_words for word in words])

many = 300 if stage.quick else 1000
shares = {t: word_share(written(model, many, t)) for t in (0.5, 0.8, 1.2)}
untrained = word_share(written(model_of(0), many))
print("words that Shakespeare used: "
      + ", ".join(f"{share:.0%} at temperature {t}" for t, share in shares.items())
      + f"; {untrained:.0%} before training")

print("\nWhere it looks\n--------------")

# One line of a play, and the four heads of the first and the last layer. Nothing is ever taken from the right of the
# diagonal: the mask sees to that.

LINE = "ROMEO:\nShall I hear more, or shall I speak at this?"
maps = attention_weights(model, np.array(tokenizer.encode(LINE)))
names = [c if c.strip() else "·" if c == " " else "¶" for c in LINE]
fig, axes = plt.subplots(2, HEADS, figsize=(15, 8))
for row, layer in enumerate((0, LAYERS - 1)):
    for head, ax in enumerate(axes[row]):
        ax.imshow(maps[layer][head], cmap="Blues", vmin=0, vmax=maps[layer][head][8:].max())
        ax.set_xticks(range(len(names)), names, fontsize=6)
        ax.set_yticks(range(len(names)), names, fontsize=6)
        ax.set_title(f"layer {layer + 1}, head {head + 1}", fontsize=9)
stage.show("maps")
print("weight on                  itself   the one before   2 to 4 before   further back")
for layer, weights in enumerate(maps, start=1):
    for head, w in enumerate(weights[:, 16:], start=1):
        rows, columns = np.arange(16, len(LINE))[:, None], np.arange(len(LINE))
        far = [w[rows - columns == 0].sum(), w[rows - columns == 1].sum(),
               w[(rows - columns > 1) & (rows - columns < 5)].sum(), w[rows - columns > 4].sum()]
        print(f"layer {layer}, head {head}" + "".join(f"{share / len(w):17.0%}" for share in far))

print("\nWhat it costs\n-------------")

some_trainer, one_step = trainer_of(model_of(0), 1), RandomWindows(train, CONTEXT, BATCH, 1, SEED)
print(f"{4 * whole:,} bytes for the numbers; with gradients and Adam's means and squares "
      f"{16 * whole:,}")
in_passing = peak_bytes(lambda: some_trainer.one_epoch(one_step))
print(f"a step takes {in_passing / 1e6:.1f} MB in passing")
flops = 3 * per_token * BATCH * CONTEXT * EPOCH_STEPS
read = BATCH * CONTEXT * EPOCH_STEPS * EPOCHS
print(f"the whole run: {flops * EPOCHS / 1e12:.1f} TFLOP for {read:,} characters, "
      f"{read / len(train):.1f} times as many as there are to learn from")
if here:
    print(f"{flops * here / seconds / 1e9:.1f} GFLOP/s over {here * EPOCH_STEPS} steps, "
          "tests included")

print("\nScaling: how large should it be?\n--------------------------------")

# The same short run for three widths, one head for every 32 channels. **Predict:** what is worth more in the same
# time, a wider network or more steps?

widths, rounds = ((32, 64), 1) if stage.quick else ((32, 64, 128), 2)
print(f"{rounds * EPOCH_STEPS} steps      numbers     loss   CPU time")
for width in widths:
    rng = np.random.default_rng(SEED)
    small = tt.GPT(VOCABULARY, width, width // 32, 2, CONTEXT, rng=rng, tie_weights=True)
    begin = time.process_time()
    short = trainer_of(small, rounds)
    short.fit(RandomWindows(train, CONTEXT, BATCH, EPOCH_STEPS, rng), rounds, watch=None)
    took = time.process_time() - begin
    print(f"{width:4} channels {numbers_in(small)[0]:11,} "
          f"{short.evaluate(some)['loss']:8.3f} {took:8.1f} s")

print("\nQuestions to think about\n------------------------")

stage.ask("Counting gets worse when it looks far back, the network does not. What can the network "
          "do with a row of characters that it has never seen?",
          "The loss while learning and the loss on the last tenth: how far apart are they at the "
          "end? What would you change first if you had ten times the time?",
          "Which of the figures above would be different for French? For a text without capitals?",
          "It has read all of this and writes verse without a meaning. What would it need to mean "
          "something: more text, more numbers, or something else?",
          "A learning rate four times as high makes the same run better. How would you look for "
          "the best one without looking at the last tenth?")

print("\nThe verdict\n-----------")

least, wanted = (2.55, 0.2) if stage.quick else (1.85, 0.75)
stage.expect(f"validation loss, the whole last tenth, after {EPOCHS * EPOCH_STEPS:,} steps",
             f"{loss:.4f}", f"{least:.2f} or less", loss <= least)
stage.expect("numbers, without positions and biases", f"{published:,}", "0.80 million",
             round(published / 1e6, 2) == 0.8)
rival = 2 if stage.quick else 4
stage.expect(f"better than counting, {rival - 1} before", f"{loss:.3f}",
             f"below {counted[rival]:.3f}", loss < counted[rival])
stage.expect("words at temperature 0.8 that Shakespeare used", f"{shares[0.8]:.0%}",
             f"{wanted:.0%} or more", shares[0.8] >= wanted)
stage.verdict()
