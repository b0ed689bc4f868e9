# Two targets do all of their own set-up: `make run` follows a runbook, `make test` runs every test.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
CARD   ?=
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test check bench site serve browser clean

run: $(VENV)/run.stamp
	@$(BIN)/tillbook $(if $(CARD),run $(CARD))

test: $(VENV)/test.stamp browser check
	$(BIN)/python -m pytest -n auto --dist loadfile

check: $(VENV)/test.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/tillbook check

bench: $(VENV)/test.stamp
	$(BIN)/python -m tests.bench

site: $(VENV)/test.stamp
	$(BIN)/tillbook site build --strict

serve: $(VENV)/test.stamp
	$(BIN)/tillbook site serve

browser: $(VENV)/test.stamp
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh tests/browser.sh
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh tests/fuse.sh

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tillbook needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade "pip>=25.1"

$(VENV)/run.stamp: pyproject.toml | $(BIN)/python
	$(PIP) install --editable .
	@touch $@

$(VENV)/test.stamp: pyproject.toml | $(BIN)/python
	$(PIP) install --editable ".[site,fast]" --group test --group lint
	@touch $@ $(VENV)/run.stamp

clean:
	rm -rf build dist $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
