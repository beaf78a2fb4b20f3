"""2018: smaller, and still right

In October 2015 Song Han, Huizi Mao and William Dally put *Deep compression* on arXiv; half a year later it was a best
paper of ICLR. AlexNet, which had won ImageNet in 2012, went from 240 megabytes to 6.9; VGG-16 from 552 to 11.3. Both
made no more mistakes than before. Three steps did it: set the weakest weights to zero and train the others on; let
those that are left have a few values only, and train once more; code the frequent values with fewer bits.

Weights that have to come from memory cost time and, even more, energy, of which a phone has little. MLPerf's rules for
inference (2019) keep two divisions apart. In the closed one all run the same network, and may give its numbers fewer
bits, but not train it again. In the open one everything is allowed that gives right answers.

This is the open division. Every figure below belongs to a file on disk, and every share of right answers to the
network that was read back from it.
"""
# Exported from 02_compression.ipynb by `tito export`: change the notebook, not this file.

import zlib

import tinytorch as tt  # before NumPy: it sets one BLAS thread, the fastest for small matrices
from tito.experiment import Stage

import matplotlib.pyplot as plt
import numpy as np
from compressing import chosen, draw_front, outer, smaller, written
from earlier import missing
from rewordings import Rewordings
from subjects import subjects
from timing import interleaved
from your_parts import check_compressing

stage = Stage(__doc__)

print("\nYour parts\n----------")

# Questions with known answers, in `your_parts.py`, to modules 15 and 16.

check_compressing(stage)

print("\nThree networks and their files\n------------------------------")

# As float32, 4 bytes a number. **Predict:** by how much does a zip program shorten such a file?

networks = subjects(stage)
results = stage.folder / "results"
full, base = {}, {}
for name, subject in networks.items():
    path = results / f"02_{name.replace(' ', '_')}.float32"
    tt.save_checkpoint(path, model=subject.model.state_dict())
    full[name] = path.stat().st_size
    base[name] = {split: subject.share_right(subject.model, split)
                  for split in ("set aside", "test")}
    zipped = len(zlib.compress(path.read_bytes(), 9))
    print(f"{name:16}{tt.count_parameters(subject.model):10,} parameters{full[name]:12,} bytes, "
          f"zipped {full[name] / zipped:.2f} times smaller; {base[name]['test']:.1%} right")

# Next to nothing: the last bits of a float32 are noise, and noise cannot be zipped. What nobody needs has to be taken
# out first, and what nobody needs only an experiment can tell.
#
# How far to go is a choice, and choices are not made by the test. A tenth of what each network had learned from is set
# aside: no training below sees it, and all settings are compared on it. The networks had seen it once, when they were
# trained, so what they lose on it overstates what they lose elsewhere.

print("\nFewer bits\n----------")

# First the closed division: no training. Each row of a matrix gets one scale, each number the nearest code.
# **Predict:** with how many bits does each network fall apart, and which one first?

def file_of(subject, what, model, bits):
    """The Point of a file that holds the model with so many bits."""
    path = results / f"02_{subject.name.replace(' ', '_')}.tz"
    return written(subject, what, model, bits, path)

points = {name: [] for name in networks}
fig, ax = plt.subplots(figsize=(5.5, 3.4))
for name, subject in networks.items():
    points[name] = [file_of(subject, "as it is", subject.model, bits)
                    for bits in range(8, 1, -1)]
    print(f"{name:16}" + "".join(f"{p.bits:4} bits" for p in points[name]))
    print(f"{'times smaller':16}" + "".join(f"{full[name] / p.bytes:9.1f}" for p in points[name]))
    print(f"{'right':16}" + "".join(f"{p.right:9.1%}" for p in points[name]))
    ax.plot(range(8, 1, -1), [p.right for p in points[name]], "o-", label=name)
ax.invert_xaxis()
ax.set(xlabel="bits a weight", ylabel="right, of what was set aside", ylim=(0, 1.02))
ax.legend(loc="lower left")
stage.show("bits")

# Eight bits cost nothing, five next to nothing. Then each network falls from a cliff of its own. The files are even
# smaller than the bits say, since small codes are more frequent than large ones, and the last step of `save_compressed`
# gives what is frequent fewer bits.

print("\nFewer weights, and training\n---------------------------")

# The open division. In turns: the weakest weights become 0, in all matrices by one threshold, and the others are
# trained on for a little, while `KeepZeros` sees that what is 0 stays 0. What they learn is not so much the labels as
# what the whole network says, with all its doubts (distillation, module 16). After the last cut `KeepCodes` keeps every
# weight on a value that four bits can say, while training goes on: so the weights learn to make good what the rounding
# of others does.

plans = {"MLP": ((0.7, 0.85, 0.9), 2, 2e-3), "CNN": ((0.5, 0.72), 1, 2e-3),
         "GPT": ((0.4, 0.6), 2, 1e-3)}             # shares of zeros, epochs after each, rate
if stage.quick:
    plans = {"MLP": ((0.5, 0.7), 10, 2e-3), "CNN": ((0.4, 0.6), 3, 2e-3),
             "GPT": ((0.3, 0.5), 5, 2e-3)}
for name, subject in networks.items():
    print(f"\n{name:34}{'right':>8}" + f"{'in 5 bits':>16}{'in 4 bits':>16}")
    shares, epochs, lr = plans[name.split()[-1]]
    for what, model in smaller(subject, shares, epochs, lr, 4):
        found = [file_of(subject, what, model, bits) for bits in (5, 4)]
        points[name] += found
        right = subject.share_right(model, "set aside")
        print(f"{what:34}{right:8.1%}"
              + "".join(f"{full[name] / p.bytes:6.1f} x{p.right:8.1%}" for p in found), flush=True)

print("\nThe front\n---------")

# Each point is a file. Those that no other file beats in both, bytes and right answers, are joined: the Pareto front.
# Which of them to take depends on what a mistake costs. Here the rule is: the smallest file that loses at most
# one and a quarter points of what was set aside, of which a part is only what it had seen and now forgets.

ALLOWED = 0.02 if stage.quick else 0.0125
picked = {name: chosen(points[name], base[name]["set aside"] - ALLOWED) for name in networks}
draw_front(points, picked, full, {name: base[name]["set aside"] for name in networks})
stage.show("front")
for name in networks:
    print(f"{name}:")
    for p in outer(points[name]):
        print(f"  {p.bytes:9,} bytes {full[name] / p.bytes:6.1f} x {p.right:7.1%}  {p.what}, "
              f"{p.bits} bits{'   <- chosen' if p is picked[name] else ''}")

print("\nThe test\n--------")

# Now, once, the questions that no setting was chosen by. **Predict:** will the networks lose more on them, or less?

print(f"{'network':16}{'bytes':>10}{'before':>11}{'smaller':>9}{'bits/weight':>13}"
      f"{'right':>8}{'before':>8}{'lost':>7}")
lost, ratio = {}, {}
for name, subject in networks.items():
    p, before = picked[name], base[name]["test"]
    right = subject.share_right(p.model, "test")
    lost[name], ratio[name] = 100 * (before - right), full[name] / p.bytes
    print(f"{name:16}{p.bytes:10,}{full[name]:11,}{ratio[name]:8.1f}x"
          f"{8 * p.bytes / tt.count_parameters(subject.model):13.2f}"
          f"{right:8.2%}{before:8.2%}{lost[name]:7.2f}")

# What is left of the first matrix, before and after:

fig, axes = plt.subplots(1, 2, figsize=(9, 2.8))
name, subject = next(iter(networks.items()))
for ax, (title, model) in zip(axes, (("float32", subject.model),
                                     ("read from the file", picked[name].model))):
    weight = model[1].weight.numpy()
    ax.hist(weight[weight != 0], bins=201, color="navy")
    ax.set(title=f"{title}: {np.mean(weight == 0):.0%} zeros, {len(np.unique(weight)):,} values",
           xlabel="weights that are not 0", yticks=[])
stage.show("weights")

print("\nIs it faster, too?\n------------------")

# **Predict** first. The network that was read from the small file answers the same questions as the large one.

for name, subject in networks.items():
    x, _ = next(iter(subject.batches(subject.batch, np.random.default_rng(0))))
    with tt.no_grad():
        seconds = interleaved({"before": lambda m=subject.model, x=x: m(x),
                               "after": lambda m=picked[name].model, x=x: m(x)})
    print(f"{name:16}{1e3 * seconds['before']:8.2f} ms before, {1e3 * seconds['after']:8.2f} after")

# No: it is a float32 network with many zeros, and NumPy multiplies by zero as slowly as by anything else. What is
# smaller is the file, and the time to send it. Machines that compute with four or eight bits, or leave out zeros, gain
# time and energy as well, and they are why MLPerf allows it.

print("\nA network that you did not train\n--------------------------------")

# The encoder of 2017's fifth part has 22 million weights and has read more than a billion pairs of sentences. Nobody
# trains that again at home: closed division. Int8 has a scale for each row, int4 one for each group of 32 numbers. The
# third line gives the tables of words and places, which are half of all numbers, four bits, and the blocks five, with a
# scale for 96 numbers.
# **Predict:** which of the two halves can bear coarser numbers, and why?

encoder = {}
reason = "its 22 million weights take a minute" if stage.quick else missing()
if reason:
    stage.tell(f"The encoder is left out: {reason}")
else:
    questions = Rewordings()
    print(f"{len(questions.asked)} rewordings; float32 has {questions.bytes:,} bytes and gets "
          f"{questions.right(questions.answers):.1%} right")
    print(f"{'':12}{'bytes':>12}{'smaller':>9}{'mean cosine':>13}{'smallest':>10}"
          f"{'same answer':>13}{'right':>8}")
    for title, *how in (("int8", 8, None), ("int4", 4, 32), ("int4, int5", 5, 96, 4)):
        encoder[title] = found = questions.found_by(results, *how)
        print(f"{title:12}{found.bytes:12,}{questions.bytes / found.bytes:8.1f}x"
              f"{found.cosines.mean():13.5f}{found.cosines.min():10.5f}{found.same:13.1%}"
              f"{found.right:8.1%}")

# A sentence takes a row of the table for each of its words, and their errors average out. A number of a block is used
# for every word, six blocks follow one another, and what one gets wrong the next one builds on. So the same bytes are
# better spent on the blocks.

print("\nQuestions to think about\n------------------------")

stage.ask("Most of the MLP's weights are in its first matrix. Why can so many of them go there, "
          "and what do the pixels at the border of a digit have to do with it?",
          "The GPT was pruned least. What does it know that the other two do not have to know?",
          "Distillation taught the small network what the large one says, mistakes included. Why "
          "is that better here than the labels?",
          "How small could a file be that contains one bit for each weight? Which step of deep "
          "compression would still shorten it?",
          "The part set aside had been seen by the networks when they were trained. What would "
          "have to be done to choose without that flaw, and what would it cost for the CNN?")

print("\nThe verdict\n-----------")

mlp, cnn, gpt = networks
wanted = ({mlp: (5, 5), cnn: (5, 5), gpt: (5, 10)} if stage.quick
          else {mlp: (12, 1), cnn: (10, 1), gpt: (6, 1)})
for name, (least, most) in wanted.items():
    stage.expect(f"{name}: file, times smaller", f"{ratio[name]:.1f}", f"{least} or more",
                 ratio[name] >= least)
    stage.expect(f"{name}: right answers lost, points", f"{lost[name]:.2f}", f"{most} or less",
                 lost[name] <= most)
for title, least, cosine in (("int8", 4, 0.999), ("int4, int5", 7, 0.98)) if encoder else ():
    found = encoder[title]
    stage.expect(f"encoder, {title}: file, times smaller", f"{questions.bytes / found.bytes:.1f}",
                 f"{least} or more", questions.bytes / found.bytes >= least)
    stage.expect(f"encoder, {title}: mean cosine", f"{found.cosines.mean():.4f}",
                 f"{cosine} or more", found.cosines.mean() >= cosine)
stage.verdict()
