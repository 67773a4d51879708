"""Roubles to the kopeck, value-added tax by date, rounding half away from zero."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

KOPECK = Decimal("0.01")

# From which closing day which rate holds (per cent). A table, not a constant: the law changes it.
VAT_RATES: tuple[tuple[date, int], ...] = (
    (date.min, 18),
    (date(2019, 1, 1), 20),
    (date(2026, 1, 1), 22),
)


def vat_rate(on: date, *, pays_vat: bool = True) -> int:
    """Return the rate in per cent on a closing day; 0 where the branch pays no VAT."""
    if not pays_vat:
        return 0
    return next(rate for start, rate in reversed(VAT_RATES) if on >= start)


def without_vat(amount: Decimal, rate: int) -> Decimal:
    """Take the tax out of an amount that includes it, half away from zero, to the kopeck."""
    return (amount * 100 / (100 + rate)).quantize(KOPECK, ROUND_HALF_UP)


def roubles(kopecks: int) -> str:
    """Write kopecks as roubles with two decimals, as files and the API do: 120050 is `1200.50`."""
    return f"{Decimal(kopecks) / 100:.2f}"
