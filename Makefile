# Each target is a command or two that you could type yourself, with .venv/bin on the PATH.
.DEFAULT_GOAL := help
PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help repro report serve site screenshot frontier explore explore-example frontier-verify example benchmark test test-pipeline experiments lint gates essay readme restore-lock verify-cache lock

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

repro: restore-lock essay ## run what changed of the pipeline, then print our numbers beside the essay's
	dvc repro
	@sed -n '/^## Table 1/,/^## All variants/{/^## All variants/!p;}' metrics/report.md

frontier: repro ## train the frontier anew, over two hours, then print it
	dvc repro frontier/dvc.yaml
	@sed -n '/^## Beside the/,/^## Published/{/^## Published/!p;}' frontier/report.md

report: restore-lock ## bring metrics/report.html up to date, the report to look into, and print where it is
	dvc repro report
	dvc repro --single-item metrics/dvc.yaml:page
	@python -c "from pathlib import Path; print(Path('metrics/report.html').resolve().as_uri())"

serve: report ## serve that report and the docs, to this machine alone: make serve PORT=8000
	python -m fewbytes site --serve $(PORT)

screenshot: report ## make the README's picture of the report anew, with Chromium
	SCREENSHOT=docs/report.png pytest tests/fewbytes/pages/test_screenshot.py

site: .venv/installed ## make docs/ a small site in site/, which needs no network
	python -m fewbytes site

explore: restore-lock ## search for a network that keeps the budget in frontier/params.yaml, from where it was left: make explore TRIALS=20
	dvc repro prepare
	TRIALS=$(TRIALS) dvc repro --force --single-item frontier/explore/dvc.yaml:explore
	dvc repro --single-item frontier/explore/dvc.yaml:survey
	@sed -n '/^## What nothing beats/,/^!/p' frontier/explore/report.md

explore-example: .venv/installed ## the same on the data of one of examples/: make explore-example NAME=fashion_mnist TRIALS=20
	TRIALS=$(TRIALS) python -m fewbytes example $(NAME) --explore

frontier-verify: restore-lock ## hold the frontier's models in Git against its figures, without training
	dvc repro prepare
	python -m fewbytes verify

example: .venv/installed ## run one of examples/, apart from the project's own results: make example NAME=motion
	python -m fewbytes example $(NAME)

test: .venv/installed ## run the tests that take seconds
	pytest -m "not slow" --numprocesses 2 --dist loadfile

test-pipeline: .venv/installed ## run those that take minutes: the whole pipeline, shrunk, in every way it may be interrupted
	pytest -m slow --numprocesses 2 --dist loadfile

lint: .venv/installed ## check style and types
	ruff check
	ruff format --check
	mypy

experiments: .venv/installed ## a line an experiment of `dvc exp run`: what it changed, and what came of it
	@dvc exp show --no-pager --only-changed --drop '^(metrics|models|data|code|firmware|frontier|stages|fewbytes|tflite_to_c|essay|variants|params)|zip|parameter_bytes|change|compression|student|teacher|Created|cycles'

benchmark: .venv/installed ## every .tflite of a folder through our generator and others: make benchmark MODELS=folder
	python -m fewbytes benchmark $(MODELS)

gates: .venv/installed ## hold metrics against the gates of params.yaml
	python -m fewbytes gate

essay: .venv/installed ## put the essay's numbers into the Git tag `essay`, for `dvc metrics diff essay`
	python -m fewbytes tag-essay

readme: restore-lock ## copy tables and the graph from the reports and dvc.yaml into README.md and docs/
	python -m fewbytes publish

restore-lock: .venv/installed ## mend a dvc.lock that an interruption cut
	@python -m fewbytes restore-lock

verify-cache: restore-lock ## hold DVC's cache against its checksums
	python -m fewbytes verify-cache

lock: .venv/installed ## resolve pyproject.toml into requirements.txt anew
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --upgrade \
		--no-emit-index-url --no-emit-find-links --no-header --quiet --output-file requirements.txt

.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "error: Python 3.11 to 3.13 is needed; name one with make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --require-hashes --requirement requirements.txt
	@touch $@
