"""Reads of reports, ready to show."""

from vernost.reports.queries.funnel import month_funnel

__all__ = ["month_funnel"]
