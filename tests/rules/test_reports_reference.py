"""The reference of the reports: a heading for each, a row for each of its columns."""

import re
from pathlib import Path

import pytest

from vernost.reports.catalogue import Report, discover

# Columns that stand in the rows only where a cut is asked for.
CUTS = {"advisor", "age", "branch", "late", "make", "model", "month", "source"}
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "reports.md"


@pytest.mark.parametrize("report", list(discover()), ids=lambda report: report.code)
def test_every_column_is_explained(report: Report) -> None:
    sections = dict(part.split("\n", 1) for part in PAGE.read_text(encoding="utf-8").split("\n## ")[1:])
    rows = re.findall(r"^\| ([\w, ]+) \|", sections[report.code], re.MULTILINE)
    named = {name for row in rows for name in row.split(", ")} - {"code", "column"}
    assert named - (CUTS - set(report.columns)) == set(report.columns)
