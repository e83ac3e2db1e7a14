# headwater: every command a developer or a newcomer needs. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo run test lint format golden screenshots chaos bench lock clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

demo: $(READY) ## watch a re-enacted provider for under a minute: no network, no keys
	@$(BIN)/headwater demo

run: $(READY) ## watch the real upstreams with headwater.yaml (written when there is none)
	@test -f headwater.yaml || $(BIN)/headwater init
	@$(BIN)/headwater run

test: $(READY) ## run the test suite
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal

lint: $(READY) ## check style, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## rewrite the source in the project's style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

golden: $(READY) ## rewrite golden files, to be read before they are committed
	@HEADWATER_WRITE_GOLDEN=1 $(BIN)/python -m pytest -q tests/golden tests/docs

screenshots: $(READY) ## draw the pictures of docs/screenshots with a real Chromium
	@$(BIN)/python -m tests.support.screenshots

chaos: $(READY) ## kill the service at its boundaries and count what was lost
	@$(BIN)/python -m pytest -m chaos tests/chaos tests/e2e

bench: $(READY) ## print speed as ratios to a bare client
	@$(BIN)/python -m tests.bench.checks
	@echo
	@$(BIN)/python -m tests.bench.reading
	@$(BIN)/python -m tests.bench.store
	@echo
	@$(BIN)/python -m tests.bench.pages

lock: ## resolve the dependencies anew (needs uv on PATH)
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml --extra distributed -o requirements/runtime.txt
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group pyproject.toml:build -c requirements/runtime.txt -o requirements/build.txt
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml --all-extras --group dev --constraint requirements/runtime.txt -o requirements/dev.txt

clean: ## remove the environment and what tools left behind
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# The environment comes from the lock alone: hashes are required, nothing is resolved here.
$(READY): requirements/dev.txt pyproject.toml
	@echo "headwater: making $(VENV) from requirements/dev.txt (once, a minute or two)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@
