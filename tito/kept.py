"""Networks that one milestone trains and a later one takes up: their checkpoints, in the earlier one's results/.

A file's name is the recipe that made it, so nothing else is ever taken for it: not a `--quick` run, which has other
epochs in its name, and not what an older recipe left.
"""
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tito.experiment import Broken, Stage


@dataclass(frozen=True)
class Kept:
    """A network as a milestone's full run leaves it: tests/milestones/test_kept.py compares with the scripts."""
    script: str               # in milestones/
    recipe: str               # in results/ beside the script, after its number
    epochs: int
    takes: str                # what the training takes, in words
    options: tuple[str, ...] = ("--train",)

    def file(self, milestones: Path) -> Path:
        script = milestones / self.script
        return script.parent / "results" / f"{script.name[:2]}_{self.recipe}.npz"


KEPT = {
    "MNIST MLP": Kept("03_1986_mlp/02_rumelhart_mnist.py",
                      "784-128-64-10_7_epochs_batch_200_lr_0.005_seed_0", 7, "half a minute", options=()),
    "CIFAR CNN": Kept("04_1998_cnn/02_lecun_cifar10.py",
                      "32-64-128_12_epochs_batch_128_lr_0.1_seed_1998", 12, "about seven minutes"),
    "TinyTalks GPT": Kept("05_2017_transformer/01_vaswani_generation.py",
                          "bpe_1000_128_2_blocks_32_epochs_lr_0.003_seed_2017", 32, "about two minutes"),
}


def load_kept(stage: Stage, name: str, model):
    """The model with the weights that the milestone of that name left; trained there first, if it left none.

    model: the same network, with any weights; it is given back in eval mode. An unfinished training goes on where it
    was stopped. Raises tinytorch's CheckpointError for a damaged file and for one of another network, Broken where
    the training leaves no file; both messages are one line with the mend.
    """
    import tinytorch as tt

    kept, milestones = KEPT[name], stage.folder.parent
    path = kept.file(milestones)
    short = f"milestones/{kept.script.split('/')[0]}/results/{path.name}"
    if epochs_in(path) < kept.epochs:
        print(f"{name}: no finished training in {short}, so milestones/{kept.script} does that first; it takes "
              f"{kept.takes}, can be stopped, and is done once.", flush=True)
        train(milestones / kept.script, *kept.options)
        if epochs_in(path) < kept.epochs:
            raise Broken(f"milestones/{kept.script} left no {path.name} with {kept.epochs} epochs: what it printed "
                         "above says why; if its recipe was changed, bring the script back as it was")
    saved = tt.load_checkpoint(path)
    try:
        model.load_state_dict(saved["model"])
    except (KeyError, ValueError) as error:
        raise tt.training.CheckpointError(f"{short} is of another network ({error.args[0]}): delete it, and it is "
                                          "trained anew") from None
    print(f"{name}: {path.stat().st_size:,} bytes in {short}, {kept.epochs} epochs")
    return model.eval()


def epochs_in(path: Path) -> int:
    """How many epochs a checkpoint's training has done; 0 where there is none."""
    import tinytorch as tt

    return len(tt.load_checkpoint(path).get("history", {}).get("loss", [])) if path.exists() else 0


def train(script: Path, *options: str) -> None:
    """Run a milestone's script, as far as the options say; its lines are printed as they come, in a notebook too."""
    with subprocess.Popen([sys.executable, "-u", script.name, *options], cwd=script.parent, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, encoding="utf-8") as process:
        for line in process.stdout:
            print(f"    {line}", end="", flush=True)
