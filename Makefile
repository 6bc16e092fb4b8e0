# Everything a person or a machine does here. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
BIN := .venv/bin
DEMO ?= demo
PORT ?= 8321
PYTEST_WORKERS ?= auto

.PHONY: help run test check fix bench docs clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

run:  ## set up, make a demo installation of generated people, and serve it on 127.0.0.1
	@tools/setup run
	@$(BIN)/facewarden --data $(DEMO) demo --port $(PORT)

test:  ## set up and run every test, browser tests included
	@tools/setup dev
	@$(BIN)/facewarden models build
	@$(BIN)/pytest -n $(PYTEST_WORKERS) --dist worksteal

check:  ## lint, types, import contracts
	@tools/setup dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix:  ## format and repair what can be repaired by itself
	@tools/setup dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench:  ## accuracy on ../shared/portraits and speed beside the peers
	@tools/setup dev
	@$(BIN)/facewarden models build
	@$(BIN)/facewarden bench accuracy --gallery ../shared/portraits/gallery --probes ../shared/portraits/probes
	@$(BIN)/facewarden bench speed --photos ../shared/portraits/gallery

docs:  ## write the pages that are made from the code
	@tools/setup dev
	@$(BIN)/python -m facewarden.cli.main --help >/dev/null
	@$(BIN)/pytest -q tests/docs

clean:  ## remove what was built here; the demo installation stays
	rm -rf .venv .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
