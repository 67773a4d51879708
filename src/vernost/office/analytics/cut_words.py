"""What cuts of retention and cohorts are called, and in which order their values stand."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext

from vernost.core.i18n import _
from vernost.facts.car_age import AGE_BANDS
from vernost.office.analytics.words import SOURCE_TITLES
from vernost.reports.queries.analytics.look import Base
from vernost.reports.rules.pivot import DIMENSIONS

CUT_TITLES = {
    "age": _("By age of the car"),
    "make": _("By make"),
    "model": _("By model"),
    "branch": _("By branch"),
    "advisor": _("By service advisor"),
    "source": _("By source"),
}
HEADS = {code: DIMENSIONS[code].title for code in CUT_TITLES if code in DIMENSIONS} | {"source": _("Source")}
_BANDS = list(AGE_BANDS)


def titles(base: Base, by: str) -> Callable[[Any], str]:
    """Return how the keys of a cut are called."""
    if by == "source":
        return lambda key: gettext(SOURCE_TITLES[key]) if key in SOURCE_TITLES else ""
    from vernost.reports.queries.pivot.names import names  # noqa: PLC0415 - the office must not wait for Ibis

    known = names(base.mirror, base.whole_actor)

    def title(key: Any) -> str:  # noqa: ANN401 - an id or a text
        told = known.title(DIMENSIONS[by], key)
        return gettext(told) if told else ""

    return title


def ordered(by: str, sizes: dict[Any, int]) -> Iterable[Any]:
    """Return the keys of a cut: bands of age in time, others the largest first; those without a value are last."""

    def place(key: Any) -> tuple[bool, int, str]:  # noqa: ANN401 - as above
        return key is None, _BANDS.index(key) if by == "age" and key else -sizes[key], str(key)

    return sorted(sizes, key=place)


def link(by: str, key: Any) -> dict[str, str | None]:  # noqa: ANN401 - as above
    """Return the keys of a list's address."""
    return {"cut": by, "value": None if key is None else str(key)}


def value_title(base: Base, by: str, value: str | None) -> str:
    """Return what the value of a list's address is called, after what it is a value of."""
    key = int(value) if value and by in {"branch", "advisor"} else value
    return f"{gettext(HEADS[by])}: {titles(base, by)(key)}"
