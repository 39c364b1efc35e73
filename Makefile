# The index of commands: `make` or `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install install-checks demo test check chaos fuzz docs sdks bench new-platform lock \
	format sbom audit load scale soak

BIN := .venv/bin
PYTHON_FILES := src tests tools sdk
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--fork-strategy fewest --no-config --custom-compile-command "make lock"

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

install: ## Make .venv and install letmepost with what its tests need
	@PYTHON="$(PYTHON)" tools/install.sh test

install-checks:
	@PYTHON="$(PYTHON)" tools/install.sh check

demo: install ## See it work: server, simulated platforms, one post, one refusal, one replay
	@$(BIN)/letmepost demo

test: install ## Run the tests, one worker a core (ARGS="-k name" goes to pytest)
	@$(BIN)/python -m pytest -n logical $(ARGS)

check: install-checks ## Everything that CI runs: style, types, layers, docs, and the tests last
	$(BIN)/python -m pip check
	$(BIN)/ruff check $(PYTHON_FILES)
	$(BIN)/ruff format --check $(PYTHON_FILES)
	$(BIN)/mypy
	cd sdk/python && ../../$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/check_modules.py
	$(BIN)/python tools/check_mentions.py
	$(BIN)/python tools/check_changelog.py
	$(BIN)/python tools/check_new_platform.py
	$(BIN)/python tools/check_migrations.py
	$(BIN)/python tools/check_docs.py
	$(BIN)/python tools/check_openapi.py
	$(BIN)/python tools/check_sdks.py
	$(BIN)/python tools/check_advisories.py
	$(MAKE) --no-print-directory test

chaos: install ## Kill workers among 2,000 posts, and look for doubles (ARGS="--seed 2")
	@$(BIN)/python -m tests.chaos $(ARGS)

fuzz: install ## Make up 200 requests for each operation (ARGS="--max-examples 1000 --seed 2")
	@$(BIN)/python -m tests.fuzz $(ARGS)

docs: install ## Write the generated pages and openapi.json anew
	@$(BIN)/python tools/write_cli_reference.py
	@$(BIN)/python tools/generate_docs.py

sdks: install-checks ## Write the generated files of the SDKs anew
	@$(BIN)/python tools/generate_sdks.py

bench: install ## Measure against a floor in the same run (ARGS="--quick")
	@PYTHONPATH=tools $(BIN)/python -m bench $(ARGS)

load: install ## Drive a mix at rising rates, and write a report (ARGS="--quick")
	@PYTHONPATH=tools $(BIN)/python -m load $(ARGS)

scale: install ## Accept and deliver with 1, 2 and 4 processes of each (ARGS="--quick")
	@PYTHONPATH=tools $(BIN)/python -m load.scale $(ARGS)

soak: install ## Drive the mix for 30 minutes, memory flat (ARGS="--seconds 60")
	@PYTHONPATH=tools $(BIN)/python -m load.soak $(ARGS)

new-platform: install-checks ## Begin a platform: make new-platform NAME=mastodon
	@$(BIN)/python tools/new_platform.py "$(NAME)"

lock: install-checks ## Write requirements/*.txt anew from pyproject.toml
	$(COMPILE) $(LOCK_ARGS) pyproject.toml --extra test --extra check -o requirements/check.txt
	$(COMPILE) -c requirements/check.txt pyproject.toml --extra test -o requirements/test.txt
	$(COMPILE) -c requirements/check.txt pyproject.toml -o requirements/run.txt
	echo setuptools | $(COMPILE) -c requirements/check.txt - -o requirements/build.txt

sbom: install-checks ## Write a CycloneDX bill of what a server installs, sbom.json
	$(BIN)/uv tool run --from cyclonedx-bom cyclonedx-py requirements --pyproject pyproject.toml \
		--output-reproducible --output-file sbom.json requirements/run.txt

audit: install-checks ## Ask PyPI for known weaknesses of what a server installs (needs the internet)
	@$(BIN)/python tools/check_advisories.py --insist

format: install-checks ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix $(PYTHON_FILES)
	$(BIN)/ruff format $(PYTHON_FILES)
