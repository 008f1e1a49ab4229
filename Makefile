# Everything a person or a server needs to run, check and measure the site.
# On a fresh machine: Python 3.11 with venv, and make. `make` alone says what there is.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
CATALOGUES := $(wildcard translations/*/LC_MESSAGES/*.po)
COMPILED := $(CATALOGUES:.po=.mo)
TESTS ?= tests

.PHONY: help demo test lint bench translations requirements
.DEFAULT_GOAL := help

help: ## Say what each target does.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.run $(COMPILED) ## Start the site with demo data; says the address and the logins.
	$(BIN)/matchmaker demo

test: $(VENV)/.develop $(COMPILED) ## Run all tests on SQLite, then those with a database on PostgreSQL.
	@sh tests/install_browser.sh
	$(BIN)/pytest -n 2 $(TESTS)
	MATCHMAKER_TEST_DATABASE=postgresql $(BIN)/pytest -n 2 $(TESTS)

lint: $(VENV)/.develop $(COMPILED) ## Check style, types, layers, templates and catalogues.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint matchmaker/templates
	$(BIN)/python translations/catalogues.py check

bench: $(VENV)/.develop $(COMPILED) ## Measure quality and speed of the matching.
	$(BIN)/python -m bench quality
	$(BIN)/python -m bench reasons

translations: $(VENV)/.develop ## Bring the catalogues up to date with the code, and compile them.
	$(BIN)/python translations/catalogues.py update
	$(MAKE) --no-print-directory compile

.PHONY: compile
compile: $(COMPILED)

%.mo: %.po | $(VENV)/.run
	$(BIN)/pybabel compile --input-file $< --output-file $@

requirements: $(VENV)/.develop ## Pin the newest versions that requirements/*.in allow.
	cd requirements && ../$(BIN)/uv pip compile --upgrade --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --python-version 3.11 base.in --output-file base.txt
	cd requirements && ../$(BIN)/uv pip compile --upgrade --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --python-version 3.11 dev.in --output-file dev.txt

# What the site needs to run; a development environment has it too.
$(VENV)/.run: requirements/base.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -e $(VENV)/.develop || $(BIN)/pip install --quiet --require-hashes -r requirements/base.txt
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.develop: requirements/dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(VENV)/.run $@
