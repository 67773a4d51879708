"""Faults of a chain of hashes, as its check prints them."""

from collections.abc import Iterable
from typing import Any

from vernost.core.chain import Found


def named(faults: Iterable[Found]) -> list[dict[str, Any]]:
    """Return where each fault is: the number of the link and the line; a link that is gone does not tell its line."""
    return [{"number": each.number, "line": each.row_id or None, "fault": each.fault.value} for each in faults]
