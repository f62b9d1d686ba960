# Practice Agent: everything a newcomer or a machine runs. `make` alone explains itself.
#
# Needs Python 3.11 or newer and make; the rest is installed by the targets themselves (Debian and Ubuntu: as root or
# with sudo). Nothing asks a question. Made things are remembered in .venv/made, so a second call is instant.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
WORKERS ?= 2
MADE := .venv/made
PY := .venv/bin/python
CODE = $(foreach room,agent gui sandbox benchmarks scripts tests,$(if $(shell find $(room) -name '*.py' 2>/dev/null | head -1),$(room)))

export PYTHON PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help setup setup-servers demo tray pictures test sim crash bench lint format docs mapping-versions lock clean

help: ## Say what there is to run
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# --- setting up ---------------------------------------------------------------------------------------------------

setup: $(MADE)/project ## Install everything for the agent and its sandbox; leaves .venv/bin/practice-agent

setup-servers: $(MADE)/project $(MADE)/servers ## The same, with the MariaDB and PostgreSQL programs that the tests start

$(MADE)/base: scripts/packages.sh
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Practice Agent needs Python 3.11 or newer; this is $$($(PYTHON) -V). Say which with PYTHON=..."; exit 1; }
	@scripts/packages.sh base
	@mkdir -p $(MADE) && touch $@

$(MADE)/servers: scripts/packages.sh | $(MADE)/base
	@scripts/packages.sh servers
	@touch $@

$(MADE)/screen: scripts/packages.sh | $(MADE)/base
	@scripts/packages.sh screen
	@touch $@

$(MADE)/libraries: requirements/dev.lock | $(MADE)/base
	@echo "Installing the locked Python libraries into .venv (about a minute)"
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
	@$(PY) -m pip install --quiet --require-hashes -r requirements/dev.lock
	@touch $@

$(MADE)/project: pyproject.toml $(MADE)/libraries
	@$(PY) -m pip install --quiet --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
	@touch $@
	@echo "Ready: .venv/bin/practice-agent"

# --- seeing it work -----------------------------------------------------------------------------------------------

PMS ?= eaglesoft
DB ?= $(if $(filter opendental,$(PMS)),mariadb,sqlite)

demo: setup $(if $(filter-out sqlite,$(DB)),$(MADE)/servers) $(if $(GUI),$(MADE)/screen) ## The two-minute story; KEEP=1 leaves it running; GUI=1 with the window; PMS=opendental, DB=postgresql
	@$(PY) -m $(if $(GUI),scripts.demo_on_screen,sandbox.demo) --pms $(PMS) --db $(DB) $(if $(KEEP),--keep) $(if $(SEED),--seed $(SEED))

tray: setup $(MADE)/screen ## The tray icon and window of this machine's agent (HOME_DIR=folder for another one)
	@$(PY) -m gui $(if $(HOME_DIR),--home $(HOME_DIR)) --open overview

pictures: setup $(MADE)/screen ## Take the pictures of docs/images anew
	@$(PY) -m tests.gui.pictures docs/images

# --- proving it ---------------------------------------------------------------------------------------------------

test: setup-servers $(MADE)/screen ## All tests but the long ones (TESTS=path for some of them)
	@$(PY) -m pytest -n $(WORKERS) --dist worksteal -m "not heavy" $(TESTS)

SEEDS ?= 300
FIRST ?= 1

sim: setup ## Simulation alone: make sim SEEDS=20000 FIRST=1; MINUTES=60 ends it then
	@$(PY) -m tests.sim --seeds $(SEEDS) --first $(FIRST) --workers $(WORKERS) $(if $(MINUTES),--minutes $(MINUTES))

WRITES ?= 60

crash: export CRASH_KILLS ?= 40
crash: export CRASH_WRITES ?= $(WRITES)
crash: setup-servers $(MADE)/screen ## The long tests: real processes killed, stores lost, databases swapped (WRITES=2000 for more kills among write-backs)
	@$(PY) -m pytest -n $(WORKERS) --dist worksteal -m heavy -rP $(TESTS)

bench: setup-servers ## The figures: the program beside the raw floor, in one run
	@$(PY) -m benchmarks

lint: setup ## Formatting, lint, types, import rules, generated documents
	@$(PY) -m ruff format --check --quiet . || { $(PY) -m ruff format --check . ; exit 1; }
	@$(PY) -m ruff check --quiet .
	@$(PY) -m mypy --no-error-summary $(CODE)
	@$(PY) -m mypy --no-error-summary --platform win32 agent/platform agent/sources/bridge
	@.venv/bin/lint-imports --verbose > .venv/made/imports.log 2>&1 || { cat .venv/made/imports.log; exit 1; }
	@$(PY) -m scripts.documents --check
	@echo "lint: clean"

format: setup ## Format and fix what can be fixed by itself
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

# --- keeping it ---------------------------------------------------------------------------------------------------

docs: setup ## Generate the documents that are generated
	@$(PY) -m scripts.documents

mapping-versions: setup ## Note what every mapping means now; refused where a mapping_version was not raised
	@$(PY) -m scripts.mapping_versions

lock: $(MADE)/libraries ## Lock the dependencies anew, with hashes, for every platform (UPGRADE=1 for newer versions)
	@for set in "run" "dev --extra gui --extra sandbox --extra dev"; do \
	  name=$${set%% *}; extras=$${set#$$name}; \
	  .venv/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade) $$extras pyproject.toml \
	    -o requirements/$$name.lock; \
	done
	@! grep -nE '://|^--' requirements/*.lock || { echo "A lock file names an index; it must not."; exit 1; }

clean: ## Remove what was made (the packages of the machine stay)
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .demo *.egg-info
