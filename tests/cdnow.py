"""The CDNOW sample on which the models were published, from `data/cdnow_sample.csv.gz`."""

import csv
import gzip
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from vernost.segments.rules.value.histories import Summary

UNTIL = date(1997, 9, 30)
END = date(1998, 6, 30)
_FILE = Path(__file__).parent / "data" / "cdnow_sample.csv.gz"


def columns():
    """Frequency, recency and age in days, cents of the days after the first, and purchase days after `UNTIL`."""
    with gzip.open(_FILE, "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    return {name: np.array([int(row[name]) for row in rows]) for name in rows[0]}


def summary():
    known = columns()
    frequency = known["frequency"]
    cents = known["repeat_cents"] / np.maximum(frequency, 1)
    return Summary(np.arange(len(frequency)), frequency, known["recency_days"], known["age_days"], cents / 100)


def purchases():
    """Purchases (customer, day, amount) that come to the same summary: the days but first and last are made up."""
    known = columns()
    for number, (x, recency, age, cents, later) in enumerate(zip(*known.values(), strict=True), 1):
        first = UNTIL - timedelta(days=int(age))
        yield f"{number:04d}", first, "10.00"
        for place in range(1, x + 1):
            amount = cents // x + (cents - x * (cents // x) if place == x else 0)
            yield f"{number:04d}", first + timedelta(days=int(recency * place // x)), f"{amount / 100:.2f}"
        for place in range(later):
            yield f"{number:04d}", UNTIL + (END - UNTIL) * (place + 1) // later, "10.00"
