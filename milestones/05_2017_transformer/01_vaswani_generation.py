"""2017: attention is all you need

On June 12, 2017, eight authors at Google, Ashish Vaswani first, put a paper on arXiv: *Attention is all you need*.
Networks for language had been reading one word after the other, and each step had to wait for the one before. The
*transformer* has no such chain: every token looks at all the others at once. Their larger model translated English
to German at 28.4 BLEU, more than two above the best before it, after three and a half days on eight graphics cards.
In 2018 Alec Radford and his colleagues at OpenAI kept only the half that predicts the next token, let it read books,
and called the idea *generative pre-training*: GPT.

Your modules 10 to 13 are that network. Here it learns from nothing but 658 short questions, each asked in three
wordings, and then answers each of them in a fourth wording that it has never seen.
"""
# Exported from 01_vaswani_generation.ipynb by `tito export`: change the notebook, not this file.

import time

import tinytorch as tt  # before NumPy: it sets one BLAS thread, the fastest for small matrices
from tito.experiment import Stage, peak_bytes

import matplotlib.pyplot as plt
import numpy as np
from answering import answers
from growing import GrowingAnswers
from looking import attention_weights, draw_map, readable
from talks import Batches, batch_of, corpus, exactly_right, loss_where_asked, prompt_of, row_of
from your_parts import check_parts

stage = Stage(__doc__, long=True)

print("\nYour parts\n----------")

# Eighteen questions with known answers, in `your_parts.py`, to modules 04 to 13.

check_parts(stage)

print("\nThe questions\n-------------")

# TinyTalks was written for this course: `datasets/tinytalks/README.md` tells how. This part takes the four levels that
# need one question only; part 2 takes the dialogues. The last wording of each question is held out: it is never
# trained.

LEVELS = ("greetings", "facts", "arithmetic", "common_sense")
train, held_out = [[talk for talk in tt.load_tinytalks(split) if talk.level in LEVELS]
                   for split in ("train", "held_out")]
print(f"{len(train):,} questions to learn from, {len(held_out)} rewordings held out\n")
for level in LEVELS:
    some = [talk for talk in train if talk.level == level][3]
    same = [talk for talk in train if talk.answer == some.answer]
    other = [talk for talk in held_out if talk.answer == some.answer]
    print(f"{level}:", " / ".join(talk.turns[0][0] for talk in same))
    print(f"    held out: {other[0].turns[0][0]}")
    print(f"    answer:   {some.answer}")

print("\nCharacters or pieces?\n---------------------")

# A transformer sees tokens. If a token is a character, nothing is unknown, and a question is long; your `BPETokenizer`
# joins what often stands together. It learns from the training wordings only.

text = corpus(train)
characters = tt.CharTokenizer().train(text)
tokenizers = {"characters": characters}
tokenizers |= {f"BPE, {size:,}": tt.BPETokenizer().train(text, size) for size in (400, 1000)}
print("tokenizer       vocabulary    tokens   longest   'What is the capital of France?'")
for name, tokenizer in tokenizers.items():
    lengths = [len(row_of(talk, tokenizer).ids) for talk in train + held_out]
    capital = "|".join(readable(tokenizer, tokenizer.encode("What is the capital of France?")))
    print(f"{name:14}{tokenizer.vocab_size:12,}{sum(lengths):10,}{max(lengths):10}   {capital}")

# Fewer tokens are less work, and the work of attention grows with the square of their number. There is a second gain:
# what the answer must repeat from the question, such as a country, is one or two tokens to copy instead of six letters
# to spell. How much it is worth is measured further below. We go on with 1,000 tokens.

tokenizer = tokenizers["BPE, 1,000"]
rows, rows_held_out = [[row_of(talk, tokenizer) for talk in talks] for talks in (train, held_out)]
x, y = batch_of(rows[:1], "answers")
print("sees:", *[f"{token:>7}" for token in readable(tokenizer, x[0])])
print("says:", *[f"{readable(tokenizer, [i])[0] if i >= 0 else '':>7}" for i in y[0]])

# Each token is asked for the next one. Above, only the answer is asked for. Whoever trains on the question too teaches
# the network which words follow each other in questions, which nobody will ask it.

print("\nThe network\n-----------")

# A GPT of two blocks: 128 numbers a token, four heads.

WIDTH, HEADS, BLOCKS = 128, 4, 2
LONGEST = max(len(row.ids) for row in rows + rows_held_out)

def network(vocab_size, rng, longest=LONGEST):
    """Token ids (N, T) -> scores for the token after each, (N, T, vocab_size)."""
    return tt.GPT(vocab_size, WIDTH, HEADS, BLOCKS, longest, rng=rng)

def operations(length, vocab_size):
    """The FLOPs of one row of `length` tokens, forward: two for each weight that is used, and
    attention.
    """
    weights = BLOCKS * 12 * WIDTH ** 2 + vocab_size * WIDTH
    return 2 * length * weights + BLOCKS * 4 * length ** 2 * WIDTH

model = network(tokenizer.vocab_size, np.random.default_rng(2017))
parts = {}
for name, p in model.named_parameters():
    part = "blocks." + name.split(".")[1] if name.startswith("blocks") else name.split(".")[0]
    parts[part] = parts.get(part, 0) + p.size
numbers = sum(parts.values())
print(f"{'part':14}{'parameters':>12}{'bytes':>12}")
for part, count in [*parts.items(), ("together", numbers)]:
    print(f"{part:14}{count:12,}{4 * count:12,}")
mean = np.mean([len(row.ids) for row in rows])
forward, quadratic = operations(mean, tokenizer.vocab_size), BLOCKS * 4 * mean ** 2 * WIDTH
print(f"\na question and its answer, {mean:.0f} tokens, forward: {forward:,.0f} FLOPs, "
      f"{quadratic / forward:.1%} of them token against token")

print("\nThe run\n-------")

# After every epoch all that the rest depends on is in a file in `results/`, whose name is the recipe: stop it at any
# moment, and the next run goes on from there. Five questions are asked while it learns, in words that it will never be
# taught. **Predict:** what does it get right first, the grammar of an answer or its content?

SEED, BATCH, LR = 2017, 32, 3e-3
EPOCHS = 10 if stage.quick else 32
ASKED = [held_out[number] for number in (3, 150, 320, 420, 600)]

def trainer_of(model, batches, epochs):
    """AdamW, one cycle of the learning rate, gradients clipped."""
    optimizer = tt.AdamW(model.parameters(), lr=LR, betas=(0.9, 0.99), weight_decay=0.1)
    schedule = tt.OneCycleLR(optimizer, max_lr=LR, total_steps=epochs * len(batches),
                             pct_start=0.1)
    return tt.Trainer(model, optimizer, loss_where_asked, schedule, max_norm=1.0)

rng = np.random.default_rng(SEED)
batches, exam = Batches(rows, BATCH, rng, asked="answers"), Batches(
    rows_held_out, 200, np.random.default_rng(SEED), asked="answers")
trainer = trainer_of(model, batches, EPOCHS)
recipe = f"bpe_{tokenizer.vocab_size}_{WIDTH}_{BLOCKS}_blocks_{EPOCHS}_epochs_lr_{LR}_seed_{SEED}"
checkpoint = stage.folder / "results" / f"01_{recipe}.npz"
before = stage.earlier(checkpoint, EPOCHS)
curves, growing = tt.LiveCurves(), GrowingAnswers(checkpoint, model, tokenizer, ASKED)

def watch(history):
    """Draw the curves, and note what it answers now."""
    growing.ask(len(history["loss"]), EPOCHS)
    curves(history)

start = time.process_time()
history = trainer.fit(batches, min(EPOCHS, stage.epochs or EPOCHS), exam, checkpoint, watch)
seconds, here = time.process_time() - start, trainer.epochs - before
if here:
    stage.tell(f"{here} epochs in this run, {seconds / here:.1f} s of CPU time each")
stage.leave(trainer.epochs, EPOCHS)

print("\nHow the answers grow\n--------------------")

for number, talk in enumerate(ASKED):
    print(f"\n{talk.turns[0][0]}      ({talk.answer})")
    growing.show(number)

fig, axes = plt.subplots(1, 2, figsize=(9, 3))
epoch = np.arange(1, EPOCHS + 1)
axes[0].semilogy(epoch, history["loss"], ".-", label="trained wordings, while learning")
axes[0].semilogy(epoch, history["test_loss"], ".-", label="held-out wordings")
axes[0].legend()
axes[0].set(xlabel="epoch", ylabel="loss, nats a token of the answer")
axes[1].plot(epoch - 1, history["lr"], ".-")
axes[1].set(xlabel="epochs done", ylabel="learning rate")
stage.show("curves")

# A loss of 1.5 looks like progress and is nonsense to read. Exact match, the whole answer right or not, is the honest
# figure.

print("\nHow many answers are right?\n---------------------------")

# Greedy: always the likeliest token. To score all questions nothing is generated: the greedy answer is right exactly
# when the largest score is right at each of its tokens, given those before. One forward pass tells. On a hundred
# questions we check this against `generate`.

start = time.process_time()
(right, losses), (right_held_out, losses_held_out) = [
    exactly_right(model, some) for some in (rows, rows_held_out)]
print(f"{len(rows) + len(rows_held_out):,} questions scored in {time.process_time() - start:.1f} s")
sample = np.random.default_rng(SEED).permutation(len(held_out))[:100]
start = time.process_time()
generated = answers(model, tokenizer, [prompt_of(held_out[i], tokenizer) for i in sample])
same = np.array([held_out[i].answer == told for i, told in zip(sample, generated)])
agree = np.mean(same == right_held_out[sample])
print(f"{len(sample)} of them generated in {time.process_time() - start:.1f} s; the two verdicts "
      f"agree on {agree:.0%}\n")
print(f"{'level':14}{'trained wordings':>18}{'held-out wordings':>20}")
shares = {}
for level in (*LEVELS, "all"):
    shares[level] = [np.mean(found[[level in (talk.level, "all") for talk in talks]])
                     for found, talks in ((right, train), (right_held_out, held_out))]
    print(f"{level:14}{shares[level][0]:18.1%}{shares[level][1]:20.1%}")
print(f"{'loss':14}{losses.mean():18.3f}{losses_held_out.mean():20.3f}")

fig, ax = plt.subplots(figsize=(7, 3.2))
places = np.arange(len(shares))
for shift, (name, column) in enumerate((("trained wordings", 0), ("held-out wordings", 1))):
    heights = [pair[column] for pair in shares.values()]
    bars = ax.bar(places + 0.4 * shift, heights, 0.38, label=name)
    ax.bar_label(bars, [f"{height:.0%}" for height in heights], fontsize=8)
ax.set_xticks(places + 0.2, [level.replace("_", " ") for level in shares])
ax.set(ylabel="answers exactly right", ylim=(0, 1.25), yticks=(0, 0.5, 1))
ax.legend(ncols=2, loc="upper center")
stage.show("levels")

print("\nTen answers\n-----------")

# Drawn by lot from the held-out wordings, half of them from those it got wrong.

lot = np.random.default_rng(SEED)
wrong = np.flatnonzero(~right_held_out)
chosen = lot.permutation(wrong)[:5]
chosen = [*lot.permutation(np.flatnonzero(right_held_out))[:10 - len(chosen)], *chosen]
given = answers(model, tokenizer, [prompt_of(held_out[i], tokenizer) for i in chosen])
for i, told in zip(chosen, given):
    talk = held_out[i]
    verdict = "right" if told == talk.answer else f"WRONG, it should be: {talk.answer}"
    print(f"{talk.turns[0][0]}\n    {told}   ({verdict})")

# Most mistakes keep the form of an answer and miss its content, and it says the wrong thing as surely as the right
# one.

print("\nWhich head looks where?\n-----------------------")

# The weights of attention while it answers a question in a wording that it was not taught. A row is a token of the
# answer, as it is about to say the next one; dark is where it looks. **Predict:** where does the network look when it
# is about to say the name of the country?

capitals = [i for i, talk in enumerate(held_out) if talk.answer.startswith("The capital of ")]
row = rows_held_out[max(capitals, key=lambda i: right_held_out[i])]
maps = attention_weights(model, row.ids[:-1])
names = readable(tokenizer, row.ids[:-1])
first = int(np.argmax(row.answers)) - 1
fig, axes = plt.subplots(BLOCKS, HEADS, figsize=(13, 7.5))
for block, heads in enumerate(maps):
    for head, weights in enumerate(heads):
        draw_map(axes[block, head], weights[first:], names[first:], names,
                 f"block {block + 1}, head {head + 1}")
stage.show("attention")
after = readable(tokenizer, row.ids[1:])
print("about to say      it looks most at (block, head, weight)")
for place in range(first, len(names)):
    ends = [(heads[head, place].max(), names[heads[head, place].argmax()], block + 1, head + 1)
            for block, heads in enumerate(maps) for head in range(HEADS)]
    best = sorted(ends, reverse=True)[:3]
    print(f"{after[place]:16}", "   ".join(f"{n} ({b}, {h}, {w:.2f})" for w, n, b, h in best))

print("\nWhat it costs\n-------------")

def cpu_seconds(f):
    """The least of five calls: the machine has other work, which only ever adds."""
    spent = []
    for _ in range(5):
        start = time.process_time()
        f()
        spent.append(time.process_time() - start)
    return min(spent)

batch = next(iter(batches))
some_model = network(tokenizer.vocab_size, 0)
some_trainer = trainer_of(some_model, [0] * 1000, 1)
step = cpu_seconds(lambda: some_trainer.one_epoch([batch]))
tokens = batch[0].size
flops = 3 * len(batch[0]) * operations(batch[0].shape[1], tokenizer.vocab_size)
print(f"{numbers:,} numbers, {4 * numbers:,} bytes; with gradients and AdamW's two means "
      f"{16 * numbers:,}")
print(f"a step on {tokens} tokens: {flops / 1e9:.2f} GFLOP in {1e3 * step:.0f} ms, "
      f"{flops / step / 1e9:.1f} GFLOP/s, "
      f"{peak_bytes(lambda: some_trainer.one_epoch([batch])) / 1e6:.1f} MB in passing")
prompt = np.stack([prompt_of(ASKED[0], tokenizer)] * 64)
print("\nanswers at once     1       4      16      64")
speeds = [8 * n / cpu_seconds(lambda n=n: tt.generate(model, prompt[:n], 8, temperature=0))
          for n in (1, 4, 16, 64)]
print("tokens a second" + "".join(f"{speed:8,.0f}" for speed in speeds))

# Many answers at once are cheaper than one after the other: the same weights are read from memory once for all. Each
# new token here costs as much as the whole text before it, because everything is computed anew; module 17 ends that.

print("\nScaling: what made the difference?\n----------------------------------")

# Three decisions, each undone in a shorter run of its own; `--quick` tries one of them. **Predict** which of them
# matters most for the wordings held out.

trials = {
    "as above": (tokenizer, "answers", 1.0),
    "trained on questions too": (tokenizer, "everything", 1.0),
    "one wording a question": (tokenizer, "answers", 1 / 3),
    "characters": (characters, "answers", 1.0),
}
short = 4 if stage.quick else 12
if stage.quick:
    trials = {name: trials[name] for name in ("as above", "one wording a question")}
fig, ax = plt.subplots(figsize=(7, 2.6))
results = {}
print(f"{short} epochs                    CPU seconds   trained   held out")
for name, (cut, asked, share) in stage.progress(trials.items(), "trials"):
    some, other = [[row_of(talk, cut) for talk in talks] for talks in (train, held_out)]
    some = some[::round(1 / share)]
    rng = np.random.default_rng(SEED)
    trial = network(cut.vocab_size, rng, max(len(row.ids) for row in some + other))
    few, epochs = Batches(some, BATCH, rng, asked=asked), round(short / share)
    start = time.process_time()
    trainer_of(trial, few, epochs).fit(few, epochs, watch=None)
    spent = time.process_time() - start
    results[name] = [exactly_right(trial, part)[0].mean() for part in (some, other)]
    print(f"{name:30}{spent:11.0f}{results[name][0]:10.1%}{results[name][1]:11.1%}")
ax.barh(list(results), [pair[1] for pair in results.values()], color="tab:orange")
ax.set(xlabel=f"held-out wordings exactly right, after {short} epochs", xlim=(0, 1))
ax.invert_yaxis()
stage.show("trials")

# Three wordings of each question matter most: with one, the network learns its questions by heart and hardly any
# rewording. Teaching it the questions too takes away from the answers. And characters cost twice the time for each
# epoch, and have learned next to nothing in as many.

print("\nQuestions to think about\n------------------------")

stage.ask("The loss falls by half in the first epochs and no answer is right. What has the network "
          "learned by then?",
          "Two questions are alike but for one token, and one of them is answered wrongly. What "
          "would you look at first?",
          "Trained on one wording a question, it knows its training questions as well. What did "
          "the other two wordings teach?",
          "Answers repeat the words of the question before they say what is new. Why does that "
          "help a network that writes one token after the other?",
          "It never says that it does not know. Which training data would teach it to?")

print("\nThe verdict\n-----------")

goal, hope = (0.7, 0.4) if stage.quick else (0.99, 0.85)
stage.expect("trained wordings, exactly right", f"{right.mean():.1%}", f"{goal:.0%} or more",
             right.mean() >= goal)
stage.expect("their loss, nats a token", f"{losses.mean():.3f}", "below 0.4", losses.mean() < 0.4)
stage.expect("held-out wordings, exactly right", f"{right_held_out.mean():.1%}",
             f"{hope:.0%} or more", right_held_out.mean() >= hope)
stage.expect("generated answers agree with the score", f"{agree:.0%}", "99% or more", agree >= 0.99)
stage.verdict()
