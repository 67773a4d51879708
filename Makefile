# Needs Python 3.11 or newer with venv, and make. Everything else comes by itself.
#
#   make demo       a living dealership in the browser
#   make test       everything that CI runs
#   make help       the rest
#
# All paths are relative: the folder may have spaces and Cyrillic in its name.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.SUFFIXES:

PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	"$$name" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
# -P: a file in the current folder must not take the place of a library.
IN_VENV := .venv/bin/python -P
WORKERS ?= 2
CUSTOMERS ?= 1000000

# Caches are each user's own: root and another user may run the targets one after the other.
CACHE := /tmp/vernost-cache-$(shell id -u)
export RUFF_CACHE_DIR := $(CACHE)/ruff
export MYPY_CACHE_DIR := $(CACHE)/mypy
export NUMBA_CACHE_DIR := $(CACHE)/numba
export HYPOTHESIS_STORAGE_DIRECTORY := $(CACHE)/hypothesis
# Files are UTF-8 whatever LC_ALL says.
export PYTHONUTF8 := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONPATH
unexport PYTHONHOME
# The tests start the product a hundred times: without stored bytecode each start compiles it anew.
unexport PYTHONDONTWRITEBYTECODE

# pip compiles on one processor, the libraries' own tests and data too: longer than all else of an installation.
PIP_INSTALL := .venv/bin/python -m pip install --quiet --no-compile
# Not every library's every file is for this Python; what cannot be compiled is never imported.
COMPILE := .venv/bin/python -m compileall -qq -j 0 -x '/tests?/|/phonenumbers/(geo|carrier|tz)data/' .venv/lib/python3*/site-packages || true

PYTEST := $(IN_VENV) -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -o cache_dir=$(CACHE)/pytest

.PHONY: help demo test test-all check bench assets texts browser fast slow clean

help:
	@echo 'make demo      a living dealership in the browser'
	@echo 'make test      checks, then all tests but the slow ones: what CI runs'
	@echo 'make test-all  the slow ones too: kill -9, load'
	@echo 'make check     ruff, mypy, import contracts'
	@echo 'make bench     measures, on CUSTOMERS=1000000 customers'
	@echo 'make assets    styles and scripts      make texts   the Russian catalogue'
	@echo 'make clean     removes what make has made; the data in .vernost stay'

demo: assets texts
	@$(IN_VENV) -m vernost demo

test: fast

test-all: slow

fast: check browser
	$(call run_tests,-m 'not slow')

slow: check browser .venv/spark.stamp
	$(call run_tests)

# Rules know no Django: they run without it. Both halves run, whatever the first one says.
# Files in their order, not by the number of their tests: those of one long walk would be the last, and one worker idle.
define run_tests
@echo 'tests/rules, then all others'; status=0; \
$(PYTEST) -p no:django tests/rules || status=1; \
$(PYTEST) --ignore tests/rules $(1) || status=1; \
exit $$status
endef

check: .venv/dev.stamp assets texts
	$(IN_VENV) -m ruff check
	$(IN_VENV) -m ruff format --check
	$(IN_VENV) -m mypy
	$(IN_VENV) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()' --cache-dir $(CACHE)/imports

bench: .venv/dev.stamp
	$(IN_VENV) -m vernost bench import --customers $(CUSTOMERS)
	$(IN_VENV) -m vernost bench night --customers $(CUSTOMERS)
	$(IN_VENV) -m vernost bench queue --customers $(CUSTOMERS)
	$(IN_VENV) -m vernost bench card --customers $(CUSTOMERS)
	$(IN_VENV) -m vernost bench metrics --customers $(CUSTOMERS)
	$(IN_VENV) -m vernost bench segment --customers $(CUSTOMERS)
	$(IN_VENV) -m vernost bench pivot --customers $(CUSTOMERS)
	$(IN_VENV) -m vernost bench refresh --customers $(CUSTOMERS)

assets: .venv/installed.stamp
	@$(IN_VENV) -m vernost.assets

texts: src/vernost/locale/ru/LC_MESSAGES/django.mo

# A Chromium for the tests; where none can be installed the browser tests say what to run.
browser:
	@if [ -z "$$CHROMIUM" ] && ! command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null \
		&& [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium || true; fi

# The scripts in .venv/bin name their folder: in one that was moved or copied they are made again.
$(shell [ "$$(cat .venv/installed.stamp 2>/dev/null)" = "$$(pwd)" ] || rm -f .venv/installed.stamp)

.venv/made.stamp:
	@test -n '$(PYTHON)' || { echo 'This needs Python 3.11 or newer with venv (Debian: apt-get install python3-venv)' >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/build.stamp: requirements/build.lock .venv/made.stamp
	$(PIP_INSTALL) --require-hashes -r requirements/build.lock
	@$(COMPILE)
	@touch $@

.venv/installed.stamp: pyproject.toml .venv/build.stamp
	$(PIP_INSTALL) --no-build-isolation --no-deps -e .
	@# Python reads this file in the locale's encoding, and LC_ALL=C knows no Cyrillic folder: a relative path.
	@for file in .venv/lib/python3*/site-packages/_vernost.pth; do echo ../../../../src > "$$file"; done
	@pwd > $@

.venv/dev.stamp: requirements/dev.lock .venv/installed.stamp
	$(PIP_INSTALL) --require-hashes -r requirements/dev.lock
	@$(COMPILE)
	@touch $@

# Half a gigabyte that only the slow tests need.
.venv/spark.stamp: requirements/spark.lock .venv/dev.stamp
	$(PIP_INSTALL) --require-hashes -r requirements/spark.lock
	@$(COMPILE)
	@touch $@

src/vernost/locale/ru/LC_MESSAGES/django.mo: $(wildcard src/vernost/locale/parts/*.po) .venv/installed.stamp
	@$(IN_VENV) -m vernost.locale.compile

clean:
	rm -rf .venv assets/node_modules src/vernost/static/dist build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache '$(CACHE)'
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
	find src/vernost/locale -name '*.mo' -delete
