# Two commands do all the set-up there is:  make demo   and   make test
PORT ?= 8000
DATA ?= var/demo
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help demo test quick check bench lock clean

help: ## What can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

demo: .venv/.run ## A demo clinic with virtual patients on 127.0.0.1 (PORT=8000 DATA=var/demo)
	@.venv/bin/ketachart demo --port $(PORT) --data "$(DATA)"

test: .venv/.dev ## Everything: lint, types, floors, rules, units, browser, crash, on SQLite and on PostgreSQL
	@scripts/test

quick: .venv/.dev ## Lint and the tests without browser and crash, on SQLite
	@scripts/test quick

check: .venv/.dev ## Lint, format, types, floors and the clinical rules only
	@scripts/test check

bench: .venv/.dev ## The measurements of bench/README.md
	@scripts/bench

lock: .venv/.dev ## Renew the pinned versions in requirements/
	@scripts/lock

clean: ## Remove what was installed and built here (not the data folders)
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results

.venv/.run: pyproject.toml requirements/run.txt scripts/prepare
	@PYTHON="$(PYTHON)" scripts/prepare run

.venv/.dev: pyproject.toml requirements/dev.txt scripts/prepare package.json
	@PYTHON="$(PYTHON)" scripts/prepare dev
