#!/bin/sh
# Writes the locks anew from pyproject.toml. Needs uv (pip install uv). Hashes, but no registry
# address: a mirror set for pip keeps working.
set -eu
cd "$(dirname "$0")/.."
compile() { uv pip compile --universal --generate-hashes --no-header --python-version 3.11 "$@"; }
compile pyproject.toml -o requirements/run.lock
compile pyproject.toml --group build -c requirements/run.lock -o requirements/build.lock
compile pyproject.toml --group dev -c requirements/run.lock -o requirements/dev.lock
compile pyproject.toml --group spark -c requirements/dev.lock -o requirements/spark.lock
