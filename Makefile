# Everything a person does with this checkout, one word each. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help rehearse setup test crash lint types test-needs train-builtin check-builtin train-safety bench-database
.PHONY: bench-answers bench-gate

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

rehearse: .venv/.product ## try Lienzo now: opens a page that behaves like a Discord channel
	@$(BIN)/lienzo rehearse

setup: .venv/.dev ## a ready .venv with everything, `.venv/bin/lienzo` included

# File by file in their order: reordered by how many tests they have, the files with few and long ones come last.
test: .venv/.dev test-needs ## the whole test suite
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

crash: .venv/.dev ## kill the bot KILLS times (100) under load, from SEED (1) on, and check that nothing is lost
	@$(BIN)/python -m tests.crash --kills $(or $(KILLS),100) --seed $(or $(SEED),1)

lint: .venv/.dev ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev ## mypy, strict
	$(BIN)/mypy

bench-database: .venv/.dev ## a million generations against none: history, quota, queue
	$(BIN)/python -m tests.benchmarks.database

bench-answers: .venv/.dev ## 50 members press at once while the engine draws: how long until they are answered
	$(BIN)/python -m tests.benchmarks.answers

bench-gate: .venv/.dev ## how fast the safety gate is, on one core
	$(BIN)/python -m tests.benchmarks.gate

train-builtin: .venv/.dev ## train the built-in model: STAGE=data, vae, diffusion or package; resumes by itself
	$(BIN)/python -m inference.builtin.train $(STAGE) $(ARGS)

# On one thread: sums that are divided among several are rounded otherwise, and the fits, which stop early, end elsewhere.
train-safety: .venv/.dev ## train the safety classifier on the sets in DATA; ARGS=--left-out measures each set by a model without it
	@$(PIP) --editable '.[train]'
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m bot.safety.training $(or $(DATA),data/safety) $(ARGS)

check-builtin: .venv/.dev ## judge the built-in model's pictures: the figures of its model card
	$(BIN)/python -m inference.builtin.check

# The browser tests drive Chromium. Where it is missing and may be installed, install it; elsewhere they skip and say so.
test-needs:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	    apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } || \
	  echo "No Chromium here: the browser tests will be skipped (Debian: apt-get install chromium)."

.venv/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Lienzo needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.product: .venv/.python pyproject.toml constraints.txt
	@echo "Installing Lienzo into .venv (a few minutes the first time) ..."
	@$(PIP) torch
	@$(PIP) --editable .
	@touch $@

.venv/.dev: .venv/.product
	@$(PIP) --editable '.[dev]'
	@touch $@
