"""Surfaces read the mirror through `facts.table(…, actor=…)` and in no other way: it has no wall of its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

import vernost

PACKAGE = Path(vernost.__file__).parent
SURFACES = ("office", "workplace", "cabinet", "board", "public", "api")
ENGINES = {"duckdb", "ibis", "pyarrow", "adbc_driver_postgresql"}
# What reads the files themselves; `mirror` only tells how fresh they are.
INNER = {"build", "pull", "readings", "checking", "odometer", "maintenance", "calibration", "backtest"}
# A backend's ways past `facts.table`.
PASSAGES = {"sql", "raw_sql", "read_parquet", "list_tables"}


def _trees(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        for file in sorted((PACKAGE / folder).rglob("*.py")):
            yield str(file.relative_to(PACKAGE)), ast.parse(file.read_text(encoding="utf-8"))


def _imported(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_surfaces_know_no_engine_and_no_inside_of_the_mirror():
    inner = {f"vernost.facts.{name}" for name in INNER}
    found = {
        (file, name)
        for file, tree in _trees(*SURFACES)
        for name in _imported(tree)
        if name.partition(".")[0] in ENGINES or name in inner
    }
    assert found == set()


def _tables_asked(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "table":
            yield node


def test_surfaces_ask_for_tables_in_somebodys_name():
    """`facts.table` with `actor`; `con.table` and SQL of the engine not at all."""
    found = set()
    for file, tree in _trees(*SURFACES):
        for call in _tables_asked(tree):
            if not any(keyword.arg == "actor" for keyword in call.keywords):
                found.add((file, ast.unparse(call)))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PASSAGES:
                found.add((file, ast.unparse(node)))
    assert found == set()
