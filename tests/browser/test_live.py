"""While a network trains: the curves are drawn anew in the same place, and a bar moves and is gone at the end."""
from nbformat.v4 import new_code_cell

from tests.browser.folder import put
from tests.browser.window import DARK, PANEL, RED

TRAINING = """\
import time
import numpy as np
import tinytorch as tt

class Slow:
    def __len__(self):
        return 20

    def __iter__(self):
        for _ in range(20):
            time.sleep(0.1)
            yield tt.Tensor(np.ones((4, 2))), tt.Tensor(np.ones((4, 1)))

model = tt.Linear(2, 1, rng=0)
trainer = tt.Trainer(model, tt.SGD(model.parameters(), lr=0.01), tt.mse_loss)
trainer.fit(Slow(), 3, watch=tt.LiveCurves());"""
BAR = f"""() => /epoch [23] of 3: +[1-9]\\d%/.test(document.querySelector('{PANEL} .jp-OutputArea')?.textContent)"""
CURVES = f"() => [...document.querySelectorAll('{PANEL} .jp-OutputArea img')].map(image => image.src)"


def test_curves_and_bar(folder, lab, window):
    window.open(lab, put(folder, "training.ipynb", new_code_cell(TRAINING)))
    drawn = []
    window.page.evaluate("() => { window.run = jupyterapp.commands.execute('notebook:run-all-cells') }")
    for theme in ("light", "dark"):
        window.page.wait_for_function(BAR)
        window.picture(f"bar-{theme}")
        drawn += window.page.evaluate(CURVES)
        window.theme(DARK)
    assert window.page.evaluate("() => window.run")
    drawn += window.page.evaluate(CURVES)
    window.picture("end")
    assert len(drawn) == 3 and len({*drawn}) > 1, "one picture, which changes"
    left = window.page.locator(f"{PANEL} .jp-OutputArea-output pre").all_inner_texts()
    assert "".join(left).isspace() and window.page.locator(f"{PANEL} {RED}").count() == 0, "of the bar nothing is left"
