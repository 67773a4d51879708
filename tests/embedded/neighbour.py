"""A second process for the tests: uses the server of a folder from the first line on stdout to the end of stdin."""

import sys
from pathlib import Path

from vernost import embedded

with embedded.ensure(Path(sys.argv[1])) as connection:
    sys.stdout.write(f"{connection.pid}\n")
    sys.stdout.flush()
    sys.stdin.read()
