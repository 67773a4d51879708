"""The command `vernost`: one file per command in `commands/`, imported when it is asked for."""

import ast
import importlib
import pkgutil
import sys
from gettext import gettext
from pathlib import Path

import click

import vernost
from vernost.cli import commands, spoken
from vernost.cli.failures import failures_as_words
from vernost.cli.words import translate_click
from vernost.core import garbage


class Commands(spoken.Group):
    """A group whose list is a folder: `check_server.py` with a click command `command` is `check-server`.

    A file for a word that Python keeps ends in an underscore; one that begins with it is no command.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's interface
        return sorted(_modules())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        name = _modules().get(cmd_name)
        if name is None:
            return None
        command: click.Command = importlib.import_module(f"{commands.__name__}.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        with formatter.section(gettext("Commands")):
            formatter.write_dl([(command, _summary(name)) for command, name in sorted(_modules().items())])

    def invoke(self, ctx: click.Context) -> object:
        with failures_as_words():
            return super().invoke(ctx)


def _modules() -> dict[str, str]:
    """Return the name of each command with that of its module."""
    found = (module.name for module in pkgutil.iter_modules(commands.__path__))
    return {name.rstrip("_").replace("_", "-"): name for name in found if not name.startswith("_")}


def _summary(name: str) -> str:
    """Return the first line of a command's help; its file is read and not imported: the list must be quick."""
    file = Path(next(iter(commands.__path__))) / name
    file = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
    functions = (node for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef))
    return next(spoken.summary(ast.get_docstring(node) or "") for node in functions if node.name == "command")


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(vernost.__version__, prog_name="vernost", message="%(prog)s %(version)s", cls=spoken.Option)
def root() -> None:
    """Keep the customers of a car dealer or service: whom to invite today, why, and what came of it.

    Settings come from the environment; VERNOST_DATA_DIR is the folder of all data. With --json a
    command prints one JSON document, and its messages go to stderr.
    """


def main() -> None:
    # A console in a single-byte encoding shows a question mark instead of failing.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    translate_click()
    garbage.look_seldom()
    root.main(prog_name="vernost")
