"""What every process loads when Django wakes: no analytic engine, which would cost each half a second."""

import subprocess
import sys

ENGINES = ("ibis", "duckdb", "pyarrow", "numba", "pandas")
CODE = f"import sys, django; django.setup(); print(sorted(set({ENGINES!r}) & set(sys.modules)))"


def test_waking_django_loads_no_engine():
    # The settings of the test run are in the environment.
    told = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
