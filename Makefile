# make run      set up and start Studio               HOST, PORT and every STUDIO_ setting come from the environment
# make test     all tests                             ARGS="-k gallery" goes to pytest
# make lint     every check that CI makes             make format puts right what a tool can
# make bench    the benchmarks                        make test-faults kills it in every way, for hours: docs/reliability.md

export UV_PROJECT_ENVIRONMENT := .venv
export PYTHONUNBUFFERED := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PY := .venv/bin/python
UV := $(shell uv --version >/dev/null 2>&1 && echo uv)
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# Drivers of servers that the settings name; without such settings nothing of theirs is installed.
EXTRAS := $(if $(STUDIO_DATABASE_URL),postgres) $(if $(STUDIO_REDIS_URL),redis)
DRIVERS := $(if $(STUDIO_DATABASE_URL),psycopg psycopg-binary psycopg-pool) $(if $(STUDIO_REDIS_URL),redis)
STAMP := .venv/.installed$(if $(strip $(EXTRAS)),-$(subst $() ,-,$(strip $(EXTRAS))))
WORKERS ?= auto

.PHONY: run test test-postgres test-faults bench lint format requirements

run: $(STAMP)
	@exec $(PY) manage.py serve

# In two runs: where a browser is driven, an event loop runs in the tests' own thread, and nothing else can start one.
# A run in which ARGS select no test (5) is no failure.
# Who is done early takes from the others: a few tests take half a minute.
PYTEST := $(PY) -m pytest --dist worksteal -n $(WORKERS) --maxprocesses=4

test: .venv/.installed-dev
	@$(PYTEST) $(if $(REPORTS),--junitxml=$(REPORTS)/tests.xml) --ignore=tests/browser $(ARGS) || [ $$? -eq 5 ]
	@$(PYTEST) $(if $(REPORTS),--junitxml=$(REPORTS)/browser.xml) tests/browser $(ARGS) || [ $$? -eq 5 ]

# The integration tests again, on the PostgreSQL server that STUDIO_DATABASE_URL names, but for those that any database passes.
test-postgres: .venv/.installed-dev
	@$(PYTEST) tests/integration -m "not any_database" $(ARGS)

# Every scenario of tests/processes with all rounds, on SQLite and on the server that STUDIO_TEST_POSTGRES_URL names.
ROUNDS ?= 20
test-faults: .venv/.installed-dev
	@$(PYTEST) tests/processes/test_kills.py --rounds=$(ROUNDS) --report=docs/reliability.md $(ARGS)

bench: .venv/.installed-dev
	@exec $(PY) -m benchmarks $(ARGS)

lint: .venv/.installed-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/djlint --lint --quiet templates
	$(PY) manage.py check --fail-level WARNING
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py draw_roles --check
	$(if $(UV),$(PY) .ci/requirements.py --check)

format: .venv/.installed-dev
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format --quiet .

# Needs uv: the lock file from pyproject.toml, and what pip reads from the lock file.
requirements:
	uv lock
	$(or $(PYTHON),python3) .ci/requirements.py

ifdef UV
$(STAMP): uv.lock
	@echo "Installing with uv …"
	@uv sync --frozen --quiet --no-dev --inexact $(addprefix --extra ,$(EXTRAS))
	@touch $@

.venv/.installed-dev: uv.lock
	@echo "Installing with uv …"
	@uv sync --frozen --quiet --all-extras
	@touch $@ .venv/.installed
else
.venv/bin/pip:
	@test -n "$(PYTHON)" || { echo "Studio needs Python 3.11 or later; no such python3 is on the PATH." >&2; exit 2; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing (on Debian: apt install python3-venv)." >&2; \
		rm -rf .venv; exit 2; }

$(STAMP): requirements.txt | .venv/bin/pip
	@echo "Installing with pip …"
	@$(PY) -m pip install --quiet --no-deps --no-compile --prefer-binary -r requirements.txt
	@$(if $(strip $(DRIVERS)),$(PY) -m pip install --quiet --no-deps -c requirements-dev.txt $(DRIVERS))
	@touch $@

.venv/.installed-dev: requirements-dev.txt | .venv/bin/pip
	@echo "Installing with pip …"
	@$(PY) -m pip install --quiet --no-deps --no-compile --prefer-binary -r requirements-dev.txt
	@touch $@ .venv/.installed
endif
