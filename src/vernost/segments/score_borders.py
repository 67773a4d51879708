"""The borders of scores and classes on a day: with them a card scores one customer without asking all the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from vernost.segments import day_files

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from vernost.accounts.rules import RuleSettings

_NAME: Final = "score_borders"
# So long a night may have failed, and a card still shows its scores, with their day.
_KEPT: Final = timedelta(days=7)
AXES: Final = ("r", "f", "m")
CLASSES: Final = ("A", "B")


@dataclass(frozen=True, slots=True)
class Borders:
    """For each axis the worst value of each score: of r in days, the fewer the better.

    For A and B the least value, and the last id among those who have just that one.
    """

    as_of: date
    scores: Mapping[str, Sequence[int]]
    classes: Mapping[str, tuple[int, str]]

    def score(self, axis: str, value: int) -> int:
        """Return 1 to 5, as RFM has it over everybody."""
        better = [value <= border if axis == "r" else value >= border for border in self.scores[axis]]
        return better.index(True) + 1 if True in better else len(better)

    def abc(self, value: int, ref: str) -> str:
        if value <= 0:
            return "C"
        for name in CLASSES:
            if name in self.classes:
                least, last = self.classes[name]
                if value > least or (value == least and ref <= last):
                    return name
        return "C"


def newest(on: date) -> Borders | None:
    """Return the borders of the last night, None where there are none yet."""
    kept = day_files.read(_NAME)
    if not kept:
        return None
    as_of = date.fromisoformat(kept["as_of"])
    if not as_of <= on <= as_of + _KEPT:
        return None
    return Borders(as_of, kept["scores"], {name: (least, last) for name, (least, last) in kept["classes"].items()})


def draw(*, as_of: date) -> Borders:
    """Find the borders on the current mirror by the definitions of RFM and ABC, and keep them."""
    from vernost import facts  # noqa: PLC0415 - Django wakes this module; the engines come when they are needed
    from vernost.accounts import queries  # noqa: PLC0415 - as above

    con, settings = facts.connect(), queries.rule_settings()
    found = Borders(as_of, _scores(con, as_of, settings), _classes(con, as_of, settings))
    day_files.write(_NAME, {"as_of": as_of.isoformat(), "scores": dict(found.scores), "classes": dict(found.classes)})
    return found


def _scores(con: "Backend", as_of: date, settings: "RuleSettings") -> dict[str, list[int]]:
    from vernost.segments.rules import rfm  # noqa: PLC0415 - as above

    rows = rfm.scores(con, as_of, settings)
    values = {"r": rows.recency_days, "f": rows.frequency, "m": rows.monetary}
    worst: dict[str, Any] = {}
    for axis, value in values.items():
        for score in range(1, rfm.SCORES + 1):
            of_score = rows[axis] <= score
            worst[f"{axis}{score}"] = value.max(where=of_score) if axis == "r" else value.min(where=of_score)
    (found,) = con.to_pyarrow(rows.aggregate(**worst)).to_pylist()
    # Without anybody in the first scores their border is nobody's: a value is never within it.
    return {
        axis: [
            found[f"{axis}{score}"] if found[f"{axis}{score}"] is not None else _NOBODY[axis]
            for score in range(1, rfm.SCORES + 1)
        ]
        for axis in AXES
    }


_NOBODY: Final[Mapping[str, int]] = {"r": -1, "f": 2**31, "m": 2**62}


def _classes(con: "Backend", as_of: date, settings: "RuleSettings") -> dict[str, tuple[int, str]]:
    from vernost.segments.rules import abc  # noqa: PLC0415 - as above

    rows = abc.classes(abc.values(con, as_of, settings, by="customer"), settings)
    rows = rows.filter(rows.abc.isin(list(CLASSES))).select("abc", "value", "key")
    least = rows.group_by(of="abc").aggregate(least=rows.value.min())
    at_border = rows.join(least, [rows.abc == least.of, rows.value == least.least])
    found = at_border.group_by("of").aggregate(least=at_border.least.min(), last=at_border.key.max())
    return {row["of"]: (row["least"], row["last"]) for row in con.to_pyarrow(found).to_pylist()}
