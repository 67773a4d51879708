"""Roubles to the kopeck, and the rates of value-added tax by date."""

from datetime import date
from decimal import Decimal

# From which closing day which rate holds (per cent). A table, not a constant: the law changes it.
VAT_RATES: tuple[tuple[date, int], ...] = (
    (date.min, 18),
    (date(2019, 1, 1), 20),
    (date(2026, 1, 1), 22),
)


def roubles(kopecks: int) -> str:
    """Write kopecks as roubles with two decimals, as files and the API do: 120050 is `1200.50`."""
    return f"{Decimal(kopecks) / 100:.2f}"
