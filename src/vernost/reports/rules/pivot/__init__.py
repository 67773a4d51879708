"""The pivot: what may be laid in rows and columns, what is measured, the star that both look at."""

from vernost.reports.rules.pivot.dimensions import DIMENSIONS, Dimension
from vernost.reports.rules.pivot.measures import MEASURES, SHOWS, Measure
from vernost.reports.rules.pivot.request import Filter, PivotRefused, Request, Shown, read

__all__ = [
    "DIMENSIONS",
    "MEASURES",
    "SHOWS",
    "Dimension",
    "Filter",
    "Measure",
    "PivotRefused",
    "Request",
    "Shown",
    "read",
]
