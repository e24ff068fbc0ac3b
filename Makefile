# Two commands: `make demo` and `make test`. Both set up everything they need in .venv.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
VIDEO  ?=
TRAINING ?= fused

.PHONY: slow gpu recipes page demo test coverage fuzz docs train check format clean

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "vfi needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
# torch first, by its exact version: a range would pull gigabytes of CUDA packages in
	$(BIN)/python -m pip install --quiet `grep '^torch==' constraints.txt`
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

# Draws a clip, interpolates it three-fold and a pair of its frames; see demo/.
demo: $(STAMP)
	$(BIN)/python -m vfi.demo $(VIDEO)

# Linters, types and the test suite.
test: check
	$(BIN)/python -m pytest

# Every recipe of docs/recipes.md, on clips of a second.
recipes: $(STAMP)
	VFI_TEST_RECIPES=1 $(BIN)/python -m pytest tests/test_recipes.py

# The tests that `make test` leaves out since they take long.
slow: $(STAMP)
	VFI_TEST_SLOW=1 $(BIN)/python -m pytest -m slow

# The page of `vfi web` in a real browser.
page: $(STAMP)
	VFI_TEST_PAGE=1 $(BIN)/python -m pytest tests/web/test_in_a_browser.py

# Every CUDA path checked and measured on this machine's card, in ten minutes; writes docs/gpu.md. Takes
# what is installed: .venv if it is there, and no network.
gpu:
	$(or $(wildcard $(BIN)/python),$(PYTHON)) -m benchmarks.gpu --out docs/gpu.md

# The tests, and which lines none of them reaches.
coverage: $(STAMP)
	$(BIN)/python -m pytest --cov --cov-report=term

# The reference of the command line and of Python, made from the code: build/docs/.
docs: $(STAMP)
	$(BIN)/python docs/build.py build/docs

# The property tests with examples that no run has seen; `make test` draws the same ones each time.
fuzz: $(STAMP)
	VFI_FUZZ=1 $(BIN)/python -m pytest

# Trains on, or from the last committed checkpoint on: decodes the clips and measures their flow if
# that is still to be done. Runs beside other work. TRAINING=NAME takes another of configs/training/.
train: $(STAMP)
	OMP_WAIT_POLICY=PASSIVE nice -n 10 $(BIN)/vfi train $(TRAINING)

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf demo build dist .pytest_cache .mypy_cache .ruff_cache
