"""Typical mistakes in notebook 07."""
from autograder.audit.wrong_answers import Wrong

NORM = "norm = float(np.sqrt(sum(np.square(p.grad, dtype=np.float64).sum() for p in found)))"
SHORTEN = "p.grad = p.grad * (max_norm / norm)"
FOUND = "found = [p for p in parameters if p.grad is not None]"
FORGET = "optimizer.zero_grad()\n    "
FINITE = "if not np.isfinite(value.item()):"
CLIP = "    norm = clip_grad_norm(optimizer.params, np.inf if max_norm is None else max_norm)\n"
BAD_NORM = """    if not np.isfinite(norm):
        raise FloatingPointError(f"the norm of the gradients is {norm}: "
                                 "look for a root or a logarithm at 0, or lower lr")
"""
BACKWARD = "    backward(value)\n"
STEP = "    optimizer.step()\n    return value.item()"
TOTALS = "totals[name] += float(np.asarray(measure(scores, y))) * len(x)"
COUNT = "            count += len(x)"
KEPT = "with modes_kept(model), no_grad():"
SETS = "self.steps += 1\n        self.optimizer.lr = self.lr_at(self.steps)"
FALLS = "return self.base_lr * self.gamma ** (step // self.step_size)"
WEIGHT = "weight = (1 + np.cos(np.pi * share)) / 2"
MIX = "return weight * start + (1 - weight) * end"
UP = "return half_cosine(self.first_lr, self.max_lr, step / top)"
DOWN = "return half_cosine(self.max_lr, self.last_lr, (step - top) / (last - top))"
SAVE = """    try:
        with open(unfinished, "wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)"""
TRAIN = "loss = train_step(self.model, self.optimizer, self.loss, x, y, self.max_norm)"
TOTAL = "total, count = total + loss * len(x), count + len(x)"
MODE = "        if not self.model.training:\n            self.model.train()\n"
MOVES = "            if self.schedule is not None:\n                self.schedule.step()\n"
EPOCH = "loss = self.one_epoch(batches)"
FOUND_TEST = "found = self.evaluate(test) if test is not None else {}"
RECORD = "self.record(loss=loss, **tested, lr=lr, seconds=time.perf_counter() - start)"
WATCH = "                if watch is not None:\n                    watch(self.history)\n"
SAVES = "            self.save(checkpoint, (batches, test))\n            if watch is not None:\n"
WATCHES = "            if watch is not None:\n                watch(history)\n"

WRONG = [
    Wrong("clip_grad_norm", "each tensor clipped by itself", (f"    {NORM}\n    if norm > max_norm:\n        for p in found:\n            {SHORTEN}\n", f"    {NORM}\n    for p in found:\n        length = float(np.sqrt((p.grad ** 2).sum()))\n        p.grad = p.grad * min(1.0, max_norm / length)\n"),
          "test_clip_grad_norm", "one factor for all gradients"),
    Wrong("clip_grad_norm", "every number cut to max_norm", (SHORTEN, "p.grad = np.clip(p.grad, -max_norm, max_norm)"),
          "test_clip_grad_norm", "one factor for all gradients"),
    Wrong("clip_grad_norm", "the norm after clipping returned", ("return norm", "return min(norm, max_norm)"),
          "test_clip_grad_norm", "before clipping"),
    Wrong("clip_grad_norm", "root forgotten", (NORM, NORM.replace("np.sqrt(", "(")),
          "test_clip_grad_norm", "the norm before clipping"),
    Wrong("clip_grad_norm", "sum of the tensors' norms", (NORM, "norm = float(sum(np.sqrt(np.square(p.grad, dtype=np.float64).sum()) for p in found))"),
          "test_clip_grad_norm", "the norm before clipping"),
    Wrong("clip_grad_norm", "largest number for the norm", (NORM, "norm = float(max((np.abs(p.grad).max() for p in found), default=0.0))"),
          "test_clip_grad_norm", "the norm before clipping"),
    Wrong("clip_grad_norm", "short gradients made longer", ("if norm > max_norm:", "if norm > 0:"),
          "test_clip_grad_norm", "nothing should change"),
    Wrong("clip_grad_norm", "generator gone through twice", (FOUND, "found = (p for p in parameters if p.grad is not None)"),
          "test_clip_grad_norm", "one factor for all gradients"),
    Wrong("clip_grad_norm", "missing gradients not passed over", (FOUND, "found = list(parameters)"),
          "test_clip_grad_norm", "UFuncTypeError"),
    Wrong("clip_grad_norm", "missing gradients made zeros", (FOUND, "found = list(parameters)\n    for p in found:\n        p.grad = np.zeros_like(p.data) if p.grad is None else p.grad"),
          "test_clip_grad_norm", "without gradient should stay without"),
    Wrong("clip_grad_norm", "squares in float32", (NORM, NORM.replace(", dtype=np.float64", "")),
          "test_clip_grad_norm", "squares of 1e25 need float64"),
    Wrong("clip_grad_norm", "gradients become float64", (SHORTEN, "p.grad = p.grad * np.float64(max_norm / norm)"),
          "test_clip_grad_norm", "gradients should stay float32"),
    Wrong("clip_grad_norm", "factor upside down", (SHORTEN, "p.grad = p.grad * (norm / max_norm)"),
          "test_clip_grad_norm", "max_norm / norm"),
    Wrong("clip_grad_norm", "data clipped instead", (SHORTEN, "p.data = p.data * (max_norm / norm)"),
          "test_clip_grad_norm", "one factor for all gradients"),

    Wrong("train_step", "old gradients not forgotten", (FORGET, ""), "test_train_step", "are old gradients forgotten"),
    Wrong("train_step", "gradients forgotten before the step", (STEP, "    optimizer.zero_grad()\n" + STEP), "test_train_step", "is there one step each"),
    Wrong("train_step", "a step too many", (STEP, "    optimizer.step()\n" + STEP), "test_train_step", "is there one step each"),
    Wrong("train_step", "no step", (STEP, "    return value.item()"), "test_train_step", "is there one step each"),
    Wrong("train_step", "the loss after the step returned", ("return value.item()", "return loss(model(x), y).item()"), "test_train_step", "the loss before the step"),
    Wrong("train_step", "a Tensor returned", ("return value.item()", "return value"), "test_train_step", "return a float"),
    Wrong("train_step", "nan let through", (FINITE, "if False:"), "test_train_step", "a loss of nan should stop the run"),
    Wrong("train_step", "infinity let through", (FINITE, "if np.isnan(value.item()):"), "test_train_step", "a loss of inf should stop the run"),
    Wrong("train_step", "minus infinity let through", (FINITE, "if np.isnan(value.item()) or value.item() == np.inf:"), "test_train_step", "a loss of -inf should stop the run"),
    Wrong("train_step", "looked at after the step", (f"""    {FINITE}
        raise FloatingPointError(f"the loss is {{value.item()}}: lower lr, warm up, or set max_norm")
    backward(value)
{CLIP}{BAD_NORM}    optimizer.step()
""", f"""    backward(value)
{CLIP}    optimizer.step()
    {FINITE}
        raise FloatingPointError(f"the loss is {{value.item()}}")
"""), "test_train_step", "should not reach the weights"),
    Wrong("train_step", "gradients not looked at", (BAD_NORM, ""), "test_train_step_clips", "an infinite gradient should stop the run"),
    Wrong("train_step", "gradients looked at after the step", (BAD_NORM + "    optimizer.step()\n", "    optimizer.step()\n" + BAD_NORM), "test_train_step_clips", "an infinite gradient moved a weight"),
    Wrong("train_step", "only nan gradients looked for", ("if not np.isfinite(norm):", "if np.isnan(norm):"), "test_train_step_clips", "an infinite gradient should stop the run"),
    Wrong("train_step", "gives up without a word", ('raise FloatingPointError(f"the loss is {value.item()}: lower lr, warm up, or set max_norm")', "return value.item()"),
          "test_train_step", "should stop the run"),
    Wrong("train_step", "never clipped", (CLIP + BAD_NORM, ""), "test_train_step_clips", "clip after backward and before the step"),
    Wrong("train_step", "clipped after the step", (CLIP + BAD_NORM + STEP, "    optimizer.step()\n" + CLIP + "    return value.item()"), "test_train_step_clips", "clip after backward"),
    Wrong("train_step", "clipped before backward", (BACKWARD + CLIP, CLIP + BACKWARD), "test_train_step_clips", "clip after backward"),
    Wrong("train_step", "a limit of 0 taken for none", ("np.inf if max_norm is None else max_norm", "max_norm or np.inf"), "test_train_step_clips", "max_norm=0 is a limit too"),
    Wrong("train_step", "always clipped to 1", ("np.inf if max_norm is None else max_norm", "1.0"), "test_train_step_clips", "clip after backward"),
    Wrong("train_step", "the loss clipped", (CLIP + BAD_NORM, "    if max_norm is not None:\n        value.data = np.clip(value.data, -max_norm, max_norm)\n"), "test_train_step_clips", "clip after backward"),

    Wrong("evaluate", "every batch weighs the same", (TOTALS + "\n" + COUNT, TOTALS.replace(" * len(x)", "") + "\n            count += 1"), "test_evaluate", "the mean over all examples"),
    Wrong("evaluate", "sum for mean", (COUNT, "            count = 1"), "test_evaluate", "the mean over all examples"),
    Wrong("evaluate", "Dropout left on", ("        model.eval()\n", ""), "test_evaluate", "Dropout off"),
    Wrong("evaluate", "eval only after the first batch", ("        model.eval()\n        for x, y in batches:\n            scores = model(x)", "        for x, y in batches:\n            scores = model(x)\n            model.eval()"),
          "test_evaluate", "Dropout off"),
    Wrong("evaluate", "mode not put back", (KEPT, "with no_grad():"), "test_evaluate_modes", "put it back"),
    Wrong("evaluate", "training mode whatever it was", (COUNT, COUNT + "\n    model.train()"), "test_evaluate_modes", "leave it there"),
    Wrong("evaluate", "recorded", (KEPT, "with modes_kept(model):"), "test_evaluate", "where is no_grad"),
    Wrong("evaluate", "only the last batch counts", (TOTALS, TOTALS.replace("+=", "=")), "test_evaluate", "the mean over all examples"),
    Wrong("evaluate", "all measures under the first name", ("totals[name] +=", "totals[next(iter(measures))] +="), "test_evaluate", "the mean over all examples"),
    Wrong("evaluate", "the model not asked at all", ("scores = model(x)", "scores = x * 2.0"), "test_evaluate", "the mean over all examples"),

    Wrong("schedule", "counted after setting", (SETS, "self.optimizer.lr = self.lr_at(self.steps)\n        self.steps += 1"), "test_schedule", "the first step being number 0"),
    Wrong("schedule", "not counted", ("self.steps += 1\n", "pass\n"), "test_schedule", "the first step being number 0"),
    Wrong("schedule", "counted twice", ("self.steps += 1", "self.steps += 2"), "test_schedule", "the first step being number 0"),
    Wrong("schedule", "the optimizer never told", ("self.steps += 1\n        self.optimizer.lr", "self.steps += 1\n        self.optimizer.rate"), "test_schedule", "the first step being number 0"),
    Wrong("step_lr", "falls one step late", (FALLS, FALLS.replace("(step //", "((step - 1) //")), "test_schedule", "the first step being number 0"),
    Wrong("step_lr", "falls one step early", (FALLS, FALLS.replace("(step //", "((step + 1) //")), "test_schedule", "the first step being number 0"),
    Wrong("step_lr", "falls all the time", (FALLS, FALLS.replace("//", "/")), "test_schedule", "the first step being number 0"),
    Wrong("step_lr", "gamma times for gamma to the power of", (FALLS, "return self.base_lr * self.gamma * (step // self.step_size)"), "test_schedule", "the first step being number 0"),
    Wrong("step_lr", "chained on the present lr", (FALLS, "return self.optimizer.lr * (self.gamma if step and step % self.step_size == 0 else 1)"), "test_schedule", "resumed from its state"),
    Wrong("step_lr", "always halved", (FALLS, FALLS.replace("self.gamma", "0.5")), "test_schedule", "gamma"),

    Wrong("half_cosine", "from end to start", (MIX, "return weight * end + (1 - weight) * start"), "test_half_cosine", "half a wave from start to end"),
    Wrong("half_cosine", "a whole wave", (WEIGHT, WEIGHT.replace("np.pi", "2 * np.pi")), "test_half_cosine", "half a wave"),
    Wrong("half_cosine", "a quarter of a wave", (WEIGHT, "weight = np.cos(np.pi / 2 * share)"), "test_half_cosine", "half a wave"),
    Wrong("half_cosine", "a straight line", (WEIGHT, "weight = 1 - share"), "test_half_cosine", "half a wave"),
    Wrong("half_cosine", "not moved up", (WEIGHT, "weight = np.cos(np.pi * share)"), "test_half_cosine", "half a wave"),
    Wrong("half_cosine", "degrees for radians", (WEIGHT, WEIGHT.replace("np.pi", "180")), "test_half_cosine", "half a wave"),
    Wrong("half_cosine", "end always 0", (MIX, "return weight * start"), "test_half_cosine", "half a wave"),

    Wrong("one_cycle", "no warm-up", ("if step < top:", "if False:"), "test_one_cycle", "top at step"),
    Wrong("one_cycle", "no way down", (DOWN, "return self.max_lr"), "test_one_cycle", "top at step"),
    Wrong("one_cycle", "down by the share of all steps", (DOWN, DOWN.replace("(step - top) / (last - top)", "step / last")), "test_one_cycle", "top at step"),
    Wrong("one_cycle", "down back to first_lr", (DOWN, DOWN.replace("self.last_lr", "self.first_lr")), "test_one_cycle", "top at step"),
    Wrong("one_cycle", "up from 0", (UP, UP.replace("self.first_lr", "0.0")), "test_one_cycle", "top at step"),
    Wrong("one_cycle", "off by one on the way up", (UP, UP.replace("step / top", "(step + 1) / top")), "test_one_cycle", "top at step"),
    Wrong("one_cycle", "a whole step later at the top", ("        if step > self.total_steps:", "        top += 1\n        if step > self.total_steps:"), "test_one_cycle", "top at step"),
    Wrong("one_cycle", "the top rounded to a step", ("        if step > self.total_steps:", "        top = int(top)\n        if step > self.total_steps:"), "test_one_cycle", "between two steps"),
    Wrong("one_cycle", "division by 0 without warm-up", ("if step < top:", "if step <= top:"), "test_one_cycle", "ZeroDivisionError"),
    Wrong("one_cycle", "steps beyond the cycle accepted", ("if step > self.total_steps:", "if False:"), "test_one_cycle", "beyond the cycle"),
    Wrong("one_cycle", "the last steps refused", ("if step > self.total_steps:", "if step >= last:"), "test_one_cycle", "the cycle has"),
    Wrong("one_cycle", "straight lines", (UP, "return self.first_lr + (self.max_lr - self.first_lr) * step / top"), "test_one_cycle", "top at step"),

    Wrong("save_checkpoint", "written in place", (SAVE, "    with open(path, 'wb') as file:\n        np.savez(file, allow_pickle=False, **arrays)"), "test_save_checkpoint", "damaged"),
    Wrong("save_checkpoint", "old file removed first", (SAVE, "    path.unlink(missing_ok=True)\n" + SAVE), "test_save_checkpoint", "No such file"),
    Wrong("save_checkpoint", "renamed even when it failed", (SAVE, "    try:\n        with open(unfinished, 'wb') as file:\n            np.savez(file, allow_pickle=False, **arrays)\n    finally:\n        os.replace(unfinished, path)"),
          "test_save_checkpoint", "damaged"),
    Wrong("save_checkpoint", "unfinished file left behind", (SAVE, "    with open(unfinished, 'wb') as file:\n        np.savez(file, allow_pickle=False, **arrays)\n    os.replace(unfinished, path)"),
          "test_save_checkpoint", "a failure should leave no unfinished file"),
    Wrong("save_checkpoint", "pickled", ("allow_pickle=False, ", ""), "test_save_checkpoint", "allow_pickle=False refuses that"),
    Wrong("save_checkpoint", "name given to savez, which adds .npz", (SAVE, "    np.savez(path, allow_pickle=False, **arrays)"), "test_save_checkpoint", "damaged"),
    Wrong("save_checkpoint", "failure swallowed", ("    finally:\n        unfinished", "    except ValueError:\n        unfinished"), "test_save_checkpoint", "should raise ValueError"),
    Wrong("save_checkpoint", "copied instead of moved", ("os.replace(unfinished, path)", "path.write_bytes(unfinished.read_bytes())\n        unfinished = path.with_name('nothing')"), "test_save_checkpoint", "nothing else left beside it"),
    Wrong("save_checkpoint", "refuses to replace", ("os.replace(unfinished, path)", "os.link(unfinished, path)"), "test_save_checkpoint", "FileExistsError"),

    Wrong("plain_trainer", "mean over batches", (TOTAL, "total, count = total + loss, count + 1"), "test_one_epoch", "the mean over all examples"),
    Wrong("plain_trainer", "sum of the losses", (TOTAL, "total, count = total + loss * len(x), 1"), "test_one_epoch", "the mean over all examples"),
    Wrong("plain_trainer", "mode left as evaluation left it", (MODE, ""), "test_one_epoch", "training mode"),
    Wrong("plain_trainer", "frozen parts woken up", (MODE, "        self.model.train()\n"), "test_one_epoch", "stay frozen"),
    Wrong("plain_trainer", "schedule moves once an epoch", (MOVES, MOVES.replace("    if", "if").replace("    self", "self")), "test_one_epoch", "after each batch"),
    Wrong("plain_trainer", "schedule never moves", (MOVES, ""), "test_one_epoch", "after each batch"),
    Wrong("plain_trainer", "schedule moves before the step", (f"            {TRAIN}\n            {TOTAL}\n{MOVES}", f"{MOVES}            {TRAIN}\n            {TOTAL}\n"), "test_one_epoch", "after each batch"),
    Wrong("plain_trainer", "max_norm not passed on", (TRAIN, TRAIN.replace(", self.max_norm", "")), "test_one_epoch", "slope 8 clipped to 1"),
    Wrong("plain_trainer", "schedule taken for granted", (MOVES, "            self.schedule.step()\n"), "test_one_epoch", "NoneType"),
    Wrong("plain_trainer", "one batch an epoch", (MOVES, MOVES + "            break\n"), "test_one_epoch", "the mean over all examples"),

    Wrong("watched_trainer", "test never measured", (FOUND_TEST, "found = {}"), "test_watched", "test_largest"),
    Wrong("watched_trainer", "test taken for granted", (FOUND_TEST, "found = self.evaluate(test)"), "test_watched", "NoneType"),
    Wrong("watched_trainer", "measured before the epoch", (f"                {EPOCH}\n                {FOUND_TEST}\n", f"                {FOUND_TEST}\n                {EPOCH}\n"), "test_watched", "measured after the epoch"),
    Wrong("watched_trainer", "names without test_", ('{f"test_{name}": value', "{name + '_test': value"), "test_watched", "test_largest"),
    Wrong("watched_trainer", "lr after the epoch recorded", (RECORD, RECORD.replace("lr=lr", "lr=float(self.optimizer.lr)")), "test_watched", "first step"),
    Wrong("watched_trainer", "the test's loss recorded as the epoch's", (RECORD, RECORD.replace("loss=loss", "loss=found.get('loss', loss)")), "test_watched", "the mean of each epoch"),
    Wrong("watched_trainer", "watcher called once", (WATCH, WATCH.replace("is not None:", "is not None and self.epochs == 1:")), "test_watched", "watch after each epoch"),
    Wrong("watched_trainer", "watcher called before the record", (f"                {RECORD}\n{WATCH}", f"                if watch is not None:\n                    watch({{'loss': [], **self.history}})\n                {RECORD}\n"), "test_watched", "watch after each epoch"),
    Wrong("watched_trainer", "watcher taken for granted", (WATCH, "                watch(self.history)\n"), "test_watched", "NoneType"),

    Wrong("trainer", "never saved", (SAVES, "            if watch is not None:\n"), "test_fit", "4 batches are left"),
    Wrong("trainer", "saved only once, at the end", (SAVES, "            if self.epochs == epochs:\n    " + SAVES), "test_fit", "4 batches are left"),
    Wrong("trainer", "generators of the batches not saved", (SAVES, SAVES.replace("(batches, test)", "()")), "test_fit", "random generators"),
    Wrong("trainer", "the bar saved for the batches", (SAVES, SAVES.replace("(batches, test)", "(iter(batches), test)")), "test_fit", "random generators"),
    Wrong("trainer", "watched before it is saved", (SAVES + "                watch(history)\n", WATCHES + "            self.save(checkpoint, (batches, test))\n"), "test_fit", "4 batches are left"),
    Wrong("trainer", "never watched", (WATCHES, ""), "test_fit", "call the watcher"),
    Wrong("trainer", "watcher taken for granted", (WATCHES, "            watch(history)\n"), "test_fit", "NoneType"),
]
