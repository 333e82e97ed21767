# What each target does: make help. Needs Python 3.11 or later with venv, and make; everything else goes into .venv.

PYTHON ?= python3
BIN := .venv/bin
# tests start Python some hundred times, which takes twice as long where it has to compile what it reads
unexport PYTHONDONTWRITEBYTECODE
# what tests run with; bonsai is built, which takes gcc, libldap-dev and libsasl2-dev, so it is asked for
DEV := .venv/dev $(if $(REQUIRE_LDAP),.venv/ldap)

.PHONY: help demo run test check cover-core bench chaos soak fuzz-api mutants lint types imports format lock clean

help:
	@echo "make demo    a local Slack with the bot in it, at http://127.0.0.1:8080 (PORT=… for another port)"
	@echo "make run     the bot in your workspace, with the settings of .env"
	@echo "make test    the tests"
	@echo "make check   format, lint, types, imports, tests, and how much of the code they run"
	@echo "make cover-core  the tests of bot/core, which run every line and branch of it"
	@echo "make bench   benchmarks on both databases, as ratios to what is measured in the same run"
	@echo "             RIVALS=1: beside agno, with its own Slack interface, installed into .rivals"
	@echo "make chaos   everything dies or lies for some minutes, on both databases, and what must be true is checked"
	@echo "make soak    the bot works for MINUTES=30 on each database, and must not grow while it does"
	@echo "make fuzz-api  anything is sent to the HTTP API, and every answer has to be as its document says"
	@echo "make mutants small mistakes are made in what decides about approvals (FILES=\"policy votes\": in these), and tests must fail"
	@echo "make lock    pin the dependencies again (needs uv)"

.venv/run: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/dev: .venv/run requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.venv/ldap: .venv/run requirements-ldap.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-ldap.lock
	@touch $@

demo: .venv/run
	$(BIN)/helpdesk demo

run: .venv/run
	$(BIN)/helpdesk run

test: $(DEV)
	$(BIN)/python -m pytest -n 6 --dist worksteal $(MEASURED)

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test MEASURED="--cov --cov-report="
	@$(BIN)/coverage report --include 'bot/core/*' --skip-covered --show-missing --fail-under 100 || \
	{ echo "The tests have to run every line and every branch of bot/core; what is listed here they do not."; exit 1; }
	@$(BIN)/coverage report --format total --fail-under 90 || \
	{ echo "The tests have to run 90 % of the lines and branches of bot and tools. What they do not is told by" \
	"$(BIN)/coverage report --skip-covered --show-missing"; exit 1; }

# quick, where something in the core is new: its own tests do all of it
cover-core: $(DEV)
	$(BIN)/python -m pytest -n 4 --dist worksteal --cov=bot.core --cov-report=term-missing:skip-covered --cov-fail-under=100 tests/core

bench: .venv/dev
	$(BIN)/python -m tests.$(if $(RIVALS),rivals,bench)

chaos: .venv/dev
	$(BIN)/python -m tests.chaos

soak: .venv/dev
	$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),30)

fuzz-api: .venv/dev
	$(BIN)/python -m tests.api.fuzz

mutants: .venv/dev
	PYTHONHASHSEED=0 $(BIN)/python -m tests.mutants $(FILES)

format: .venv/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra dev pyproject.toml -o requirements-dev.lock
	sed -n '/^ldap = \[/,/^\]/s/^ *"\(.*\)".*/\1/p' pyproject.toml | \
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate - -o requirements-ldap.lock

clean:
	rm -rf .venv .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
