"""2018–2021: what reading first is worth

In October 2018 Jacob Devlin and his colleagues at Google published *BERT*: a transformer that had first read books
and Wikipedia, guessing words that were covered, and then learned the task at hand from few examples. In 2019 Nils
Reimers and Iryna Gurevych trained such encoders so that sentences of like meaning get like vectors
(*Sentence-BERT*). In 2020 Wenhui Wang and others at Microsoft squeezed large encoders into small ones (*MiniLM*).
all-MiniLM-L6-v2 stands on all three: six blocks, 22 million weights, trained on over a billion pairs of sentences.

Your GPT of part 1 has read TinyTalks and nothing else. Here your Embedding, MultiHeadAttention, LayerNorm and
Linear run the weights of an encoder that has read before, and look up the answers to the reworded questions.
"""
# Exported from 05_pretrained.ipynb by `tito export`: change the notebook, not this file.

import json

import tinytorch as tt  # before NumPy: it sets one BLAS thread, the fastest for small matrices
from tito.experiment import Stage, peak_bytes
from tito.measure import best_seconds

import matplotlib.pyplot as plt
import numpy as np
from encoder import batches, encode, exact_gelu
from encoder_parts import check_encoder_parts
from minilm import WordPieces, found, load_encoder, missing, read_weights
from nearest import metric_of_wordings, nearest, two_axes, unit, word_weights

stage = Stage(__doc__)

print("\nYour parts\n----------")

# Seven questions with known answers, in `encoder_parts.py`, to modules 03, 11, 12 and 13.

check_encoder_parts(stage)

print("\nIs it here?\n-----------")

# This part is optional. The weights (under the Apache licence 2.0) are published in a package of 83 MB, whose files
# are read and whose code is not run; two small libraries read them. What is missing is named, with the command that
# brings it.

if reason := missing():
    stage.skip(reason)
print("all-MiniLM-L6-v2 is here")

print("\nWhat is in the file\n-------------------")

# The file is a list of named arrays, laid out as PyTorch has them, and nothing else: no code, unlike a pickle.

weights = read_weights()
size = found("model.safetensors").stat().st_size
print(f"model.safetensors, {size:,} bytes, {len(weights)} arrays")
for name, array in weights.items():
    if ".layer." not in name or ".layer.0." in name:
        print(f"{name:52}{' x '.join(map(str, array.shape)):>13}{array.size:13,}  {array.dtype}")

# Half of it is one table: a row of 384 numbers for each of 30,522 pieces of words. The other five layers look like
# layer 0. The pooler is not used for sentence vectors, and `position_ids` is 0 to 511.

print("\nBERT's block, from your parts\n-----------------------------")

# Your GPT's block normalizes what goes *into* attention. BERT, like the first transformer, normalizes the sum that
# comes *out*:
#
#     x = norm1(x + attention(x))
#     x = norm2(x + down(gelu(up(x))))
#
# There is no causal mask: every word looks at the words after it too. The mask only hides the zeros that fill up
# short sentences. BERT has three matrices for query, key and value; your `in_proj` is these three, one under another.
# The code is in `encoder.py`, the names are matched in `minilm.py`.

model, pieces = load_encoder(), WordPieces()
parts = {}
for name, p in model.named_parameters():
    kind = ".".join(name.split(".")[2:-1]) if name.startswith("blocks") else name.split(".")[0]
    kind = kind or "attention"                       # in_proj_weight stands on the layer itself
    parts[kind] = parts.get(kind, 0) + p.size
numbers = sum(parts.values())
for kind, size in [*parts.items(), ("together", numbers)]:
    print(f"{kind:20}{size:12,} parameters{4 * size:13,} bytes{size / numbers:7.1%}")
print(" ".join(pieces.split("Tokenization in Kyrgyzstan.")))

# The tokenizer was trained by another rule than yours, and a word that is too rare is cut into pieces, marked by ##.
# The vector of a sentence is the mean over its pieces, made 1 long.

print("\nIs it the same as in PyTorch?\n-----------------------------")

# Six sentences were sent through the same weights in PyTorch, and the vectors were kept in `pytorch_vectors.npz`. One
# thing differs: BERT was trained with GELU as it is defined, by the error function, while module 02 has the
# approximation by tanh. **Predict:** how far does the vector of a sentence turn, through six blocks, if GELU is off
# by 0.0005 at most?

with np.load(stage.folder / "pytorch_vectors.npz") as kept:
    texts, theirs = [str(text) for text in kept["texts"]], unit(kept["vectors"].astype(float))
agree = {}
for name, gelu in (("tanh, module 02", tt.gelu), ("exact", exact_gelu)):
    for block in model.blocks:
        block.activation = gelu
    ours = unit(encode(model, pieces.ids(texts)).astype(np.float64))
    agree[name] = (ours * theirs).sum(axis=1).min()
    print(f"GELU {name:16} smallest cosine with PyTorch's vector: {agree[name]:.9f}")
x = np.linspace(-5, 5, 401, dtype=np.float32)
plt.figure(figsize=(5, 2.8))
plt.plot(x, tt.gelu(tt.Tensor(x)).numpy() - exact_gelu(tt.Tensor(x)).numpy())
plt.xlabel("x")
plt.ylabel("tanh form minus exact")
stage.show("gelu")

# With the exact form the vectors are PyTorch's, up to the rounding of float32. With the approximation they turn by a
# thousandth of a radian: of the 868 questions below not one would get another answer. But the weights were trained
# with the exact form, so the encoder has it. Its error function is a formula of 1964 with five numbers, see
# `encoder.py`, and its rule for `backward` stands beside it, as for every Op of yours.

print("\nSentences as points\n-------------------")

# **Predict:** which pairs of these eight sentences are most alike? The first four are questions, the last four the
# same in other words.

shown = ["What is the capital of France?", "What is the capital of Japan?", "What is 3 plus 4?",
         "What is 3 plus 6?", "Please name the capital of France.",
         "Please name the capital of Japan.",
         "Tell me the sum of 3 and 4.", "Tell me the sum of 3 and 6."]
vectors = encode(model, pieces.ids(shown))
fig, ax = plt.subplots(figsize=(8.4, 4))
picture = ax.imshow(vectors @ vectors.T, vmin=0, vmax=1, cmap="viridis", aspect="auto")
for (row, column), cosine in np.ndenumerate(vectors @ vectors.T):
    ax.text(column, row, f"{cosine:.2f}", ha="center", va="center", fontsize=8,
            color="black" if cosine > 0.7 else "white")
ax.set_xticks([])
ax.set_yticks(range(8), shown)
fig.colorbar(picture, label="cosine")
stage.show("similarities")

# For capitals the country decides: France and France in other words have 0.92, France and Japan in the same words
# 0.47. For sums the wording does: *What is 3 plus 4?* is nearer to *What is 3 plus 6?* (0.83) than to its own
# rewording (0.77).

print("\nThe questions in other words\n----------------------------")

# All of TinyTalks becomes points: the training questions, the held-out rewordings, and the last turns that follow a
# first turn in which training has other questions. The turns of a dialogue are joined to one text. The answer to a
# held-out question is that of the nearest training question, word by word. No weight changes.
#
# Beside the encoder stands what was known in 1972: the same pieces, counted, a rare one counting more, no order, no
# pretraining.

def thinned(dialogues):
    """All of them; for the quick version those of every eighth question."""
    kept = [d for d in dialogues if number_of[question_of(d)] % 8 == 0]
    return kept if stage.quick else dialogues

def question_of(dialogue):
    """What its wordings have in common: the turns before, and the answer."""
    return dialogue.turns[:-1], dialogue.answer

def joined(dialogue):
    return " ".join(dialogue.prompt.split("\n")).strip()

everything = [tt.load_tinytalks(split) for split in ("train", "held_out", "combinations")]
number_of = {}
for dialogue in everything[0] + everything[2]:
    number_of.setdefault(question_of(dialogue), len(number_of))
train, held_out, combinations = map(thinned, everything)
ids = [pieces.ids([joined(d) for d in some]) for some in (train, held_out, combinations)]
all_ids = sum(ids, [])
print(f"{len(train):,} training questions, {len(held_out)} held-out rewordings, "
      f"{len(combinations)} combinations; {np.mean([len(i) for i in all_ids]):.1f} pieces each, "
      f"{max(map(len, all_ids))} at most")

def split_up(rows):
    """Rows of everything as those of train, held_out and combinations."""
    return np.split(rows, np.cumsum([len(train), len(held_out)]))

layers = encode(model, all_ids, every_layer=True,
                progress=lambda batches: stage.progress(batches, "sentences"))
encoder_says = split_up(layers[-1])
words_say = split_up(word_weights(all_ids, ids[0]))

def right(asked, known, dialogues, among=None):
    """For each question, whether the nearest known one has the right answer."""
    among = train if among is None else among
    return np.array([among[place].answer == d.answer
                     for place, d in zip(nearest(asked, known)[0], dialogues)])

levels = np.array([d.level for d in held_out])
names = list(dict.fromkeys(levels.tolist()))

def line(name, good):
    """Print the share of right answers, over all and level by level."""
    shares = [good.mean(), *(good[levels == level].mean() for level in names)]
    print(f"{name:32}" + "".join(f"{share:14.1%}" for share in shares))

print(f"{'right answers, held out':32}" + "".join(f"{name:>14}" for name in ["all", *names]))
plain = right(encoder_says[1], encoder_says[0], held_out)
plain_words = right(words_say[1], words_say[0], held_out)
line("weighted words", plain_words)
line("pretrained encoder", plain)
own = stage.folder / "results" / "01_vaswani_generation.json"
for claim, share, *_ in json.loads(own.read_bytes())["claims"] if own.is_file() else []:
    if "held" in claim or "reword" in claim:
        print(f"your own GPT, from part 1: {claim}: {share}")

# Facts and common sense: 96% and 98%, from weights that have never seen TinyTalks. In these it matters what a
# question is about. Arithmetic has 36%, and you have seen why.

print("\nTen of them\n-----------")

# Five that it gets right, and the five mistakes of which it is surest.

place, cosine = nearest(encoder_says[1], encoder_says[0])
surest = np.flatnonzero(~plain)[np.argsort(-cosine[~plain])][:5]
spread = np.flatnonzero(plain)[np.linspace(0, plain.sum() - 1, 5).astype(int)]
for row in [*spread, *surest]:
    mark = "right" if plain[row] else "WRONG"
    print(f"{mark} {cosine[row]:.2f}  {joined(held_out[row])}\n"
          f"       nearest: {joined(train[place[row]])}  -> {train[place[row]].answer}")

# The surest mistakes are numbers, exchanged or one off. Some answers would even do, for 2 times 4 is 8 as well, but
# what was asked for begins with *2 times 4*. Exact match counts them as wrong, as it does for your GPT.

print("\nSeveral turns\n-------------")

# The last question of a dialogue says little without the turns before it. With the turns joined, their words are part
# of the mean. In `combinations` the first turn is in training too, but with another question after it. **Predict:**
# what will be nearest, a dialogue with the same first turn, or one with the same question?

several = [np.array([len(d.turns) > 1 for d in some]) for some in (train, held_out)]
alone = [pieces.ids([d.turns[-1][0] for d in some if len(d.turns) > 1])
         for some in (train, held_out)]
with_turns, with_several = [[d for d in some if len(d.turns) > 1] for some in (train, held_out)]
last_only = right(encode(model, alone[1]), encode(model, alone[0]), with_several, with_turns)
mixed = right(encoder_says[2], encoder_says[0], combinations)
near = [train[i] for i in nearest(encoder_says[2], encoder_says[0])[0]]
same_start = np.mean([a.turns[0] == d.turns[0] for a, d in zip(near, combinations)])
same_end = np.mean([a.turns[-1][0] == d.turns[-1][0] for a, d in zip(near, combinations)])
stored = np.mean([d.answer in {t.answer for t in train} for d in combinations])
print(f"several turns, held out: {last_only.mean():.1%} by the last question alone, "
      f"{plain[several[1]].mean():.1%} with the turns joined")
print(f"combinations: {mixed.mean():.1%} right; the nearest has the same first turn in "
      f"{same_start:.0%}, the same question in {same_end:.0%}")
print(f"answers to combinations that stand in training at all: {stored:.0%}")

# Without the first turn the last question says next to nothing. With it, more than half are found. In the
# combinations the nearest dialogue has the same beginning three times out of four, and so another question; no stored
# dialogue has both. One answer in five stands nowhere in training: a search can find, it cannot combine. For that,
# both turns must be read, which is what part 2 teaches your GPT.

print("\nWhat other words change\n-----------------------")

# The encoder was trained on what people ask, where the subject matters and a number hardly does. In TinyTalks the
# number is the question. Your three training wordings of each question show which directions change when only the
# words do: these should count less. That is one matrix of 384 × 384 numbers, from an eigenvalue decomposition,
# without a step of training. How much to add to each variance is tried with one training wording of each question set
# aside: a hundredth of their mean will do for both.

group = np.array([number_of[question_of(d)] for d in train])
held_group = np.array([number_of[question_of(d)] for d in held_out])
aside = np.zeros(len(train), bool)
aside[np.unique(group, return_index=True)[1]] = True                # the first wording of each
set_aside, left = [[d for d, a in zip(train, aside) if a == chosen] for chosen in (True, False)]

def learned(says, rows, shrink=0.01):
    """Everything in the metric that these training rows teach."""
    matrix = metric_of_wordings(says[0][rows], group[rows], shrink)
    return [(some - says[0].mean(axis=0)) @ matrix for some in says]

for shrink in (0.0001, 0.01, 0.1, 1.0):
    good = [right(known[aside], known[~aside], set_aside, left).mean() for known in
            (learned(says, ~aside, shrink)[0] for says in (words_say, encoder_says))]
    print(f"shrink {shrink:<7} wordings set aside: words {good[0]:.1%}, encoder {good[1]:.1%}")

def transferred(says):
    """Each level's questions in the metric learned from the *other* levels' wordings."""
    good = np.zeros(len(held_out), bool)
    known_level = np.array([d.level for d in train])
    for level in names:
        known, asked, _ = learned(says, known_level != level)
        chosen = levels == level
        good[chosen] = right(asked[chosen], known, [d for d in held_out if d.level == level])
    return good

every = np.ones(len(train), bool)
print(f"{'right answers, held out':32}" + "".join(f"{name:>14}" for name in ["all", *names]))
results = {}
for name, says in (("words", words_say), ("encoder", encoder_says)):
    in_metric = learned(says, every)
    results[name] = right(in_metric[1], in_metric[0], held_out)
    line(f"{name}, as they are" if name == "words" else f"{name}, as it is",
         plain_words if name == "words" else plain)
    line(f"{name}, other levels' wordings", transferred(says))
    line(f"{name}, all wordings", results[name])
    print(f"{name + ', all wordings':32}"
          f"{right(in_metric[2], in_metric[0], combinations).mean():14.1%}  of the combinations")

# 98.5%, and arithmetic from 36% to 98%: the numbers were in the vectors all the time. But look at the counted words:
# in the metric that your wordings teach they reach 99.1%. Where training shows how people will ask, pretraining adds
# nothing. TinyTalks is such a place: each pattern of the held-out wordings was seen with other contents. Where the
# patterns are new, taught by other levels only, the encoder leads by 17 points. The combinations gain nothing from
# either.
#
# Six sums in four wordings, on the two axes along which these 24 points differ most: before, and in the learned
# metric. A color is a sum, a shape is a wording; large is the one held out.

in_metric = learned(encoder_says, every)
sums = [g for g in np.unique(held_group[levels == "arithmetic"])
        if "plus" in held_out[np.flatnonzero(held_group == g)[0]].answer][:6]
fig, axes = plt.subplots(1, 2, figsize=(10, 3.8))
titles = "as the encoder gives them", "in the learned metric"
for ax, (known, asked, _), title in zip(axes, (encoder_says, in_metric), titles):
    rows = [(train[i], known[i], 6) for i in np.flatnonzero(np.isin(group, sums))]
    rows += [(held_out[i], asked[i], 11) for i in np.flatnonzero(np.isin(held_group, sums))]
    spots = two_axes(unit(np.array([vector for _, vector, _ in rows])))
    for (dialogue, _, size), spot in zip(rows, spots):
        number = sums.index(number_of[question_of(dialogue)])
        shape = {"What": "o", "How": "s", "Add": "^"}.get(dialogue.prompt.split()[0], "D")
        ax.plot(*spot, shape, color=f"C{number}", markersize=size, alpha=0.75,
                label=dialogue.answer if size == 11 else None)
    ax.set(title=title, xticks=[], yticks=[])
axes[1].legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=9)
stage.show("map")

# On the left the shapes lie together: the strongest difference is how it was asked. On the right the colors do.

print("\nScaling: how much data of your own is it worth?\n-----------------------------------------------")

# Now the metric learns from the wordings of fewer questions, drawn by lot; all held-out rewordings are asked. And on
# the right: the vectors pooled after each block, without the metric. **Predict** both curves.

counts = [10, 30, 100, len(np.unique(group))]
fig, axes = plt.subplots(1, 2, figsize=(10, 3.4))
share = {}
for name, says, without in (("words", words_say, plain_words), ("encoder", encoder_says, plain)):
    share[name] = [without.mean()]
    for count in stage.progress(counts, f"{name}, questions"):
        seeds, good = range(1 if count == counts[-1] else 3), []
        for seed in seeds:
            lot = np.random.default_rng(seed).permutation(np.unique(group))[:count]
            known, asked, _ = learned(says, np.isin(group, lot))
            good.append(right(asked, known, held_out).mean())
        share[name].append(np.mean(good))
    axes[0].plot(range(5), share[name], "o-", label=name)
    print(f"metric from 0, {', '.join(map(str, counts))} questions, {name:8}"
          + "".join(f"{s:8.1%}" for s in share[name]))
depth = [right(*split_up(layer)[1::-1], held_out).mean() for layer in layers]
print("after the embeddings and each block:        " + "".join(f"{s:8.1%}" for s in depth))
axes[0].set(xticks=range(5), xticklabels=[0, *counts], xlabel="questions that taught the metric",
            ylabel="right answers, held out", ylim=(0, 1))
axes[0].legend()
axes[1].plot(depth, "o-")
axes[1].set(xlabel="blocks", ylim=(0, 1))
stage.show("scaling")

# Untaught, the encoder does what counted words do after the wordings of 10 to 30 questions. Its lead is 18 points
# without any, 13 with 10, 8 with 30, 3 with 100, and none with all: that is what reading first is worth *here*. On
# the right, only the last block's vectors are of use: they are the ones that were trained to be compared. The blocks
# before it prepare them, and by themselves they find less than the bare embeddings do.

print("\nWhat it costs\n-------------")

def flops(tokens, width=384, depth=6):
    """Operations for a sentence: the matrices, 12 width² of them a block, and attention."""
    return depth * (24 * tokens * width ** 2 + 4 * tokens ** 2 * width)

print("pieces  sentences at once    FLOPs each   ms each  GFLOP/s  bytes in passing")
for tokens, size in ((8, 1), (8, 32), (16, 32), (64, 8), (256, 1)):
    row = [list(range(1000, 1000 + tokens))] * size
    seconds = best_seconds(lambda row=row, size=size: encode(model, row, size), repeats=2)
    print(f"{tokens:6}{size:19}{flops(tokens):14,}{1e3 * seconds / size:10.2f}"
          f"{size * flops(tokens) / seconds / 1e9:9.1f}"
          f"{peak_bytes(lambda row=row, size=size: encode(model, row, size)):18,}")
real = sum(map(len, all_ids))
for name, by_length in (("in their order", False), ("sorted by length", True)):
    rows = sum(some.size for _, some, _ in batches(all_ids, 32, by_length))
    print(f"batches of 32, {name:17} {rows:9,} places for {real:,} pieces: {1 - real / rows:.1%} "
          f"filled up")

# A sentence by itself is the dearest: every weight is read from memory for the sake of eight rows. Together, 32
# sentences share it. The bytes in passing are mostly the 1,536 hidden numbers of every piece, several times over.
# Sorting by length leaves hardly any place to fill up; the tokenizer's file would have had every sentence filled up
# to 128 places, ten times as many.

print("\nQuestions to think about\n------------------------")

stage.ask("The encoder has about 50 times the weights of your GPT, and has read far more. At "
          "which of the five levels does that help most, and why not at arithmetic?",
          "With all training wordings at hand, counted words do as well as the encoder. Is "
          "pretraining useless then? What would you ask of a user who writes in their own "
          "words?",
          "Nearest neighbour cannot answer what nobody has answered before. Which of the splits "
          "shows that, and what does your GPT do there that this cannot?",
          "The mean forgets the order of the pieces. How can two sentences with the same words "
          "still get different vectors?",
          "The scores of blocks 1 to 5 are lower than those of the bare embeddings. What were "
          "these blocks trained for?")

print("\nThe verdict\n-----------")

least = (0.999999, 0.75 if stage.quick else 0.70, 0.90)
stage.expect("smallest cosine with PyTorch's vectors", f"{agree['exact']:.8f}",
             f"{least[0]} or more", agree["exact"] >= least[0])
stage.expect("held-out rewordings, encoder as it is", f"{plain.mean():.1%}",
             f"{least[1]:.0%} or more", plain.mean() >= least[1])
lead = plain.mean() - plain_words.mean()
stage.expect("its lead over weighted words, points", f"{100 * lead:.1f}", "10 or more", lead >= 0.1)
stage.expect("encoder, metric of all wordings", f"{results['encoder'].mean():.1%}",
             f"{least[2]:.0%} or more", results["encoder"].mean() >= least[2])
stage.expect("lead with 10 questions' wordings, points",
             f"{100 * (share['encoder'][1] - share['words'][1]):.1f}", "5 or more",
             share["encoder"][1] - share["words"][1] >= 0.05)
stage.verdict()
