# Every task of this repository. `make` alone lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEVSTAMP := $(VENV)/.installed-dev
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: help demo demo-link demo-check test check bench drill audit dev venv lock messages clean
help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: $(STAMP)  ## try it: the tool, its worker and a practice learning environment, until Ctrl-C
	@exec $(BIN)/lti-tool demo

demo-link: $(STAMP)  ## a new link to sign in to the running demo as staff
	@exec $(BIN)/lti-tool demo --link

demo-check: $(STAMP)  ## the same set-up driven without a browser: launch, finish, read the grade
	@exec $(BIN)/lti-tool demo --check

test: $(DEVSTAMP)  ## every test, after every check
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m tools.run_tests

check: $(DEVSTAMP)  ## linters, types, import contracts, migrations, vendored files, translations
	@$(BIN)/python -m tools.check

bench: $(DEVSTAMP)  ## measure launch, player, delivery and memory; prints a table
	@$(BIN)/python -m tools.bench

drill: $(DEVSTAMP)  ## kill -9 at random moments for some minutes: no grade may be lost or change
	@$(BIN)/python -m tools.drill

audit: $(STAMP)  ## ask whether the pinned packages have known weaknesses (needs a network)
	@$(BIN)/python -m tools.audit

dev: $(DEVSTAMP)  ## the demo, restarted when code changes
	@exec $(BIN)/lti-tool demo --reload

venv: $(DEVSTAMP)  ## only the environment

lock: $(DEVSTAMP)  ## write the lock files anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra install pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra install --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

messages: $(DEVSTAMP)  ## bring the Dutch catalogue in step with the code
	@$(BIN)/python -m tools.messages

clean:  ## remove the environment, the demo's data and caches
	rm -rf $(VENV) var build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; this is `$(PYTHON) --version`. Name another: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Making the environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "On Debian or Ubuntu: apt-get install make python3-venv"; exit 1; }

$(STAMP): requirements.lock setup.cfg pyproject.toml | $(VENV)/bin/python
	@echo "Installing the pinned packages ..."
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(DEVSTAMP): requirements-dev.lock $(STAMP)
	@echo "Installing the tools for tests ..."
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@
