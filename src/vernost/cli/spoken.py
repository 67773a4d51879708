"""Commands, options and arguments whose help is in the language of the terminal.

Help is English in the source: docstrings of commands, `help` and `metavar` of what they take. The catalogue holds a
docstring by its paragraphs; each is translated when it is shown.
"""

import copy
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import click

from vernost.cli.words import translated

Decorated = TypeVar("Decorated", bound=Callable[..., Any] | click.Command)


class Option(click.Option):
    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        spoken = copy.copy(self)
        spoken.help = translated(self.help) if self.help else None
        return super(Option, spoken).get_help_record(ctx)

    def make_metavar(self, ctx: click.Context) -> str:
        return translated(super().make_metavar(ctx))


class Argument(click.Argument):
    def make_metavar(self, ctx: click.Context) -> str:
        return translated(super().make_metavar(ctx))


class Command(click.Command):
    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [translated(piece) for piece in super().collect_usage_pieces(ctx)]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's interface
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text("\n\n".join(map(translated, paragraphs(self.help or ""))))

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 - lines are wrapped, not cut
        return summary(self.help or "")


class Group(Command, click.Group):
    command_class = Command


def command(name: str | None = None, **attributes: Any) -> Callable[[Callable[..., Any]], Command]:  # noqa: ANN401 - click's
    return click.command(name, cls=Command, **attributes)


def group() -> Callable[[Callable[..., Any]], Group]:
    return click.group(cls=Group)


def option(*names: str, **attributes: Any) -> Callable[[Decorated], Decorated]:  # noqa: ANN401 - click's
    return click.option(*names, cls=Option, **attributes)


def argument(name: str, **attributes: Any) -> Callable[[Decorated], Decorated]:  # noqa: ANN401 - click's
    return click.argument(name, cls=Argument, **attributes)


def paragraphs(docstring: str) -> list[str]:
    """Return the paragraphs of a docstring, each on one line, as the catalogue knows them."""
    return [" ".join(paragraph.split()) for paragraph in inspect.cleandoc(docstring).split("\n\n") if paragraph.strip()]


def summary(docstring: str) -> str:
    """Return the first paragraph of a docstring in the language of the terminal."""
    return translated(next(iter(paragraphs(docstring)), ""))
