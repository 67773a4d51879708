"""Metrics of customers: a file each, which registers itself.

A metric is one definition: an Ibis expression over tables of the mirror, the same on every engine, for
any day. It imports no Django.
"""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from vernost.accounts.rules import RuleSettings
from vernost.core.fact_table import Tables
from vernost.core.registry import Registry

if TYPE_CHECKING:
    from ibis.expr.types import Table


class Metric:
    """Subclass, give `code`, `title`, `columns` and `of`, and put `@metrics.register` above.

    `columns` maps each column after `customer_id` to its Ibis type.
    """

    code: str
    title: str
    columns: Mapping[str, str]

    def of(self, tables: Tables, as_of: date, settings: RuleSettings) -> "Table":
        """Return a row of `customer_id` and `columns` for every customer of the base."""
        raise NotImplementedError


metrics: Registry[Metric] = Registry("metrics")


def discover() -> Registry[Metric]:
    metrics.discover(__name__)
    return metrics
