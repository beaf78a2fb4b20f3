"""The perceptron's scripts: what their notebooks export, and honest about the package they run on."""
import re

from runs import ROOT, assert_stops, reaches_its_result, replace, run

FOLDER = ROOT / "milestones" / "01_1957_perceptron"
UNTRAINED, TRAINED = "01_rosenblatt_forward.py", "02_rosenblatt_trained.py"


def measured(told):
    """The verdict of a script: {claim: percent}."""
    return {claim: float(share) for claim, share in re.findall(r"(?m)^(\S.*?)  +([\d.]+)%", told)}


def test_untrained_perceptrons_are_right_half_of_the_time(copy):
    shares = measured(reaches_its_result(copy, UNTRAINED, 6, "Frank Rosenblatt", "µs"))
    assert 40 < shares["untrained, two clouds, mean of 200 seeds"] < 60
    assert shares["two clouds, best of all lines"] >= 95


def test_training_reaches_95_percent_where_a_line_can_and_half_on_xor(copy):
    shares = measured(reaches_its_result(copy, TRAINED, 8, "Frank Rosenblatt", "µs"))
    assert 35 < shares["two clouds, untrained, mean"] < 65
    assert shares["two clouds, trained, worst of 100"] >= 95
    assert shares["left or right, after 200 cards"] >= 95
    assert 40 < shares["XOR, trained, mean"] < 60


def test_a_linear_that_forgets_its_bias_is_named(copy):
    replace(copy / "tinytorch" / "layers.py", "out if self.bias is None else out + self.bias", "out")
    for script in (UNTRAINED, TRAINED):
        assert_stops(run(copy, script), "Linear is broken: for weight [[1, 2]], bias [3] and x = [[1, 1]] "
                                        "it gave [[3]], it should give [[6]]: see notebook 03_layers")


def test_a_linear_that_raises_is_named_with_the_line(copy):
    replace(copy / "tinytorch" / "layers.py", "x @ self.weight.T", "x @ self.weight")
    assert_stops(run(copy, TRAINED), "Linear is broken", "raised ValueError: MatMul", "out = x @ self.weight",
                 "notebook 03_layers")


def test_nan_is_never_taken_for_an_answer(copy):
    replace(copy / "tinytorch" / "layers.py", "x @ self.weight.T", "x @ self.weight.T * float('nan')")
    assert_stops(run(copy, TRAINED), "Linear is broken", "gave [[nan]]", "notebook 03_layers")


def test_a_module_that_is_missing_is_named(copy):
    (copy / "tinytorch" / "losses.py").unlink()
    assert_stops(run(copy, TRAINED), "tinytorch.binary_cross_entropy", "notebook 04_losses", "tito module start 04")


def test_a_module_that_is_no_python_is_named(copy):
    (copy / "tinytorch" / "layers.py").write_text("class Linear(:\n", encoding="utf-8")
    assert_stops(run(copy, UNTRAINED), "SyntaxError", "class Linear(:", "notebook 03_layers")


def test_an_error_in_the_middle_is_one_line(copy):
    source = "\n\n_sigmoid = sigmoid\ndef sigmoid(x):\n    assert x.size < 1000, 'too many'\n    return _sigmoid(x)\n"
    with open(copy / "tinytorch" / "activations.py", "a", encoding="utf-8") as file:
        file.write(source)
    assert_stops(run(copy, TRAINED), "AssertionError: too many", "notebook 02_activations")


def test_a_result_that_is_missed_is_said_and_exits_with_1(copy):
    (copy / "milestone" / "small.py").write_text("""
from tito.experiment import Stage
stage = Stage("A small experiment")
stage.expect("accuracy", "51%", "95% or more", 0.51 >= 0.95)
stage.expect("loss", "0.1", "below 0.2", 0.1 < 0.2)
stage.verdict()
""", encoding="utf-8")
    done = run(copy, "small.py")
    assert done.returncode == 1
    assert "NOT reached: accuracy." in done.stdout


def test_an_unknown_option_is_wrong_usage(copy):
    assert run(copy, TRAINED, "--fast").returncode == 2
