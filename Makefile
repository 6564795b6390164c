# Everything a person types. Needs Python 3.11+ and git; the rest is made or found.
.DEFAULT_GOAL := help
.PHONY: help setup runtime demo test lint format messages bench shots audit clean
PY := .venv/bin/python

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Make the environment alone, in .venv, with the tools for working on Duli
	@python=$$(sh tools/python.sh) && "$$python" tools/setup.py dev

runtime:
	@python=$$(sh tools/python.sh) && "$$python" tools/setup.py runtime

demo: runtime ## Open a stocked shop on http://127.0.0.1:8000 (back office: /admin/)
	@.venv/bin/duli demo

test: setup ## Check everything: lint, types, both databases, concurrency, a real browser
	@$(PY) -m tools.test

lint: setup ## Check style, types, import contracts, templates, migrations, translations
	@$(PY) -m tools.lint

format: setup ## Let the formatters put the code in order
	@$(PY) -m ruff check -q --fix-only . && $(PY) -m ruff format -q . && $(PY) -m tools.lint --fix-templates

messages: setup ## Collect the texts of the shop and compile their translations
	@$(PY) tools/messages.py extract && $(PY) tools/messages.py compile && $(PY) tools/messages.py check

bench: setup ## Measure speed, queries and memory (ARGS="--quick": a small run, "--desk 0.1": the back office)
	@$(PY) -m tools.bench $(ARGS)

shots: setup ## Photograph every page: both languages, phone and desktop, into .shots/
	@$(PY) -m tools.shots $(ARGS)

audit: setup ## Examine the key pages: axe, HTML validity, Lighthouse
	@$(PY) -m tools.audit $(ARGS)

clean: ## Remove what the tools leave behind (never the shop's data)
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .shots build *.egg-info
