"""Running commands without root's rights in a run of the tests by root."""

import os
import pwd
import subprocess
import sys
from typing import Final

import pytest

NOBODY: Final = pwd.getpwnam("nobody")
IS_ROOT: Final = os.geteuid() == 0
# Through a shell: setpriv itself still has root's rights when it looks the program up.
WRAPPER: Final = (
    "setpriv",
    f"--reuid={NOBODY.pw_uid}",
    f"--regid={NOBODY.pw_gid}",
    "--clear-groups",
    "sh",
    "-c",
    'exec "$0" "$@"',
)
PACKAGES: Final = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def interpreter() -> str:
    """Return a Python that `nobody` can run with our packages; root's own often lies in a closed home."""
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        tried = subprocess.run(
            [*WRAPPER, python, "-c", "import django, vernost"],
            env={**os.environ, **PACKAGES},
            capture_output=True,
            check=False,
        )
        if tried.returncode == 0:
            return python
    pytest.skip("no Python of this version, or not our packages, can be reached by the user nobody")
