# Every verb a developer types. `make demo` and `make test` do all set-up themselves; nothing is rebuilt
# whose inputs have not changed (the stamps in .venv remember).

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
SDK_VENV := .venv-sdk
SDK_PARADEX_VENV := .venv-sdk-paradex
BIN := $(VENV)/bin
PY := $(BIN)/python
UV := $(BIN)/uv
STAMPS := $(VENV)/.stamps
CARGO_LOCKED := --locked
# Tests with nodes and venues wait more than they compute.
PARALLEL := -n 4 --dist loadgroup

# One interpreter for PyO3 everywhere, so that cargo test, clippy and maturin share their builds.
export PYO3_PYTHON := $(abspath $(PY))
export UV_PYTHON_DOWNLOADS := never
# An activated environment elsewhere must not capture the installs.
export VIRTUAL_ENV := $(abspath $(VENV))
unexport PYTHONPATH PYTHONHOME

RUST_INPUTS := Cargo.toml Cargo.lock $(shell find rust -name target -prune -o \( -name '*.rs' -o -name '*.toml' -o -name '*.proto' \) -print 2>/dev/null)
PYTHON_INPUTS := $(shell find python/hedgewire -name '*.py' 2>/dev/null)

## -- try --

.PHONY: demo
demo: setup ## run five ETH/SOL pair cycles against a local Nado (DEMO_ARGS="--cycles 10" passes options on)
	$(BIN)/hedgewire demo $(DEMO_ARGS)

.PHONY: doctor
doctor: setup ## check toolchain, extension, keys' format, clock and endpoints
	$(BIN)/hedgewire doctor

## -- set up --

.PHONY: setup
setup: $(STAMPS)/bytecode ## create .venv, install the locked dependencies, build the Rust extension

$(STAMPS)/venv: tools/find-python .python-version
	@if ! $(PY) -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then \
	    python=$$(tools/find-python) && echo "creating $(VENV) with $$python" && "$$python" -m venv --clear $(VENV); \
	fi
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/installer: requirements/bootstrap.lock $(STAMPS)/venv
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock
	@touch $@

$(STAMPS)/dependencies: requirements/dev.lock $(STAMPS)/installer
	$(UV) pip sync --quiet --compile-bytecode --python $(PY) --require-hashes requirements/dev.lock
	@touch $@

$(STAMPS)/extension: $(RUST_INPUTS) pyproject.toml $(STAMPS)/dependencies | check-rust
	$(BIN)/maturin develop --release $(CARGO_LOCKED) --uv --quiet
	@touch $@

# Compiled ahead, because some environments forbid Python to write bytecode while running: the command starts three
# times as fast.
$(STAMPS)/bytecode: $(PYTHON_INPUTS) $(STAMPS)/extension
	@$(PY) -m compileall -q python/hedgewire
	@touch $@

.PHONY: check-rust
check-rust:
	@command -v cargo >/dev/null || { echo "error: cargo was not found on PATH" >&2; \
	    echo "hint: install Rust (Cargo.toml names the oldest version that works) with its own installer, rustup" >&2; exit 1; }

## -- check --

.PHONY: test
test: lint test-rust test-python test-sdk ## everything: formats, lints, types, import rules, Rust, Python and SDK tests

.PHONY: lint
lint: lint-rust lint-python ## formats, lints, types and import rules, without running tests

.PHONY: lint-rust
lint-rust: $(STAMPS)/venv check-rust
	cargo fmt --all --check
	cargo clippy --workspace --all-targets $(CARGO_LOCKED) --quiet -- -D warnings

.PHONY: lint-python
lint-python: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: test-rust
test-rust: $(STAMPS)/venv check-rust ## Rust tests of core and net
	cargo test --workspace --exclude hedgewire-bindings $(CARGO_LOCKED) --quiet

.PHONY: test-python
test-python: setup ## Python tests (PYTEST_ARGS="-k nado" passes options on)
	$(BIN)/pytest -q $(PARALLEL) $(PYTEST_ARGS)

$(STAMPS)/sdk: requirements/sdk.lock $(STAMPS)/installer
	rm -rf $(SDK_VENV)
	$(UV) venv --quiet --python $(PY) $(SDK_VENV)
	$(UV) pip sync --quiet --python $(SDK_VENV)/bin/python --require-hashes requirements/sdk.lock
	@touch $@

# paradex_py has no release for CPython 3.14 yet; one of its packages is compiled here, which takes a minute or two.
$(STAMPS)/sdk-paradex: requirements/sdk-paradex.lock $(STAMPS)/installer | check-rust
	rm -rf $(SDK_PARADEX_VENV)
	@if $(PY) -c 'import sys; sys.exit(sys.version_info >= (3, 14))'; then \
	    $(UV) venv --quiet --python $(PY) $(SDK_PARADEX_VENV) && \
	    $(UV) pip sync --quiet --python $(SDK_PARADEX_VENV)/bin/python --require-hashes requirements/sdk-paradex.lock; \
	fi
	@touch $@

.PHONY: test-sdk
test-sdk: setup $(STAMPS)/sdk $(STAMPS)/sdk-paradex ## unmodified clients (the venues' own SDKs, ccxt), in their own environments, against the local venues
	PYTHONPATH=python $(SDK_VENV)/bin/python -m pytest -q tests/sdk tests/clients
	@if test -x $(SDK_PARADEX_VENV)/bin/python; then \
	    PYTHONPATH=python $(SDK_PARADEX_VENV)/bin/python -m pytest -q tests/sdk_paradex; \
	else echo "tests/sdk_paradex: skipped, paradex_py needs a CPython before 3.14 and this is $$($(PY) -V)"; fi

# `make test` runs these too where a redis-server is there already, and otherwise says that it skipped them.
.PHONY: test-redis
test-redis: setup ## nodes behind a real redis-server, installed first where that is allowed and quick
	@command -v redis-server >/dev/null || test "$$(id -u)" != 0 || ! command -v apt-get >/dev/null || \
	    timeout 120 apt-get install -y -qq --no-install-recommends redis-server >/dev/null || echo "redis-server: not installed"
	$(BIN)/pytest -q tests/e2e/test_node_redis.py

TARPAULIN := target/tools/bin/cargo-tarpaulin
TARPAULIN_VERSION := 0.37.5

$(TARPAULIN): | check-rust
	@echo "building cargo-tarpaulin $(TARPAULIN_VERSION) once (some minutes)"
	CARGO_TARGET_DIR=target/tools/build cargo install cargo-tarpaulin --version $(TARPAULIN_VERSION) --locked --debug \
	    --quiet --root target/tools

# The Python tests run inside the Rust measurement, on a copy of the package with an instrumented extension: most of
# rust/net is proven by them. A test that fails fails the verb at its end, after the figures.
COVERAGE_SITE := target/coverage-python
COVERAGE_CORE := $(COVERAGE_SITE)/hedgewire/_core.abi3.so

.PHONY: coverage
coverage: setup $(TARPAULIN) ## line coverage of Rust and Python, compared with the floors in tools/coverage_floors.py
	RUSTFLAGS=-Cinstrument-coverage LLVM_PROFILE_FILE='$(abspath target)/coverage-extension/build-%p.profraw' cargo build $(CARGO_LOCKED) --quiet \
	    --package hedgewire-bindings --target-dir target/coverage-extension
	rm -rf $(COVERAGE_SITE) coverage
	mkdir -p coverage
	cp -r python $(COVERAGE_SITE)
	rm -f $(COVERAGE_SITE)/hedgewire/_core*.so
	cp target/coverage-extension/debug/lib_core.so $(COVERAGE_CORE)
	status=0; echo 1 > coverage/pytest.status; \
	HEDGEWIRE_PYTHON_TESTS="cd '$(CURDIR)' && PYTHONPATH='$(abspath $(COVERAGE_SITE))' $(BIN)/pytest -q $(PARALLEL) \
	    -o pythonpath=$(COVERAGE_SITE) --cov --cov-report=json:coverage/python.json --cov-report=html:coverage/python \
	    $(PYTEST_ARGS); echo \$$? > coverage/pytest.status" \
	$(TARPAULIN) tarpaulin --engine llvm --locked --packages hedgewire-core hedgewire-net --target-dir target/coverage \
	    --ignored --follow-exec --no-fail-fast --objects $(COVERAGE_CORE) \
	    --exclude-files 'rust/*/tests/*' 'rust/*/benches/*' --out Json --output-dir coverage --timeout 3600 || status=$$?; \
	$(PY) tools/coverage_floors.py && exit $$((status | $$(cat coverage/pytest.status)))

FUZZ := target/tools/bin/cargo-fuzz
FUZZ_VERSION := 0.13.2
FUZZ_TARGETS = $(notdir $(wildcard testdata/*/corpus/*))
FUZZ_SECONDS ?= 60

$(FUZZ): | check-rust
	CARGO_TARGET_DIR=target/tools/build cargo install cargo-fuzz --version $(FUZZ_VERSION) --locked --debug --quiet \
	    --root target/tools

# What is found new stays in target/fuzz-corpus; what breaks a promise, in rust/fuzz/artifacts.
.PHONY: fuzz
fuzz: $(FUZZ) ## fuzz every decoder with a nightly compiler (FUZZ_SECONDS=60 each, FUZZ_TARGETS="answer" chooses)
	@for target in $(FUZZ_TARGETS); do mkdir -p target/fuzz-corpus/$$target; \
	    RUSTUP_TOOLCHAIN=nightly $(FUZZ) run --fuzz-dir rust/fuzz --target-dir target/fuzz $$target target/fuzz-corpus/$$target \
	    testdata/*/corpus/$$target -- -max_total_time=$(FUZZ_SECONDS) -max_len=4000 -print_final_stats=1; done

VENUE ?= nado
CONFORMANCE := target/conformance/$(VENUE).json

.PHONY: conformance
conformance: setup ## NautilusTrader's acceptance cards on a local venue, and its pages in docs/ (VENUE=nado; GROUP=requests runs some)
ifdef GROUP
	@CONFORMANCE_VENUE=$(VENUE) CONFORMANCE_GROUP=$(GROUP) $(BIN)/pytest -v $(PARALLEL) tests/conformance
else
	@$(PY) tools/capabilities.py $(VENUE)
	@status=0; CONFORMANCE_VENUE=$(VENUE) CONFORMANCE_RESULT=$(CONFORMANCE) $(BIN)/pytest -q $(PARALLEL) tests/conformance || status=$$?; \
	    $(PY) tools/conformance.py $(CONFORMANCE); exit $$status
endif

SOAK_SEEDS ?= 1000
SOAK_MINUTES ?= 60
SOAK_SIGN_ORDERS ?= 100000

.PHONY: soak
soak: setup ## schedules of faults, each on from where it stopped; memory under load; signatures beside a common crate (SOAK_MINUTES=60 SOAK_SEEDS=1000)
	$(PY) tools/soak --minutes $(SOAK_MINUTES)
	$(PY) tools/memory --minutes $(SOAK_MINUTES)
	$(PY) tests/faults/realtime/soak.py --seeds $(SOAK_SEEDS) --shrink
	PARADEX_SIGN_ORDERS=$(SOAK_SIGN_ORDERS) cargo test --release $(CARGO_LOCKED) --quiet --package hedgewire-core --test paradex_sign_reference

.PHONY: bench
bench: setup $(STAMPS)/sdk $(STAMPS)/sdk-paradex ## speed beside its peers: bench-results/latest.json, BENCHMARKS.md (BENCH_ARGS="--only book")
	cargo build --release $(CARGO_LOCKED) --quiet --package hedgewire-bench
	$(PY) -m bench $(BENCH_ARGS)

.PHONY: flamegraph
flamegraph: setup ## where the time of book frames to a strategy goes (needs Linux perf): bench-results/flamegraph.svg
	$(PY) -m bench.flamegraph

.PHONY: format
format: setup ## rewrite Rust and Python sources in the project's format
	cargo fmt --all
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

## -- maintain --

.PHONY: lock
lock: $(STAMPS)/installer ## recompute requirements/*.lock after editing an .in file
	tools/lock

.PHONY: clean
clean: ## remove environments, builds and caches (runs in hedgewire-runs/ stay)
	rm -rf $(VENV) $(SDK_VENV) $(SDK_PARADEX_VENV) target coverage docs/book .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	    .import_linter_cache .coverage python/hedgewire/_core*.so
	find python tests -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## this list
	@awk '/^## -- / {gsub(/## -- | --/, ""); printf "\n%s\n", $$0} \
	    /^[a-z-]+:.*## / {split($$0, parts, ":.*## "); printf "  make %-12s %s\n", parts[1], parts[2]}' $(MAKEFILE_LIST)
