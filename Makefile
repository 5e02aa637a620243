# The commands of the house. Variables given on the command line reach the program as environment, so
# `make run PORT=9000`, `make run DEMO=0 SANDBOX=0` and `PORT=9000 make run` do what they say.
.DEFAULT_GOAL := help
.PHONY: help run test check bench clean install install-dev
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv/bin

help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

run: install ## Start everything in the foreground; Ctrl-C stops it, the data stays
	@exec $(VENV)/python -m config.launcher

test: install-dev ## Run the whole test suite (SQLite and PostgreSQL, real Redis, browser where there is one)
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
		|| echo "Chromium is not installed: the browser tests are left out."
	@command -v soffice >/dev/null || command -v libreoffice >/dev/null \
		|| echo "LibreOffice is not installed: the tests that look at drawn pages are left out."
	@$(VENV)/python -m pytest -n 2 --dist loadgroup $(TESTS)

check: install-dev ## Lint, formatting, types, layers
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy
	@$(VENV)/lint-imports

bench: install-dev ## Measure speed and memory against the yardsticks
	@$(VENV)/python -m tests.bench

clean: ## Remove the environment and all caches; the data folder stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './node_modules/*' -prune -exec rm -rf {} +

install:
	@$(PYTHON) config/install.py requirements.txt

install-dev:
	@$(PYTHON) config/install.py requirements-dev.txt
