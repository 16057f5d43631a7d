# Every command of this project; each works from a clean checkout with Python and pip alone.

PYTHON ?= python3
PORT ?= 8000
FORMAT ?= tencent_url
PLATFORMS ?=
PICTURES ?=
SEED ?= 1
ONLY ?=
SECONDS ?= 60
CALLS ?= 200000
REPLAY ?=
KEEP ?=
AUDIT_REQUIRED ?=
WRITE ?=
VENV := .venv
BIN := $(VENV)/bin
# Chosen once, so that two recipes never install into one environment at the same time.
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help install demo test check secrets-baseline deploy-check coverage test-all real parity fuzz soak e2e docs frameworks bench \
    release release-check clean

help: ## show the commands
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[test]' --group check --group release
	@touch $@

install: $(READY) ## make .venv with everything that the commands below need

demo: $(READY) ## serve the Valentine page behind an emulated cloud gateway (PORT=8000 FORMAT=tencent_url)
	@cd examples/flask_app && exec ../../$(BIN)/lambda-bridge dev valentine:app --format $(FORMAT) --port $(PORT)

# Two processes, as a process can have one Django: the tests', and the example's.
test: $(READY) ## run the tests, and those of the examples
	PYTHONDEVMODE=1 $(BIN)/python -bb -m pytest tests
	PYTHONDEVMODE=1 $(BIN)/python -bb -m pytest examples

# Git says which files are the project's; without it none would be looked at.
check: $(READY) ## lint, formatting, types, holes in our code and in what it needs, secrets (AUDIT_REQUIRED=1)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive lambda_bridge tools benchmarks examples
	@git rev-parse --is-inside-work-tree > /dev/null
	git ls-files -z -- ':!.secrets.baseline' | xargs -0 -n 250 -P 2 $(BIN)/detect-secrets-hook --no-verify --baseline .secrets.baseline
	AUDIT_REQUIRED=$(AUDIT_REQUIRED) $(BIN)/python -m tools.audit

secrets-baseline: $(READY) ## accept what `make check` takes for secrets; look at the difference before you commit it
	git ls-files -z -- ':!.secrets.baseline' | xargs -0 $(BIN)/detect-secrets scan --no-verify --slim > .secrets.new
	mv .secrets.new .secrets.baseline

deploy-check: $(READY) ## let other people's tools judge the files of `lambda-bridge init`
	$(BIN)/python -m tools.deploy_check

coverage: $(READY) ## run the tests and show what they do not reach
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q tests
	$(BIN)/coverage run -m pytest -q examples
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

test-all: ## run the tests against the built wheel, on every Python from 3.9 up that is here
	$(PYTHON) tools/test_all.py

# On one of them, as test-on-3.9.
test-on-%:
	$(PYTHON) tools/test_all.py $*

real: $(READY) ## prove it on the platforms' own software (PLATFORMS="gcp aws": only these)
	$(BIN)/python -m tests.real $(PLATFORMS)

parity: $(READY) ## hold every format against gunicorn, waitress and uvicorn (SEED=1; ONLY=17: this request, shown)
	PYTHONPATH=tests/stand_ins $(BIN)/python -m tests.parity --seed $(SEED) $(if $(ONLY),--only $(ONLY))

# A Python for which atheris has no wheel is refused. KEEP=1 puts what was new into the corpus.
fuzz: ## try broken events and odd responses (SECONDS=60 in all; REPLAY=FILE: one of them again)
	$(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	.venv-fuzz/bin/python -m pip install --quiet --only-binary atheris --editable '.[dev]' --group fuzz
	PYTHONPATH=.:tests/stand_ins .venv-fuzz/bin/python -m tests.fuzz --seconds $(SECONDS) $(if $(REPLAY),--replay $(REPLAY)) $(if $(KEEP),--keep)

soak: $(READY) ## invoke the examples very often in one process, and look whether anything grows (CALLS=200000)
	$(BIN)/python -m tests.soak --calls $(CALLS)

# With PICTURES=docs the READMEs' pictures of the console are taken anew.
e2e: ## drive the web console in a real browser: Debian's chromium
	$(PYTHON) -m venv .venv-e2e
	.venv-e2e/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	.venv-e2e/bin/python -m pip install --quiet --editable '.[dev]' --group e2e
	.venv-e2e/bin/python -m tests.e2e.chromium
	PICTURES=$(PICTURES) .venv-e2e/bin/python -m pytest tests/e2e

# Not quietly: with --quiet, warnings are not counted, and a link that leads nowhere is one.
docs: ## build the user guide into site/; every link is looked at
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/python -m pip install --quiet --editable '.[docs]'
	.venv-docs/bin/python -m mkdocs build --strict

# On the newest Python that is here and for which all of them have wheels. Dash's plugin for pytest is of no use.
frameworks: ## the same pages in every framework, in every format
	$$($(PYTHON) -c 'from tools.test_all import find_pythons as f; print(f()[max(m for m in f() if m <= 13)])') -m venv .venv-frameworks
	.venv-frameworks/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	.venv-frameworks/bin/python -m pip install --quiet --editable '.[test]' --group frameworks
	FRAMEWORKS=all .venv-frameworks/bin/python -bb -m pytest -q -p no:dash tests/frameworks

# With WRITE=docs the figures, table and chart of docs/benchmarks.md are taken anew.
bench: ## measure against the peers, side by side in one run
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	.venv-bench/bin/python -m pip install --quiet --editable '.[dev]' flask fastapi --group bench
	.venv-bench/bin/python -m benchmarks.bench $(if $(WRITE),--write $(WRITE))

release: $(READY) ## build the wheel and the source archive into dist/, and check them
	$(BIN)/python -m tools.release dist

release-check: $(READY) ## the same, and keep nothing
	$(BIN)/python -m tools.release

clean: ## remove what the commands have made
	rm -rf .venv .venv-* dist build site *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
