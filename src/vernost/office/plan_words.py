"""Figures of a plan in words, by the names that the journal keeps: `<programme>/<metric>`, empty for all together."""

from collections.abc import Mapping

from django.utils.translation import gettext

from vernost.office.forms.plans import base_title
from vernost.reports.rules import KPI_TITLES, Kpi
from vernost.reports.rules.base_plan import BaseKpi


def figure_title(name: str, programmes: Mapping[str, str]) -> str:
    """`programmes` are titles by code."""
    programme, _slash, metric = name.partition("/")
    if metric in set(BaseKpi):
        return base_title(BaseKpi(metric))
    if metric not in set(Kpi):
        return name
    of = programmes.get(programme, programme) or gettext("All programmes together")
    return f"{of}, {gettext(KPI_TITLES[Kpi(metric)])}"
