# Everything a newcomer needs is `make demo` and `make test`; both set themselves up in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= auto

.PHONY: demo test lint types check bench clean

$(VENV)/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "hookscope needs Python 3.11 or newer; set PYTHON=python3.x")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(VENV)/ready
	@$(BIN)/hookscope demo

test: $(VENV)/ready
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

lint: $(VENV)/ready
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/ready
	@$(BIN)/mypy

check: lint types test

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
