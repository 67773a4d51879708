"""The import order of the architecture, and that no package has been left out of it."""

import tomllib
from pathlib import Path

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

REPOSITORY = Path(__file__).parents[2]
CONFIGURATION = REPOSITORY / "pyproject.toml"


def contract(name):
    contracts = tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    return next(contract for contract in contracts if contract["id"] == name)


def test_imports_go_downward():
    assert lint_imports(config_filename=str(CONFIGURATION), no_cache=True) == EXIT_STATUS_SUCCESS


def test_an_upward_import_is_found(tmp_path, monkeypatch):
    """The control: the same order over two subjects that break it."""
    for module, line in (("core", "from sample import accounts"), ("accounts", "")):
        folder = tmp_path / "sample" / module
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(f"{line}\n", encoding="utf-8")
    (tmp_path / "sample" / "__init__.py").touch()
    (tmp_path / "contracts.toml").write_text(
        """
        [tool.importlinter]
        root_packages = ["sample"]
        [[tool.importlinter.contracts]]
        name = "downward"
        type = "layers"
        containers = ["sample"]
        layers = ["accounts", "core"]
        """,
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert lint_imports(config_filename=str(tmp_path / "contracts.toml"), no_cache=True) != EXIT_STATUS_SUCCESS


def test_every_subject_has_its_inside_order():
    surfaces = {"office", "workplace", "cli", "config", "core"}
    subjects = {
        f"vernost.{folder.parent.name}"
        for folder in (REPOSITORY / "src" / "vernost").glob("*/models.py")
        if folder.parent.name not in surfaces
    }
    assert subjects - set(contract("inside")["containers"]) == set()
