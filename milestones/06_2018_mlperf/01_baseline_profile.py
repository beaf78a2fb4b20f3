"""2018: measure first

On May 2, 2018, companies and universities, among them Google, Intel, AMD, Baidu, Stanford and Harvard, announced
MLPerf: tasks, data and rules by which anybody's machine and anybody's program can be compared. Stanford's DAWNBench
had begun in 2017 with a question that was new for a benchmark: not how many operations a second, but how long until a
network is *right* often enough, 94% of CIFAR-10 for instance, and what does it cost? Answers that are fast and wrong
do not count.

Whoever enters such a competition begins with a profile. Gene Amdahl had said in 1967 why: a part that takes a tenth of
the time can be made infinitely fast, and the whole gains a tenth. In 2009 Samuel Williams, Andrew Waterman and David
Patterson drew the roof under which all programs of a machine live: some wait for arithmetic, most wait for memory.

Here are three networks that you have trained, of 1986, 1998 and 2017. Where does their time go, and what is worth a
week of your work? Part 2 makes them smaller, part 3 lets one write faster.
"""
# Exported from 01_baseline_profile.ipynb by `tito export`: change the notebook, not this file.

import tinytorch as tt  # before NumPy: it sets one BLAS thread, the fastest for small matrices
from tito.experiment import Stage

import matplotlib.pyplot as plt
import numpy as np
from costs import by_hand, draw_shares, repeated, shares
from subjects import subjects
from timing import CLOCK, interleaved
from your_parts import check_measuring

stage = Stage(__doc__)

print("\nYour parts\n----------")

# Questions with known answers, in `your_parts.py`, to modules 14 and 18.

check_measuring(stage)

print("\nThree networks of history\n-------------------------")

# What a milestone trained lies in its `results/`. A network that is not there is trained now, by its own milestone.
# `--quick` takes small ones of the same kinds, trained on the spot.

networks = subjects(stage)

# **Predict:** which of the three has the most numbers, and which does the most arithmetic for each of its numbers?
#
# An example is a picture, or a question with its answer.

one, many = {}, {}
for name, subject in networks.items():
    one[name], _ = next(iter(subject.batches(1, np.random.default_rng(1))))
    many[name] = next(iter(subject.batches(subject.batch, np.random.default_rng(1))))
print(f"{'network':16}{'parameters':>12}{'bytes':>12}{'FLOPs, an example':>20}"
      f"{'for each parameter':>20}{'right':>8}")
counted, right = {}, {}
for name, subject in networks.items():
    size = tt.count_parameters(subject.model)
    counted[name] = tt.count_flops(subject.model, one[name])
    right[name] = subject.share_right(subject.model, "test")
    print(f"{name:16}{size:12,}{4 * size:12,}{counted[name]:20,}{counted[name] / size:20.1f}"
          f"{right[name]:8.1%}")
print("\ncounted, against the products alone by hand:")
for name, subject in networks.items():
    formula = by_hand(subject.model, one[name])
    print(f"{name:16}{counted[name] / formula - 1:8.2%} more")

# The MLP uses each number once, in one multiplication and one addition. A convolution uses its kernel at every place, a
# GPT its matrices for every token. This ratio decides what a machine waits for: numbers that are fetched for two
# operations each keep the memory busy, not the arithmetic.

print("\nWhere does an answer go?\n------------------------")

# Your `Profiler` sees every operation. First one example at a time, as when a person waits for the answer, then as many
# as in a training step. *Elsewhere* is everything between operations: Python, and the profiler itself. **Predict** its
# share for one digit.

def profile(work, times=5):
    """The Profiler of that one of some calls which took the least time."""
    work()
    profiles = []
    for _ in range(times):
        with tt.Profiler(CLOCK) as p:
            work()
        profiles.append(p)
    return min(profiles, key=lambda p: p.seconds)

def answer(model, x):
    """A function that runs the model once, without recording."""
    def work():
        with tt.no_grad():
            model(x)
    return work

answering = {}
for name, subject in networks.items():
    for count, x in ((1, one[name]), (subject.batch, many[name][0])):
        answering[name, count] = profile(answer(subject.model, x))
        print(f"\n{name}, {count} at a time, {np.shape(x)}\n{answering[name, count].table()}")
draw_shares({f"{name}, {count}": shares(p) for (name, count), p in answering.items()})
stage.show("answers")

# For one example most of the time of the MLP is no arithmetic at all. Many at once share what is elsewhere, and the
# weights, which come from memory once for all of them.

print(f"{'seconds an example':20}{'one at a time':>16}{'many':>14}{'gain':>8}")
gains = {}
for name, subject in networks.items():
    seconds = interleaved({"one": answer(subject.model, one[name]),
                           "many": answer(subject.model, many[name][0])})
    gains[name] = seconds["one"] * subject.batch / seconds["many"]
    print(f"{name:20}{seconds['one'] * 1e6:13.0f} µs"
          f"{seconds['many'] / subject.batch * 1e6:11.1f} µs{gains[name]:8.1f}")

print("\nWhere does a training step go?\n------------------------------")

# Forward, the rules backward, and the optimizer, which is no operation and counts as elsewhere. **Predict:** what costs
# more, forward or backward, and how much more?

def training_step(subject, x, y):
    """A function that takes a whole step; at a learning rate of 0, so that nothing changes."""
    optimizer = subject.optimizer(subject.model.parameters(), 0.0)
    def work():
        optimizer.zero_grad()
        tt.backward(subject.loss(subject.model(x), y))
        optimizer.step()
    return work

training = {}
for name, subject in networks.items():
    state = subject.model.state_dict()
    subject.model.train()
    training[name] = profile(training_step(subject, *many[name]))
    subject.model.eval()
    subject.model.load_state_dict(state)       # with the running means of BatchNorm as they were
    forward, backward = [sum(c.seconds for c in training[name].costs if c.phase == phase)
                         for phase in ("forward", "backward")]
    top = "\n".join(training[name].table().split("\n")[:7])
    print(f"\n{name}, a step on {subject.batch}: {training[name].seconds * 1e3:.1f} ms, forward "
          f"{forward * 1e3:.1f}, backward {backward * 1e3:.1f}\n{top}")
draw_shares({name: shares(p) for name, p in training.items()})
stage.show("training")

print("\nUnder the roof\n--------------")

# How fast could it be? A product of two large matrices shows the most arithmetic that one core does, copying a large
# array how fast numbers come from memory. An operation that does few FLOPs for each byte cannot be faster than the
# slope allows, one that does many not faster than the flat roof. **Predict** on which side a convolution lies.

peaks = tt.measure_peaks()
print(f"this machine, one thread: {peaks.flops / 1e9:.0f} GFLOP/s, {peaks.bytes / 1e9:.0f} GB/s; "
      f"the roof turns at {peaks.flops / peaks.bytes:.1f} FLOPs for each byte")
for name, subject in networks.items():
    tops = [cost for cost in training[name].totals() if cost.flops][:5]
    ax = tt.roofline(peaks, tops, plt.subplots(figsize=(8, 4.5))[1])
    ax.set_title(f"{name}, a training step on {subject.batch}")
    stage.show(f"roof_{name.split()[1].lower()}")

# What lies far below the roof can be made faster. What lies close to it cannot: then only less work helps.
#
# Look at the GPT's products. Forward, `MatMul` has a fraction of the rate of backward, with the same matrices. The rule
# of module 05 flattens texts and tokens into one tall matrix before it multiplies. Forward does not: NumPy multiplies
# text by text, 32 small products for a large one. It was there all the time, and nobody had looked.

products = {cost.phase: cost for cost in training[list(networks)[2]].totals()
            if cost.name == "MatMul"}
rate = {phase: cost.flops / cost.seconds for phase, cost in products.items()}
for phase in rate:
    print(f"MatMul {phase:9}{rate[phase] / 1e9:6.1f} GFLOP/s")

print("\nWhat Amdahl promises\n--------------------")

# For each network the operation that takes most of a training step, and what the whole would gain if that became twice,
# four times or infinitely fast.

print(f"{'network':16}{'most time':26}{'share':>7}{'twice':>8}{'4 times':>9}{'infinitely':>12}"
      f"{'of the roof':>13}")
largest = {}
for name, p in training.items():
    cost = p.totals()[0]
    largest[name] = cost.name, cost.seconds / p.seconds
    roof = tt.attainable(cost.flops / cost.bytes, peaks)
    gain = [tt.amdahl(largest[name][1], factor) for factor in (2, 4, np.inf)]
    print(f"{name:16}{cost.name + ' ' + cost.phase:26}{largest[name][1]:7.0%}"
          + "".join(f"{g:{width}.2f}" for g, width in zip(gain, (8, 9, 12)))
          + f"{cost.flops / cost.seconds / roof:13.0%}")

# Is the promise kept? Module 18 has a `FusedLinear` that flattens first. Let the GPT's forward products become as fast
# as its backward ones: Amdahl says what a training step gains. Then `accelerate` puts the faster layers in, which save
# a few other things too, and the clock says what it gained.

name, subject = list(networks.items())[2]
p, step = training[name], training_step(subject, *many[name])
share = products["forward"].seconds / p.seconds
promised = tt.amdahl(share, rate["backward"] / rate["forward"])
faster = subject.copy()
tt.accelerate(faster.model)
difference = np.abs(faster.model(many[name][0]).numpy() - subject.model(many[name][0]).numpy())
seconds = interleaved({"as it is": step, "accelerated": training_step(faster, *many[name])})
measured = seconds["as it is"] / seconds["accelerated"]
print(f"forward products take {share:.0%} of a step, and could be "
      f"{rate['backward'] / rate['forward']:.1f} times as fast")
print(f"promised: {promised:.2f} times as fast as a whole; measured: {measured:.2f}; the scores "
      f"differ by {difference.max():.0e} at most")

print("\nWork that is done twice\n-----------------------")

# A profile shows where time goes, not whether it had to. To write a text, `generate` asks for every new token about all
# tokens before it, from the first layer on. **Predict:** what share of that arithmetic repeats what was computed for
# the token before?

model = subject.model
lengths = np.arange(1, model.max_seq_len + 1)
flops = [tt.count_flops(model, np.zeros((1, length), int)) for length in lengths]
share = repeated(flops)
print(f"{name}, {lengths[-1]} tokens one after the other: {sum(flops) / 1e6:,.0f} MFLOP; all of "
      f"them at once: {flops[-1] / 1e6:,.0f} MFLOP")
print(f"repeated: {share:.1%}; without it {1 / (1 - share):.0f} times less to do")
plt.figure(figsize=(5, 3))
plt.fill_between(lengths, np.array(flops) / 1e6, color="lightsteelblue", label="repeated")
plt.fill_between(lengths, np.diff(flops, prepend=0) / 1e6, color="navy", label="new")
plt.xlabel("the token that is written")
plt.ylabel("MFLOP")
plt.legend()
stage.show("repeated")

# That is the largest find of this profile, and no faster product would have touched it. Part 3 collects it.

print("\nWhat to attack\n--------------")

mlp, cnn, gpt = networks
print(f"{mlp}: one at a time, {shares(answering[mlp, 1])['elsewhere']:.0%} of the time is spent "
      f"between operations.\n    Ask for many at once: {gains[mlp]:.0f} times as many "
      "in the same time.")
print(f"{cnn}: {largest[cnn][0]} takes {largest[cnn][1]:.0%} of a step, and is nearer to the roof "
      "than the rest.\n    Fewer numbers help it more than faster ones.")
print(f"{gpt}: products forward, flattened: {measured:.2f} times faster. What it computes again "
      f"when it\n    writes: {1 / (1 - share):.0f} times less to do (part 3).")
print("All three: 4 bytes a number, in the file as in memory. Whether they need so many: part 2.")

print("\nQuestions to think about\n------------------------")

stage.ask("DAWNBench asked how long until a network is right often enough. How could one win a "
          "contest of operations a second, and lose that?",
          "The profiler takes time itself. For which of the networks does that matter most, and "
          "how would you find out how much?",
          "Amdahl's law holds the amount of work fixed. What happens to its promise if a faster "
          "machine is given larger batches?",
          "An operation reaches 95% of the roof. Name two ways in which the step may still become "
          "faster.",
          "AdamW is no operation and counts as elsewhere. How would you measure what it takes?")

print("\nThe verdict\n-----------")

for name in networks:
    formula = by_hand(networks[name].model, one[name])
    stage.expect(f"{name}: FLOPs counted, above the products by hand",
                 f"{counted[name] / formula - 1:.1%}", "0 to 5%",
                 0 <= counted[name] / formula - 1 <= 0.05)
stage.expect(f"{mlp}: many digits at once, times as fast for each", f"{gains[mlp]:.0f}",
             "5 or more", gains[mlp] >= 5)
least = 0.1 if stage.quick else 0.25
for name, what in ((cnn, "Conv2dOp"), (gpt, "MatMul")):
    stage.expect(f"{name}: the bottleneck of a step", f"{largest[name][0]}, {largest[name][1]:.0%}",
                 f"{what}, {least:.0%} or more",
                 largest[name][0] == what and largest[name][1] >= least)
half = 1 + 0.5 * (promised - 1)
stage.expect(f"{gpt}: a step, accelerated, times as fast", f"{measured:.2f}",
             f"{half:.2f} or more (promised {promised:.2f})", measured >= half)
stage.expect(f"{gpt}: arithmetic that is repeated when it writes", f"{share:.1%}", "90% or more",
             share >= 0.9)
stage.verdict()
