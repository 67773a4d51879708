"""Measure an installation of a given size: seconds, and ratios against our own baselines in one run."""

import importlib
import os
import sys
from pathlib import Path

import click

import vernost
from vernost.cli import spoken
from vernost.cli.output import emit, json_option
from vernost.cli.words import say, translated
from vernost.core.i18n import _

CHECKOUT = Path(vernost.__file__).parents[2]
# File names in benchmarks/ by the word of the command line.
BENCHMARKS = {
    "card": "card",
    "import": "import_",
    "metrics": "metrics",
    "night": "night",
    "pivot": "pivot",
    "queue": "queue",
    "refresh": "refresh",
    "segment": "segment",
}
NO_BENCHMARKS = _("The benchmarks are in the repository, not in the installed package: run this in a checkout.")


@spoken.command()
@spoken.argument("name", type=click.Choice(sorted(BENCHMARKS)))
@spoken.option(
    "--customers",
    type=click.IntRange(min=100),
    default=1_000_000,
    show_default=True,
    help=_("How many customers the base has."),
)
@spoken.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help=_("Where the measured base lies; kept and used again. Without it .vernost-bench here."),
)
@json_option
def command(name: str, customers: int, data: Path | None) -> None:
    """Measure an installation of a given size: seconds, and ratios against our own baselines in one run.

    The base is an invented dealership of its own, never the real data.
    """
    if not (CHECKOUT / "benchmarks").is_dir():
        raise click.ClickException(translated(NO_BENCHMARKS))
    os.environ["VERNOST_DATA_DIR"] = str(data or Path(".vernost-bench") / str(customers))
    sys.path.insert(0, str(CHECKOUT))
    benchmark = importlib.import_module(f"benchmarks.{BENCHMARKS[name]}")
    emit(benchmark.run(customers=customers, tell=say))
