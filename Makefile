# Waqai. `make demo` and `make test` install everything they need into .venv; nothing else has to be done by hand.
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
HOST   ?= 127.0.0.1
PORT   ?= 8000
# A virtual environment of another project must not leak into this one.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME
export PYTHONDONTWRITEBYTECODE ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all check bench figures lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(STAMP)  ## install everything into .venv, from the locked versions

$(STAMP): requirements.lock pyproject.toml scripts/setup.sh
	@bash scripts/setup.sh $(VENV)
	@touch $@

demo: setup  ## ingest the sample articles, print what was found, serve it on http://HOST:PORT
	@$(BIN)/waqai demo --host $(HOST) --port $(PORT)

test: setup  ## the whole suite but for the slow tests
	@$(BIN)/python -m tests.graph.w3c.fetching
	@echo "== running the tests"
	@$(BIN)/python -m pytest -q -n auto -m "not slow"

test-all: setup  ## the whole suite, slow tests included, with new examples of the properties
	@$(BIN)/python -m tests.graph.w3c.fetching
	@WAQAI_TEST_RANDOM=1 $(BIN)/python -m pytest -q -n auto

check: setup  ## style, types and tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@$(BIN)/python -m tests.graph.w3c.fetching
	$(BIN)/python -m pytest -q -n auto -m "not slow"

bench: setup  ## benchmarks: ratios, side by side in one run
	@$(BIN)/python -m tests.benchmarks

figures: setup  ## measure the quality anew: floors of the tests, tables of the documents
	@$(BIN)/python -m tests.quality --write

lock: setup  ## resolve the versions anew (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  --group test --extra postgres pyproject.toml -o requirements.lock

clean:  ## remove what setup and the runs made
	rm -rf $(VENV) waqai-data dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
