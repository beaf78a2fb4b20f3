"""The XOR crisis and its end: both scripts reach their results and name the part of the package that is broken."""
import re

from runs import ROOT, assert_stops, reaches_its_result, replace, run

FOLDER = ROOT / "milestones" / "02_1969_xor"
CRISIS, SOLVED = "01_xor_crisis.py", "02_xor_solved.py"


def test_one_layer_is_stuck_at_half_and_learns_what_a_plane_can_separate(copy):
    told = reaches_its_result(copy, CRISIS, 3, "Minsky", "µs")
    loss, share = re.search(r"Adam +loss ([\d.]+), .*held out ([\d.]+)%", told).groups()
    assert 0.67 < float(loss) < 0.71 and 35 < float(share) < 65
    assert re.search(r"XOR +NOT learned", told) and re.search(r"NAND +learned", told)
    assert "104 of    256 learned" in told


def test_a_hidden_layer_solves_it(copy):
    told = reaches_its_result(copy, SOLVED, 4, "Minsky", "µs")
    assert float(re.search(r"four hidden units +loss .*, +([\d.]+)% of 2,000", told)[1]) >= 98
    shares = [int(share) for share in re.search(r"(?m)^tanh +(.*)$", told)[1].replace("%", "").split()]
    assert len(shares) == 4 and shares[-1] >= 95


def test_a_tanh_that_gives_no_slope_is_named(copy):
    replace(copy / "tinytorch" / "autograd.py", "return grad * (1 - op.output * op.output)", "return grad * 0")
    assert_stops(run(copy, SOLVED), "backward is broken", "it should give [[-0.174]]", "notebook 05_autograd")


def test_an_adam_without_correction_is_named(copy):
    replace(copy / "tinytorch" / "optimizers.py", "mean / (1 - betas[0] ** steps) / root", "mean / root")
    for script in (CRISIS, SOLVED):
        assert_stops(run(copy, script), "Adam is broken", "it should give [4.8]", "notebook 06_optimizers")


def test_a_momentum_that_forgets_is_named(copy):
    replace(copy / "tinytorch" / "optimizers.py", "velocity *= momentum", "velocity *= 0")
    assert_stops(run(copy, CRISIS), "SGD is broken", "momentum 0.9", "it should give [4.71]", "notebook 06_optimizers")


def test_a_module_that_is_missing_is_named(copy):
    (copy / "tinytorch" / "optimizers.py").unlink()
    for script in (CRISIS, SOLVED):
        assert_stops(run(copy, script), "notebook 06_optimizers", "tito module start 06")


def test_a_result_that_is_missed_exits_with_1(copy):
    """Without activations two layers are one."""
    replace(copy / "milestone" / SOLVED, 'activations = (2, 3, 4, 8), {"tanh": tt.tanh, "relu": tt.relu}',
            'activations = (2, 8), {"tanh": lambda x: x}')
    done = run(copy, SOLVED)
    assert done.returncode == 1 and "NOT reached: XOR, eight hidden units (tanh), beginnings" in done.stdout
