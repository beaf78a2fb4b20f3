"""2018, and on: write faster

MLPerf published its first results on December 12, 2018. Two of its seven tasks translated from English to German:
one with a recurrent network, one with the transformer of 2017. A transformer learns from all tokens of a sentence at
once, and that had made it fast. But it writes one token after the other, and asks for each of them about all those
before.

The code of GPT-2, which OpenAI published in February 2019, has an argument that is called `past`: keys and values of
the tokens so far, kept for the next one. In November 2019 Noam Shazeer worked out what is left to do then (*Fast
transformer decoding: one write-head is all you need*): hardly any arithmetic, but for every token all weights and all
keys and values have to come from memory.

Your modules 17 and 18 are that cache, and the batch in which several readers share the weights.
"""
# Exported from 03_generation_opts.ipynb by `tito export`: change the notebook, not this file.

import tinytorch as tt  # before NumPy: it sets one BLAS thread, the fastest for small matrices
from tito.experiment import Stage

import matplotlib.pyplot as plt
import numpy as np
from earlier import RandomWindows, answers, corpus, prompt_of
from subjects import talking_network
from timing import interleaved, seconds
from writing import cut, differences, held_bytes, tokens_a_second
from your_parts import check_writing

stage = Stage(__doc__)

print("\nYour parts\n----------")

# Questions with known answers, in `your_parts.py`, to modules 13, 17 and 18.

check_writing(stage)

print("\nA writer\n--------")

# The GPT of 2017 that reads Shakespeare looks back 64 characters. To see what is at stake, here is one with 256: two
# blocks, width 128. It learns the same plays for a moment, so that what it writes is not noise: then the largest score
# is often ahead by little, and a mistake in the cache would show. `--quick` takes TinyTalks, and 96 characters.

text = corpus(tt.load_tinytalks("train")) if stage.quick else tt.load_shakespeare()
tokenizer = tt.CharTokenizer().train(text)
ids = np.array(tokenizer.encode(text))
WIDTH, HEADS, BLOCKS, CONTEXT = 128, 4, 2, 96 if stage.quick else 256
STEPS, LR, SEED = 30 if stage.quick else 300, 4e-3, 2018
rng = np.random.default_rng(SEED)
model = tt.GPT(tokenizer.vocab_size, WIDTH, HEADS, BLOCKS, CONTEXT, rng=rng)
optimizer = tt.AdamW(model.parameters(), lr=LR, betas=(0.9, 0.99))
schedule = tt.OneCycleLR(optimizer, max_lr=LR, total_steps=STEPS, pct_start=0.1)
trainer = tt.Trainer(model, optimizer, tt.cross_entropy, schedule, max_norm=1.0)
batches = RandomWindows(ids, CONTEXT, 4, STEPS, rng)
loss = trainer.fit(batches, 1, watch=None)["loss"][0]
model.eval()
print(f"{tt.count_parameters(model):,} numbers, {STEPS} steps, loss {loss:.2f} on the way")

print("\nWhat is computed again\n----------------------")

# `generate` passes the whole text through the network for every token. All of it but one place was there before, and
# since no place looks ahead, nothing about those has changed. **Predict:** how many places are computed for a text of
# 256 characters, and how many would do?

lengths = np.arange(1, CONTEXT)
flops = [tt.count_flops(model, np.zeros((1, length), int)) for length in (1, CONTEXT - 1)]
print(f"places: {lengths.sum():,} without a cache, {len(lengths)} with one, "
      f"{lengths.sum() / len(lengths):.0f} times fewer")
print(f"the last character alone: {flops[1] / 1e6:.0f} MFLOP without, with a cache about "
      f"{flops[0] / 1e6:.1f}, {flops[1] / flops[0]:.0f} times fewer")

# That is what arithmetic promises. The clock will say less: with so little to compute for a token, Python becomes the
# bottleneck, as in part 1 with one digit.

print("\nEqual at every step\n-------------------")

# A cache that is wrong by one place still writes something, and it looks like text. So it is compared at every step:
# the scores for the next character, computed anew and with the cache; the characters written greedily and by chance;
# and eight texts side by side that begin with different prompts, each against the same prompt alone.

starts = np.arange(8) * (len(ids) // 9)
prompts = [ids[start:start + length] for start, length in zip(starts, (1, 2, 3, 5, 8, 13, 21, 34))]
new = CONTEXT - 34
alone = [tt.generate(model, prompt, new, temperature=0) for prompt in prompts]
cached = [tt.generate_cached(model, prompt, new, temperature=0) for prompt in prompts]
batched = tt.generate_batched(model, prompts, new, temperature=0)
drawn = [write(model, prompts[-1], new, temperature=0.8, rng=SEED)
         for write in (tt.generate, tt.generate_cached)]
apart = differences(model, alone[-1])
equal = {"cache, greedy": np.mean([np.array_equal(*pair) for pair in zip(alone, cached)]),
         "cache, drawn at temperature 0.8": float(np.array_equal(*drawn)),
         "cache and batch, greedy": np.mean([np.array_equal(*pair)
                                             for pair in zip(alone, batched)])}
for how, share in equal.items():
    print(f"{how:34}{share:6.0%} of the texts equal, {new} characters each")
print(f"scores: {apart.max():.0e} apart at most, over {len(apart)} steps; "
      f"the scores themselves are up to {np.abs(model(alone[-1]).numpy()).max():.0f}")
print(f"\n{tokenizer.decode(drawn[1].tolist())[:200]}")

print("\nCharacters a second\n-------------------")

# Four ways to write the same. Timed in turns, in CPU time: once the whole text, from one character to the full context;
# once the last 32 characters, where without a cache each one costs most. **Predict** the four ratios.

ways = {
    "naive": lambda n, length: tt.generate(model, side_by_side(1, length), n, 0),
    "naive, 8 at once": lambda n, length: tt.generate(model, side_by_side(8, length), n, 0),
    "cache": lambda n, length: tt.generate_cached(model, side_by_side(1, length), n, 0),
    "cache, 8 at once": lambda n, length: tt.generate_batched(model, list(side_by_side(8, length)),
                                                              n, 0),
}

def side_by_side(texts, length):
    """Beginnings (texts, length)."""
    return np.stack([ids[start:start + length] for start in np.resize(starts, texts)])

rounds = 1 if stage.quick else 3
whole = tokens_a_second(ways, 1, CONTEXT - 1, rounds)
last = tokens_a_second(ways, CONTEXT - 32, 32, rounds)
print(f"{'':20}{'the whole text':>18}{'ratio':>8}{'the last 32':>18}{'ratio':>8}")
for way in ways:
    print(f"{way:20}{whole[way]:14,.0f} a s{whole[way] / whole['naive']:8.1f}"
          f"{last[way]:14,.0f} a s{last[way] / last['naive']:8.1f}")
fig, ax = plt.subplots(figsize=(7, 3))
places = np.arange(len(ways))
for shift, (title, rates) in enumerate((("the whole text", whole), ("the last 32", last))):
    bars = ax.bar(places + 0.4 * shift, [rates[way] for way in ways], 0.38, label=title)
    ax.bar_label(bars, [f"{rates[way] / rates['naive']:.0f}x" for way in ways], fontsize=8)
ax.set_xticks(places + 0.2, list(ways))
ax.set(yscale="log", ylabel="characters a second", 
       ylim=(min(last.values()) / 2, 4 * max(whole.values())))
ax.legend(loc="upper left")
stage.show("speed")

# Two ratios for each way, and both are true: over a whole text the first characters, which are cheap without a cache,
# count too. Whoever reads of a speed-up should ask which one it is.
#
# Eight at once without a cache gains next to nothing: that is arithmetic, and arithmetic is what it has too much of.
# With a cache the arithmetic is gone, eight share what is left, and the two gains multiply.
#
# And `accelerate`, which made part 1's training step faster?

name, plain = "cache", model.state_dict()
faster = tt.GPT(tokenizer.vocab_size, WIDTH, HEADS, BLOCKS, CONTEXT, rng=0)
faster.load_state_dict(plain)
tt.accelerate(faster)
pair = {"cache": ways["cache"],
        "accelerated": lambda n, length: tt.generate_cached(faster, side_by_side(1, length), n, 0)}
both = tokens_a_second(pair, 1, CONTEXT - 1, rounds)
print(f"accelerated: {both['accelerated'] / both['cache']:.2f} times the cache alone, "
      f"{both['accelerated'] / whole['naive']:.1f} times naive")

print("\nOne token, at every length\n--------------------------")

# **Predict** both curves.

shown = np.linspace(1, CONTEXT - 1, 5 if stage.quick else 9).astype(int)
spent = {"naive": [], "cache": []}
with tt.no_grad():
    for length in shown:
        caches = [tt.KVCache(CONTEXT) for _ in model.blocks]
        text = side_by_side(1, length)
        model(text, caches)

        def one_more(caches=caches, text=text, length=length):
            """The next token's scores; then the cache forgets that token again."""
            model(text[:, -1:], caches)
            for cache in caches:
                cache.crop(length)

        found = interleaved({"naive": lambda text=text: model(text), "cache": one_more}, rounds=3)
        for way in spent:
            spent[way].append(1e3 * found[way])
print("characters before " + "".join(f"{length:8}" for length in shown))
for way in spent:
    print(f"{way + ', ms':18}" + "".join(f"{ms:8.2f}" for ms in spent[way]))
at_the_end = spent["naive"][-1] / spent["cache"][-1]
print(f"the character at place {CONTEXT}: {at_the_end:.1f} times faster with a cache")
plt.figure(figsize=(5.5, 3.2))
for way, values in spent.items():
    plt.plot(shown, values, "o-", label=way)
plt.ylim(0, None)
plt.xlabel("characters before")
plt.ylabel("ms for the next one")
plt.legend()
stage.show("lengths")

print("\nWhat it costs: memory\n---------------------")

# Two arrays for each block, of as many numbers as the text has places, times the width. **Predict** the bytes of one
# text, and of eight.

print(f"{'texts':>6}{'by formula':>14}{'measured':>12}{'share of the weights':>23}")
formula, measured = {}, {}
for texts in (1, 8):
    formula[texts] = 2 * BLOCKS * texts * CONTEXT * WIDTH * 4
    measured[texts] = held_bytes(model, side_by_side(texts, 1), CONTEXT)
    print(f"{texts:6}{formula[texts]:14,}{measured[texts]:12,}"
          f"{formula[texts] / (4 * tt.count_parameters(model)):22.0%}")
print(f"GPT-2, 12 blocks, width 768, context 1,024, by formula: {2 * 12 * 1024 * 768 * 4:,} bytes "
      "for each text")

# It grows with every text and every place, while the weights are there once. Where many write at once, keys and values
# are what fills the memory.

print("\nHow many at once?\n-----------------")

batches = (1, 2, 4, 8) if stage.quick else (1, 2, 4, 8, 16, 32)
length, rates = CONTEXT // 2, []
print("at once   characters a second   ms for each reader's next one   bytes of cache")
for texts in batches:
    beginnings = list(side_by_side(texts, length))
    few = seconds(lambda: tt.generate_batched(model, beginnings, 1, 0), 2)    # noqa: B023
    many = seconds(lambda: tt.generate_batched(model, beginnings, 33, 0), 2)  # noqa: B023
    rates.append(32 * texts / (many - few))
    print(f"{texts:7}{rates[-1]:22,.0f}{1e3 * texts / rates[-1]:32.2f}"
          f"{2 * BLOCKS * texts * CONTEXT * WIDTH * 4:17,}")
fig, ax = plt.subplots(figsize=(5.5, 3.2))
ax.loglog(batches, rates, "o-", label="all readers together")
ax.loglog(batches, np.array(rates) / batches, "o-", label="each reader")
ax.set(xlabel="texts at once", ylabel="characters a second", xticks=batches, xticklabels=batches)
steps = [step for step in (300, 1000, 3000, 10_000, 30_000) if step < 2 * max(rates)]
ax.set_yticks(steps, [f"{step:,}" for step in steps])
ax.minorticks_off()
ax.legend()
stage.show("batches")

# More at once is more in all, and a little less for each. MLPerf asks both: its scenario *Offline* counts all answers,
# in *SingleStream* one reader waits for one answer after the other.

print("\nThe answers of 2017\n-------------------")

# The GPT that answers TinyTalks' questions, in words it was not taught. In 2017 its prompts had to be sorted by length,
# and every token was computed anew. Now all are asked at once, as they come.

talker = talking_network(stage)
lot = np.random.default_rng(SEED).permutation(len(talker.asked))[:96]
asked = [prompt_of(talker.asked[i], talker.tokenizer) for i in lot]
longest = talker.model.max_seq_len - max(map(len, asked))
said = {}

def in_2017():
    """As its milestone did it."""
    said["2017"] = answers(talker.model, talker.tokenizer, asked, longest)

def in_2018():
    """All at once, each up to its line end."""
    rows = tt.generate_batched(talker.model, asked, longest, temperature=0)
    said["2018"] = [talker.tokenizer.decode(cut(row[len(prompt):], talker.tokenizer))
                    for row, prompt in zip(rows, asked)]

spent = {"2017": seconds(in_2017), "2018": seconds(in_2018)}
same = np.mean([old == now for old, now in zip(said["2017"], said["2018"])])
print(f"{len(asked)} questions: {spent['2017']:.2f} s as in 2017, {spent['2018']:.2f} s now; "
      f"{same:.0%} of the answers are equal")
for i in range(3):
    print(f"{talker.asked[lot[i]].turns[-1][0]}\n    {said['2018'][i]}")

print("\nQuestions to think about\n------------------------")

stage.ask("The cache saves two orders of magnitude of arithmetic, and the clock shows one. What "
          "would close the gap, other than a faster computer?",
          "Eight readers share the weights but not the keys and values. For which lengths does "
          "that matter most?",
          "Past its context a text moves: every place gets another position. Why is the cache "
          "worthless then, and what kind of positions would save it?",
          "Part 2 made the weights eight times smaller. What would four bits for each key and "
          "value be worth in this part?",
          "Someone's cache gives scores that are apart by 1e-2. Would you look for rounding or "
          "for a mistake, and what would you compare first?")

print("\nThe verdict\n-----------")

at_end, one, eight, in_all = (2, 1.5, 5, 4) if stage.quick else (12, 5, 30, 20)
stage.expect("texts equal, greedy and drawn, one and many", f"{min(equal.values()):.0%}", "100%",
             min(equal.values()) == 1)
stage.expect("scores apart, at most", f"{apart.max():.0e}", "below 1e-3", apart.max() < 1e-3)
stage.expect(f"cache, the character at place {CONTEXT}, times naive", f"{at_the_end:.1f}",
             f"{at_end} or more", at_the_end >= at_end)
for way, title, rates, least in (("cache, 8 at once", f"the last 32 of {CONTEXT}", last, eight),
                                 ("cache", "the whole text", whole, one),
                                 ("cache, 8 at once", "the whole text", whole, in_all)):
    gain = rates[way] / rates["naive"]
    stage.expect(f"{way}, {title}, times naive", f"{gain:.1f}", f"{least} or more", gain >= least)
stage.expect("memory of the cache, measured / formula", f"{measured[8] / formula[8]:.2f}",
             "1.00 to 1.05", 1 <= measured[8] / formula[8] <= 1.05)
stage.expect("answers of 2017, equal", f"{same:.0%}", "100%", same == 1)
stage.verdict()
