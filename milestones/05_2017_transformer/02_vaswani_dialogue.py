"""2017, and on: what was said before

In January 1966 Joseph Weizenbaum of MIT described ELIZA, a program that talked like a therapist. It found a word in
what was typed and turned the sentence round; of what had been said a minute ago it knew next to nothing. In June
2015 Oriol Vinyals and Quoc Le trained a recurrent network on film subtitles and let it chat: it had to squeeze the
whole talk into one row of numbers before it could answer.

A transformer has no such bottleneck. The talk so far stands in front of the question, and every token of the answer
may look at all of it. Whatever fits into the context is remembered, and nothing else. Here your GPT learns short
dialogues in which the last question means nothing without the turns before it. When it is trained, talk to it:
`python 02_vaswani_dialogue.py --chat`.
"""
# Exported from 02_vaswani_dialogue.ipynb by `tito export`: change the notebook, not this file.

import sys
import time

import tinytorch as tt  # before NumPy: it sets one BLAS thread, the fastest for small matrices
from tito.experiment import Stage

import matplotlib.pyplot as plt
import numpy as np
from answering import Talk, answers, chat
from growing import GrowingAnswers
from looking import attention_weights, draw_map, readable
from talks import Batches, corpus, exactly_right, loss_where_asked, row_of
from turns import inserted, interrupted, part, turns_of
from your_parts import check_parts

stage = Stage(__doc__, long=True, talks=True)

print("\nYour parts\n----------")

# The same eighteen questions as in part 1.

check_parts(stage)

print("\nThe dialogues\n-------------")

# All five levels of TinyTalks. In the fifth the last question needs the turns before it. The split *combinations*
# holds last turns after first turns that training knows only with other questions: its answers never followed these
# turns.

LEVELS = ("greetings", "facts", "arithmetic", "common_sense", "multi_turn")
train, held_out, combinations = [tt.load_tinytalks(split)
                                 for split in ("train", "held_out", "combinations")]

def in_turns(talk):
    """A dialogue in one line."""
    return " | ".join(f"{question} – {answer}" for question, answer in talk.turns)

print(f"{len(train):,} to learn from, {len(held_out)} with a held-out wording of the last "
      f"question, {len(combinations)} combinations\n")
some = combinations[20]
print("a combination:", in_turns(some))
print("in training:")
for talk in [talk for talk in train if talk.turns[0] == some.turns[0]][:3]:
    print("   ", in_turns(talk))
for talk in [talk for talk in train if talk.turns[-1][0] == some.turns[-1][0]][:3]:
    print("   ", in_turns(talk))

# People change the subject. So in training some dialogues are interrupted: another question with its answer, about
# facts, numbers or common sense, stands before one of their turns, drawn anew in every epoch. What comes between has
# to be ignored, and what came before it remembered.

SEED, LONGEST = 2017, 96
text = corpus(train)
tokenizer = tt.BPETokenizer().train(text, 1000)
rows, rows_held_out, rows_combinations = [[row_of(talk, tokenizer) for talk in talks]
                                          for talks in (train, held_out, combinations)]
subjects = [row for row, talk in zip(rows, train) if talk.level in LEVELS[1:4]]

def change(rows, rng):
    """The rows of one epoch."""
    return interrupted(rows, subjects, 0.3, LONGEST, rng)

several = next(row for row in rows if len(turns_of(row)) > 1)
(example,) = interrupted([several], subjects, 1.0, LONGEST, np.random.default_rng(5))
print(tokenizer.decode(example.ids))
print(f"the longest dialogue has {max(len(row.ids) for row in rows)} tokens, the model looks back "
      f"{LONGEST}")

print("\nThe run\n-------")

# The network of part 1, with a longer memory. All that the rest of the run depends on is in `results/` after every
# epoch: stop it at any moment, and the next run goes on from there. The same file is what `--chat` talks from.

WIDTH, HEADS, BLOCKS, BATCH, LR = 128, 4, 2, 32, 3e-3
EPOCHS = 10 if stage.quick else 32
ASKED = [combinations[0], combinations[40], combinations[80], combinations[120]]
rng = np.random.default_rng(SEED)
model = tt.GPT(tokenizer.vocab_size, WIDTH, HEADS, BLOCKS, LONGEST, rng=rng)
batches = Batches(rows, BATCH, rng, "answers", change)
exam = Batches(rows_held_out, 200, np.random.default_rng(SEED), "last")
optimizer = tt.AdamW(model.parameters(), lr=LR, betas=(0.9, 0.99), weight_decay=0.1)
schedule = tt.OneCycleLR(optimizer, max_lr=LR, total_steps=EPOCHS * len(batches), pct_start=0.1)
trainer = tt.Trainer(model, optimizer, loss_where_asked, schedule, max_norm=1.0)
numbers = sum(p.size for p in model.parameters())
print(f"{numbers:,} numbers, {4 * numbers:,} bytes")

recipe = f"bpe_{tokenizer.vocab_size}_{WIDTH}_{BLOCKS}_blocks_{EPOCHS}_epochs_lr_{LR}_seed_{SEED}"
checkpoint = stage.folder / "results" / f"02_{recipe}.npz"
before = stage.earlier(checkpoint, EPOCHS)
if stage.chat and not before:
    print("Nothing is trained yet, so that comes first; with --quick it is shorter.")
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
if stage.chat:
    chat(Talk(model, tokenizer, text))
    sys.exit()

print("\nHow the answers grow\n--------------------")

# Four combinations. **Predict:** it will soon answer in the right form. Which mistake comes next?

for number, talk in enumerate(ASKED):
    print(f"\n{in_turns(talk)}")
    growing.show(number)

fig, ax = plt.subplots(figsize=(5.5, 3))
epoch = np.arange(1, EPOCHS + 1)
ax.semilogy(epoch, history["loss"], ".-", label="trained wordings, interrupted, while learning")
ax.semilogy(epoch, history["test_loss"], ".-", label="held-out wordings")
ax.set(xlabel="epoch", ylabel="loss, nats a token of the answer")
ax.legend()
stage.show("curves")

print("\nHow many answers are right?\n---------------------------")

# Greedy, whole answers, as in part 1.

(right, losses), (right_held_out, _), (right_combinations, _) = [
    exactly_right(model, some) for some in (rows, rows_held_out, rows_combinations)]
splits = {"trained": (right, train), "held out": (right_held_out, held_out),
          "combinations": (right_combinations, combinations)}
print(f"{'level':14}" + "".join(f"{split:>16}" for split in splits))
table = {}
for level in (*LEVELS, "all"):
    found = [ok[[level in (talk.level, "all") for talk in talks]] for ok, talks in splits.values()]
    table[level] = [ok.mean() if len(ok) else np.nan for ok in found]
    print(f"{level:14}" + "".join(f"{share:16.1%}" if share == share else " " * 16
                                  for share in table[level]))
print(f"loss on the answers of trained wordings: {losses.mean():.3f} nats a token")
fig, ax = plt.subplots(figsize=(8, 3.2))
places = np.arange(len(table))
for number, split in enumerate(splits):
    heights = [shares[number] for shares in table.values()]
    bars = ax.bar(places + 0.28 * number, heights, 0.26, label=split)
    ax.bar_label(bars, [f"{h:.0%}" if h == h else "" for h in heights], fontsize=7)
ax.set_xticks(places + 0.28, [level.replace("_", " ") for level in table])
ax.set(ylabel="answers exactly right", ylim=(0, 1.25), yticks=(0, 0.5, 1))
ax.legend(ncols=3, loc="upper center")
stage.show("levels")

print("\nDoes it need what was said before?\n----------------------------------")

# A last question that is answered rightly proves little if it could be guessed. So the same questions are asked once
# more without the turns before them, and once after the turns of another dialogue with the same question. **Predict**
# both figures.

asked_for = [*zip(held_out, rows_held_out), *zip(combinations, rows_combinations)]
several = [(talk, row) for talk, row in asked_for if len(talk.turns) > 1]
several_rows = [row for _, row in several]

alone = [part(row, turns_of(row)[-1], None) for row in several_rows]
lot, foreign = np.random.default_rng(SEED), []
for talk, row in several:
    like = [other for other, _ in several
            if other.turns[-1][0] == talk.turns[-1][0] and other.answer != talk.answer]
    if like:
        other = row_of(like[lot.integers(len(like))], tokenizer)
        turns, last = part(other, 0, turns_of(other)[-1]), part(row, turns_of(row)[-1], None)
        foreign.append(type(row)(*map(np.concatenate, zip(turns, last))))
need = {f"with them, {len(several)} dialogues": several_rows,
        "without them": alone, "after other turns, the old answer": foreign}
needed = {}
for name, some in need.items():
    needed[name] = exactly_right(model, some)[0].mean()
    print(f"{name:36}{needed[name]:7.1%}")

print("\nBy itself\n---------")

# Until now the turns before the last stood there as the corpus has them. In a real talk the network's own answers
# stand there.

own = []
long_talks = [talk for talk in held_out + combinations if len(talk.turns) > 1]
given = [[] for _ in long_talks]
for turn in range(max(len(talk.turns) for talk in long_talks)):
    open_ = [n for n, talk in enumerate(long_talks) if turn < len(talk.turns)]
    pieces = [[said for asked, told in zip(long_talks[n].turns, given[n])
               for said in (asked[0], told)] + [long_talks[n].turns[turn][0]] for n in open_]
    asked = [np.concatenate([tokenizer.encode(f"{piece}\n") for piece in some]) for some in pieces]
    for n, told in zip(open_, answers(model, tokenizer, asked)):
        given[n].append(told)
own = np.array([told[-1] == talk.answer for talk, told in zip(long_talks, given)])
is_combination = np.arange(len(long_talks)) >= len(long_talks) - len(combinations)
print(f"its last answer is right in {own[~is_combination].mean():.1%} of the held-out dialogues "
      f"and in {own[is_combination].mean():.1%} of the combinations")

# Ten of these talks, by lot, half of them from those that went wrong.

lot = np.random.default_rng(SEED)
chosen = lot.permutation(np.flatnonzero(~own))[:5]
chosen = [*lot.permutation(np.flatnonzero(own))[:10 - len(chosen)], *chosen]
for n in chosen:
    print()
    for (question, _), told in zip(long_talks[n].turns, given[n]):
        print(f"  > {question}\n    {told}")
    if not own[n]:
        print(f"    WRONG, it should be: {long_talks[n].answer}")

print("\nWhich head looks back?\n----------------------")

# A combination, from the question on. The columns are all that was said before.

right_ones = [row for row, ok in zip(rows_combinations, right_combinations) if ok]
row = (right_ones or rows_combinations)[0]
maps, names = attention_weights(model, row.ids[:-1]), readable(tokenizer, row.ids[:-1])
first, begin = int(np.argmax(row.last)) - 1, turns_of(row)[-1]
fig, axes = plt.subplots(BLOCKS, HEADS, figsize=(14, 7))
for block, heads in enumerate(maps):
    for head, weights in enumerate(heads):
        draw_map(axes[block, head], weights[begin:], names[begin:], names,
                 f"block {block + 1}, head {head + 1}")
stage.show("attention")
after = readable(tokenizer, row.ids[1:])
print("about to say      it looks most, before the last question, at (block, head, weight)")
for place in range(first, len(names)):
    back = sorted(((heads[head, place, :begin].max(), names[heads[head, place, :begin].argmax()],
                    block + 1, head + 1)
                   for block, heads in enumerate(maps) for head in range(HEADS)), reverse=True)
    print(f"{after[place]:16}", "   ".join(f"{n} ({b}, {h}, {w:.2f})" for w, n, b, h in back[:3]))

print("\nScaling: how far back?\n----------------------")

# Between the first turn and the last question come more and more other questions. In training there were two at most.
# **Predict** where it forgets.

gaps = range(4)
far, lot = [], np.random.default_rng(SEED)
for gap in gaps:
    stretched = list(several_rows)
    for _ in range(gap):
        stretched = [inserted(row, subjects[lot.integers(len(subjects))], turns_of(row)[-1])
                     for row in stretched]
    fits = [row for row in stretched if len(row.ids) <= LONGEST]
    far.append(exactly_right(model, fits)[0].mean())
    print(f"{gap} questions in between, {np.mean([len(row.ids) for row in fits]):3.0f} tokens: "
          f"{far[-1]:6.1%} of {len(fits)} right")
fig, ax = plt.subplots(figsize=(5, 3))
ax.plot(gaps, far, "o-")
ax.set(xlabel="other questions in between", ylabel="last answer right", xticks=gaps, ylim=(0, 1.05))
stage.show("distance")

# And the other way round: a question that needs no turns before it, after one that has nothing to do with it.

single = [row for row, talk in zip(rows_held_out, held_out) if len(talk.turns) == 1]
after_another = [inserted(row, subjects[lot.integers(len(subjects))], 0) for row in single]
plain, changed = [exactly_right(model, some)[0].mean() for some in (single, after_another)]
print(f"held-out wordings of one turn: {plain:.1%} right alone, {changed:.1%} after another "
      f"question")

print("\nQuestions to think about\n------------------------")

stage.ask("ELIZA had no memory to speak of, and people confided in it. What does a talk need to "
          "seem like one?",
          "Asked without the turns before, it is still right now and then. How can that be?",
          "When the context is full, the chat drops the oldest turns. What else could one do?",
          "The chat keeps the network's own mistakes in its context. Which of them will do harm "
          "later, and which will not?",
          "Twice as long a memory costs how much more in weights, in work, and in training text?")

print("\nThe verdict\n-----------")

known, new, both = (0.6, 0.4, 0.5) if stage.quick else (0.98, 0.85, 0.8)
multi = table["multi_turn"]
stage.expect("trained wordings, all levels, exactly right", f"{right.mean():.1%}",
             f"{known:.0%} or more", right.mean() >= known)
stage.expect("their loss, nats a token", f"{losses.mean():.3f}", "below 0.4", losses.mean() < 0.4)
stage.expect("held-out wordings, all levels", f"{right_held_out.mean():.1%}", f"{new:.0%} or more",
             right_held_out.mean() >= new)
stage.expect("second turns, held-out wordings", f"{multi[1]:.1%}", f"{both:.0%} or more",
             multi[1] >= both)
stage.expect("second turns, combinations", f"{multi[2]:.1%}", f"{both:.0%} or more",
             multi[2] >= both)
stage.expect("combinations, after its own answers", f"{own[is_combination].mean():.1%}",
             f"{both:.0%} or more", own[is_combination].mean() >= both)
guess = needed["without them"]
stage.expect("the same questions without the turns before", f"{guess:.1%}", "20% or less",
             guess <= 0.2)
stage.verdict()
