# make demo: the whole road, release to grade, on real files.  make lab: the course in JupyterLab.
# make test: the tests.  make test-long: real data in full, many kills and attacks, and the guides walked through.
# make browser: JupyterLab and Formgrader in a real browser, on every notebook.
# make site: the website, in build/site/html.
# make lite: the course for JupyterLite, in build/lite/html.
# make findings: what surprised us in libraries, run once more.
# make bench: tinytorch beside PyTorch.  make milestones: history, in full, on real data.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export OPENBLAS_NUM_THREADS = 1
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo test test-long browser lab bench milestones site lite findings clean

$(VENV)/ready: pyproject.toml constraints.txt
	@echo "Installing the course into $(VENV): a minute or two, once."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(VENV)/ready
	$(BIN)/python -m autograder.demo

test: $(VENV)/ready
	$(BIN)/ruff check
	$(BIN)/python -m pytest

test-long: $(VENV)/ready
	$(BIN)/python -m pytest -m long

browser: $(VENV)/ready
	$(BIN)/python -m pytest --durations=0 tests/browser

lab: $(VENV)/ready
	$(BIN)/tito lab

bench: $(VENV)/ready
	$(BIN)/python -c 'import torch' 2>/dev/null \
		|| $(BIN)/pip install --disable-pip-version-check -c constraints.txt torch==2.13.0 || true
	$(BIN)/python -m benchmarks

milestones: $(VENV)/ready
	$(BIN)/python -m benchmarks.milestones

site: $(VENV)/ready
	$(BIN)/python site/build.py

lite: $(VENV)/ready
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[lite]'
	$(BIN)/python site/lite.py

findings:
	@for script in findings/*.sh; do bash $$script || exit 1; done

clean:
	rm -rf $(VENV) build .pytest_cache .ruff_cache .hypothesis
