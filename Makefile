# SPDX-License-Identifier: MIT
# `make demo` installs in .venv what the sandbox needs, all other targets the development tools too.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready-dev
PACKAGES := tests/realtime_clients/node_modules/.package-lock.json

.PHONY: demo test coverage test-clients test-clock test-httpx2 lint types sandbox faults docs docs-check ledger schema-drift bench demos release-check mutants clean
.DEFAULT_GOAL := demo

# The name ends with that of an extra in pyproject.toml. Python compiles modules when it imports them:
# without --no-compile, pip compiles all of them, which takes nearly as long as the rest.
$(VENV)/.ready-%: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@echo "Installing the packages of the extra '$*' in $(VENV); this takes a minute..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --editable '.[$*]'
	@touch $@

demo: $(VENV)/.ready-sandbox
	$(BIN)/realtime-session run --sandbox --settings docs/example-settings.json --format structured
	$(BIN)/realtime-session run --sandbox --settings docs/example-settings.json --format raw

# Three processes, even with two cores, because many tests wait for a server.
PYTEST := $(BIN)/python -m pytest --quiet --numprocesses 3 --dist loadfile

test: $(READY)
	$(PYTEST) -rs

# The same tests with more examples, and the branch coverage of src/.
coverage: $(READY)
	$(PYTEST) --hypothesis-profile thorough --cov --cov-report=term:skip-covered

# The tests with clients of the API: of Python, of Node, and of a browser. Lists what is missing for some of them;
# with CLIENTS=required these tests fail.
test-clients: $(VENV)/.ready-clients $(PACKAGES)
	$(BIN)/python -m pytest --quiet -rs -m clients

$(PACKAGES): tests/realtime_clients/package-lock.json
	@if command -v npm > /dev/null; then cd $(<D) && npm ci --no-fund --no-audit --loglevel=error && touch $(CURDIR)/$@; fi

# Measures how soon Cancel ends a node; needs an idle machine.
test-clock: $(READY)
	$(BIN)/python -m pytest --quiet -m clock

# The tests of the client and the fault suite with httpx2, the successor of httpx.
test-httpx2: $(READY)
	HTTP_LIBRARY=httpx2 $(PYTEST) tests/client tests/faults

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

sandbox: $(VENV)/.ready-sandbox
	$(BIN)/realtime-session sandbox

# Runs the real nodes against faulty servers; prints a table of outcomes and times.
faults: $(READY)
	$(BIN)/python -m realtime_dev.faultsuite --timed

# Generates docs/settings.md from the schemas and the dialogs.
docs: $(READY)
	$(BIN)/python -m realtime_dev.documentation

docs-check: $(READY)
	$(BIN)/python -m realtime_dev.documentation --check

# Adds new settings keys to docs/ledger.json; existing entries never change.
ledger: $(READY)
	$(BIN)/python -m realtime_dev.ledger

# Compares a schema with the types of the openai package: `make schema-drift SCHEMA=session`.
schema-drift: $(READY)
	$(BIN)/python -m realtime_dev.drift --schema $(or $(SCHEMA),session)

# Takes a quarter of an hour on an idle machine; `make bench BENCH=--quick` takes a few minutes.
bench: $(READY)
	$(BIN)/python -m realtime_dev.bench $(BENCH)

# Generates demos/*.knwf from demos/definitions.py.
demos: $(READY)
	$(BIN)/python -m demos.build

# Checks that versions agree, the changelog has a date, no address is a placeholder, and generated files are up to date.
release-check: $(READY)
	$(BIN)/python -m realtime_dev.release
	$(BIN)/python -m demos.build --check

# Checks that the tests notice changes in the modules of [tool.mutmut]. Takes minutes; not on Windows.
mutants: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[mutants]'
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/mutmut run
	$(BIN)/mutmut results

clean:
	rm -rf mutants $(VENV) $(dir $(PACKAGES)) .mypy_cache .pytest_cache .ruff_cache .hypothesis .cache build dist

# KNIME_HOST is the folder of the knime_host tool, KNIME_PYTHON a Python with the packages of KNIME's backend
# (py4j, pandas 2, pyarrow, markdown below 3.11) and the development tools of pyproject.toml. `backend-clock`
# measures how soon Cancel ends a run; it needs an idle machine.
.PHONY: backend backend-clock
backend-clock: MARK := -m clock
backend-clock: backend
backend:
	@test -n "$(KNIME_HOST)" || { echo "Set KNIME_HOST to the folder of knime_host and KNIME_PYTHON to a Python with KNIME's backend."; exit 2; }
	KNIME_HOST="$(KNIME_HOST)" PYTHONPATH=dev "$(or $(KNIME_PYTHON),python3)" -m pytest --quiet $(MARK) tests/backend
