# Every target sets up what it needs first. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MEMBERS := proto $(patsubst %/pyproject.toml,%,$(wildcard libs/*/pyproject.toml services/*/pyproject.toml)) .
MANIFESTS := $(addsuffix /pyproject.toml,$(MEMBERS))
STAMP := $(VENV)/.installed
TESTS_STAMP := $(VENV)/.installed-tests
CLICKHOUSE_STAMP := $(VENV)/.installed-clickhouse

# Some images of Python set it: each of the many processes of a run would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

# Half of its time a test waits for processes and servers: on two cores a third worker is one more
# that computes. Each takes about two gigabytes where servers run.
WORKERS ?= 3

.PHONY: help setup demo test test-all canary tampering mutants lint bench lock proto docs

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

setup: $(STAMP) ## create .venv with pinned dependencies and all members

$(STAMP): requirements.lock scripts/install $(MANIFESTS)
	@PYTHON=$(PYTHON) scripts/install $(VENV)
	@touch $(STAMP)

demo: setup ## a small world, four questions, four roles, a steward
	@trap : INT; $(BIN)/c360 demo || [ $$? -eq 130 ]

# `make demo` does not wait for what tests alone need.
$(TESTS_STAMP): $(STAMP) tests/requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r tests/requirements.lock
	@touch $(TESTS_STAMP)

# Nor does `make test` for an engine of half a gigabyte.
$(CLICKHOUSE_STAMP): $(TESTS_STAMP) tests/clickhouse/requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r tests/clickhouse/requirements.lock
	@touch $(CLICKHOUSE_STAMP)

test: setup $(TESTS_STAMP) ## the tests that need Python alone (under ten minutes)
	$(BIN)/pytest -n $(WORKERS) -m "not slow and not servers" --ignore=tests/readme

# The longest files come first, so that no worker is left with one of them at the end.
test-all: test $(CLICKHOUSE_STAMP) ## also the long runs and real servers
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "slow or servers" \
		-o timeout=1800 --durations=40 --ignore=tests/readme tests libs services

canary: setup ## 6,000 random operations, and no output with a value that policy keeps from its reader
	$(BIN)/python -W ignore -m tests.canary --operations 6000

tampering: setup ## change, remove, insert and swap 1,000 things in the log and in an audit store on each server
	C360_TEST_TOUCHES=1000 $(BIN)/pytest -q -m servers services/audit/tests/verifying/test_verify_mongodb.py

mutants: setup ## change rules and guards in one place, again and again: does a test fail? (MODULE=policy.table, FLOOR=90)
	nice $(BIN)/python -W ignore -m tests.mutants $(MODULE) --json $(if $(FLOOR),--floor $(FLOOR))

lint: setup ## ruff, pyright, import-linter, buf
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/buf lint
	$(BIN)/buf breaking --against proto/image.binpb
	scripts/check-drift

bench: setup ## the benchmarks that need no servers, one JSON object each
	for name in ingest query subgraph policy wake gateway large_customer; do $(BIN)/python benchmarks/$$name.py --json || exit 1; done

lock: ## refresh the requirements.lock of the checkout and of each service (needs uv)
	PATH="$(CURDIR)/$(BIN):$$PATH" scripts/lock

proto: setup ## regenerate the committed Protobuf code and image, unless a change breaks old entries
	$(BIN)/buf breaking --against proto/image.binpb
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/buf generate
	$(BIN)/buf build --exclude-source-info -o proto/image.binpb

docs: setup ## regenerate the reference pages
	for page in configuration errors; do \
		$(BIN)/python -m c360_cli.reference $$page > docs/$$page.md || exit 1; \
	done
