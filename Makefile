# Everything a newcomer needs is `make demo` and `make test`; both set themselves up in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One more than there are cores: many tests wait for other processes, and each worker collects all of them.
WORKERS ?= $(shell $(PYTHON) -c "import os; print((os.cpu_count() or 1) + 1)")
# Every process that a test starts would compile the code anew, a third of what its start costs.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint types check coverage cross docs docs-test matrix release-test torture attack diagnose-score bench clean

$(VENV)/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "hookscope needs Python 3.11 or newer; set PYTHON=python3.x")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(VENV)/ready
	@$(BIN)/hookscope demo

test: $(VENV)/ready
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# Longer proofs; a quick form of each is among the tests.

cross: pyproject.toml
	@test -x $(VENV)-sdks/bin/python || $(PYTHON) -m venv $(VENV)-sdks
	@$(VENV)-sdks/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,sdks]'
	@$(VENV)-sdks/bin/python -m pytest -rs -k 'sdk' tests/inspector tests/e2e/test_api_clients.py

coverage: $(VENV)/ready
	@$(BIN)/python bench/module_coverage.py

# The site, in build/site; a broken link is an error, and nothing is fetched.
docs: $(VENV)/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,docs]'
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --config-file .ci/mkdocs.yml

# Every command that a page shows, run; HOOKSCOPE_UPDATE_DOCS=1 writes what was printed into the pages.
docs-test: $(VENV)/ready
	@HOOKSCOPE_DOCS=whole $(BIN)/python -m pytest -n $(WORKERS) tests/docs

# Wheel and source archive, in build/dist, and what an installation is made of; tried in fresh environments.
release-test: $(VENV)/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,release]'
	@$(BIN)/python bench/release.py

matrix: $(VENV)/ready
	@HOOKSCOPE_MATRIX=whole $(BIN)/python -m pytest -v tests/matrix tests/plugin_projects \
		tests/inspector/diagnosis/test_ordinary.py tests/inspector/commands/test_verify.py

torture: $(VENV)/ready
	@HOOKSCOPE_TORTURE=quick $(BIN)/python -m pytest tests/torture
	@$(BIN)/python bench/torture.py
	@$(BIN)/python bench/torture_nats.py
	@$(BIN)/python bench/fuzz.py

attack: $(VENV)/ready
	@HOOKSCOPE_ATTACK=whole $(BIN)/python -m pytest -n $(WORKERS) tests/attack tests/inspector/test_safe_to_look_at.py
	@$(BIN)/python bench/fuzz.py

diagnose-score: $(VENV)/ready
	@$(BIN)/python bench/diagnose_score.py

bench: $(VENV)/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	@HOOKSCOPE_BENCH=quick $(BIN)/python -m pytest tests/bench
	@$(BIN)/python -m pytest bench/micro --benchmark-columns=min,median,rounds
	@for figures in log store signatures diagnosis fixtures screen gateway; do $(BIN)/python bench/$$figures.py || exit 1; done
	@$(BIN)/python bench/contest.py

lint: $(VENV)/ready
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/ready
	@$(BIN)/mypy
	@$(BIN)/mypy --config-file tests/mypy.toml tests

check: lint types test

clean:
	rm -rf $(VENV) $(VENV)-sdks build dist .mypy_cache .ruff_cache .pytest_cache
