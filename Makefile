.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
DEV := .venv/.dev
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps
TRAINERS := .venv-trainers

.PHONY: help demo test test-trainers accuracy torture bench check format docs lock clean

help:  ## list the chores
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 26

$(READY): requirements.lock bootstrap.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Instructory needs Python 3.11 to 3.13; name one with: make PYTHON=python3.12") if not (3, 11) <= sys.version_info[:2] <= (3, 13) else None'
	@echo "setting up .venv (once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r bootstrap.lock
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-build-isolation --editable .
	@$(BIN)/python -m flows.deployment.compiling
	@touch $@

$(DEV): requirements-dev.lock $(READY)
	@echo "adding what tests and checks need (once)"
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(READY)  ## set up if needed, build the demo dataset (no key, no model), show the report's path
	@PYTHONDONTWRITEBYTECODE= $(BIN)/instructory build demo

test: $(DEV)  ## set up if needed, run all tests
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 2

$(TRAINERS)/.ready: requirements-trainers.lock
	@echo "setting up $(TRAINERS), 1.5 GB (once)"
	@$(PYTHON) -m venv $(TRAINERS)
	@$(TRAINERS)/bin/pip install --quiet --disable-pip-version-check --no-deps -r requirements-trainers.lock
	@touch $@

test-trainers: $(DEV) $(TRAINERS)/.ready  ## load every kind of export with the trainers' own code, train two steps with TRL, rank planted data by students
	@TRAINERS=$(TRAINERS) $(BIN)/pytest tests/trainers
	@PYTHONPATH=$$($(TRAINERS)/bin/python -c 'import site; print(site.getsitepackages()[0])') $(BIN)/pytest tests/students

torture: $(DEV)  ## the long form of the reliability tests (some 20 minutes), with a table of figures
	@TORTURE=long TORTURE_SEED=$${TORTURE_SEED:-$$(date +%s)} $(BIN)/pytest -n 2 --dist=worksteal tests/torture tests/test_patterns.py

accuracy: $(DEV)  ## measure the detectors on labelled sets and write docs/detectors.md
	@$(BIN)/python tests/accuracy/measure.py

bench: $(DEV)  ## measure speed and memory, beside peers too, on a machine that does nothing else
	@$(BIN)/python -m tests.benchmarks $(ONLY)

check: $(DEV)  ## formatter, linter, types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(DEV)  ## format and mend what the linter can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: $(READY)  ## write docs/recipe.md and docs/gates.md from the types and the suites
	@$(BIN)/python -m flows.reference

lock: $(DEV)  ## pin the newest versions that pyproject.toml allows
	@$(PYTHON) .ci/lock.py

clean:  ## remove the environment and caches; datasets stay
	@rm -rf .venv .venv-trainers .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
