# make site    set everything up in .venv, ingest the sample texts, build site/
# make serve   look at it
# make test    set up what tests need (a browser too) and run them all
# make check   linters, types, layers
# make bench   figures of this machine

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TEST_JOBS ?= auto

.DEFAULT_GOAL := help
.PHONY: help site serve test fault-publish check format messages lighthouse screenshots contact-sheet pictures bench bench-ingest bench-build bench-live bench-resolution bench-search bench-tagger bench-whoosh soak-serve wheel clean kill-series fuzz fuzz-client lock sbom

help:
	@sed -n 's/^# //p' Makefile | head -5

$(BIN)/sitegen: pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: https://www.python.org/downloads/"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up $(VENV) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $(BIN)/sitegen

$(VENV)/.dev: pyproject.toml $(BIN)/sitegen
	@echo "Setting up what tests need …"
	@$(BIN)/python -m pip install --quiet --editable '.[web,s3,sftp,brotli,bagit]' --group dev
	@touch $@

$(VENV)/.browser: $(VENV)/.dev
	@sh tests/browser/install.sh $(BIN)/python
	@sh tests/publish/install.sh
	@touch $@

site: $(BIN)/sitegen
	@$(BIN)/sitegen ingest
	@$(BIN)/sitegen build
	@echo "Look at it:  make serve   (or open site/index.html)"

serve: $(BIN)/sitegen
	@test -f site/index.html || $(MAKE) --no-print-directory site
	@$(BIN)/sitegen serve

# files in the order of their names: those of the browser, which take longest, come first
test: $(VENV)/.browser
	@rm -f .coverage .coverage.*
	@$(BIN)/python -m pytest -n $(TEST_JOBS) --dist loadfile --no-loadscope-reorder -m 'not fault' --cov --cov-report=term:skip-covered --cov-report=

# every fault there is, at every moment: takes about half an hour
fault-publish: $(VENV)/.browser
	@$(BIN)/python -m pytest -p no:xdist -m fault tests/publish

check: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

messages: $(VENV)/.dev
	@$(BIN)/python translations/update.py

lighthouse: $(VENV)/.browser
	@$(BIN)/python tests/browser/lighthouse.py

contact-sheet: $(VENV)/.browser
	@$(BIN)/python tests/browser/contact_sheet.py

# what test_pictures.py compares with: look at tests/browser/pictures/*.png afterwards
pictures: $(VENV)/.browser
	@SITEGEN_PICTURES=write $(BIN)/python -m pytest -q -p no:xdist tests/browser/test_pictures.py -k look

screenshots: $(VENV)/.browser
	@$(BIN)/python tests/browser/screenshots.py screenshots

BENCHMARKS = bench-ingest bench-build bench-live bench-resolution bench-search bench-search_peers bench-tagger bench-whoosh

bench: $(BENCHMARKS)

$(BENCHMARKS): bench-%: $(VENV)/.dev
	@$(BIN)/python benchmarks/bench_$*.py

bench-search: bench-search_peers

soak-serve: $(VENV)/.dev
	@$(BIN)/python benchmarks/soak_serve.py

kill-series: $(VENV)/.dev
	@$(BIN)/python tests/robustness/kill_series.py --rounds $(or $(ROUNDS),300)

fuzz: $(VENV)/.dev
	@$(BIN)/python -m pip install --quiet --group fuzz
	@$(BIN)/python tests/fuzz/fuzz_all.py --minutes $(or $(MINUTES),5)

$(VENV)/.supply: pyproject.toml $(VENV)/.dev
	@$(BIN)/python -m pip install --quiet --group supply
	@touch $@

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --all-extras --no-annotate --no-header pyproject.toml

fuzz-client: $(VENV)/.dev
	@$(BIN)/python tests/search/fuzz_client.py --minutes $(or $(MINUTES),5)

lock: $(VENV)/.supply
	@$(COMPILE) --group dev --upgrade --output-file requirements.lock

sbom: $(VENV)/.supply
	@mkdir -p dist
	@$(COMPILE) --constraint requirements.lock --output-file dist/requirements.txt
	@$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --output-file dist/sitegen.cdx.json dist/requirements.txt
	@echo dist/sitegen.cdx.json

wheel: $(VENV)/.dev
	@$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean:
	rm -rf site .sitegen build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis htmlcov .coverage .coverage.*
