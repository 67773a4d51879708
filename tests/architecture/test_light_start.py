"""What processes load as they start: no analytic engine that they do without, which would cost each half a second."""

import subprocess
import sys

ENGINES = ("ibis", "duckdb", "pyarrow", "numba", "pandas")
# An import has DuckDB for its workbench; those of the night would stand beside it in memory.
OF_THE_NIGHT = ("ibis", "numba", "pandas")
WAKE = "import sys, django; django.setup()"
IMPORT = "import vernost.intake.operations, vernost.automation.operations.following"


def loaded(code, engines):
    # The settings of the test run are in the environment.
    code += f"; print(sorted(set({engines!r}) & set(sys.modules)))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_waking_django_loads_no_engine():
    assert loaded(WAKE, ENGINES) == "[]\n"


def test_an_import_and_what_follows_it_load_no_engine_of_the_night():
    assert loaded(f"{WAKE}; {IMPORT}", OF_THE_NIGHT) == "[]\n"
    # The control: a night does.
    assert loaded(f"{WAKE}; import vernost.automation.operations.nights", OF_THE_NIGHT) == f"{sorted(OF_THE_NIGHT)}\n"
