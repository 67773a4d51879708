"""What the keys of a pivot are called, and the ids by which files and addresses name them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, lru_cache

from vernost import facts
from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.customers.queries.words import titles_of
from vernost.customers.rules.words import WordList
from vernost.facts.mirror import Mirror
from vernost.reports.queries.source import programme_titles
from vernost.reports.refs import Name, advisors, branches, spelled
from vernost.reports.rules.pivot import DIMENSIONS, Filter, PivotRefused, Request
from vernost.reports.rules.pivot.dimensions import Dimension, Key
from vernost.segments.queries import saved
from vernost.workshop.rules import CATEGORIES, COUNTED_KINDS

LINE_KINDS: Mapping[str, str] = {"labour": _("Work"), "part": _("Part")}
CUSTOMER_KINDS: Mapping[str, str] = {"person": _("Person"), "company": _("Company")}
AGE_BANDS: Mapping[str, str] = {
    "0-2": _("up to 2 years"),
    "3-5": _("3 to 5 years"),
    "6-8": _("6 to 8 years"),
    "9-11": _("9 to 11 years"),
    "12+": _("12 years and more"),
}
NONE_TITLES: Mapping[str, str] = {
    "branch": _("Without a branch"),
    "advisor": _("Without an advisor"),
    "programme": _("Came without an invitation"),
    "category": _("Outside categories"),
    "line_kind": _("Outside the lines"),
    "customer_kind": _("Without a customer"),
    "segment": _("In none of the segments"),
}
UNKNOWN = _("Not known")


@dataclass(frozen=True)
class Names:
    """Branches and advisors by id, cars by key, programmes and segments by code, categories that somebody has named."""

    branches: Mapping[int, Name]
    advisors: Mapping[int, Name]
    cars: Mapping[str, str]
    programmes: Mapping[str, str]
    segments: Mapping[str, str]
    categories: Mapping[str, str] = field(default_factory=dict)

    def title(self, dimension: Dimension, key: Key) -> str:
        """Return a marked text, or a name that needs no translation; dates are written by the surface."""
        if key is None:
            return NONE_TITLES.get(dimension.code, UNKNOWN)
        match dimension.code:
            case "branch" | "advisor":
                return self._ids(dimension).get(int(str(key)), Name("", str(key))).title
            case "make" | "model":
                return self.cars.get(str(key), str(key))
            case "programme":
                return self.programmes.get(str(key), str(key))
            case "segment":
                return self.segments.get(str(key), str(key))
            case _:
                named = self.categories if dimension.code == "category" else {}
                return named.get(str(key)) or _TITLES.get(dimension.code, {}).get(str(key), str(key))

    def ref(self, dimension: Dimension, key: Key) -> Key:
        if key is None or dimension.code not in {"branch", "advisor"}:
            return key
        return self._ids(dimension).get(int(str(key)), Name(str(key), "")).ref

    def title_of_ref(self, dimension: Dimension, ref: str) -> str:
        """Return the title of a key as files and addresses name it."""
        if dimension.code in {"branch", "advisor"}:
            return next((name.title for name in self._ids(dimension).values() if name.ref == ref), ref)
        return self.title(dimension, ref)

    def resolved(self, request: Request) -> Request:
        """Put ids in the place of the source's ids in a request's filters."""
        return replace(request, filters=tuple(self._with_ids(one) for one in request.filters))

    def _with_ids(self, one: Filter) -> Filter:
        if one.dimension.code not in self._by_ref:
            return one
        ids = self._by_ref[one.dimension.code]
        unknown = [key for key in one.keys if key is not None and str(key) not in ids]
        if unknown:
            raise PivotRefused(_("“%(key)s” is not a key of “%(code)s”"), key=unknown[0], code=one.dimension.code)
        return replace(one, keys=tuple(None if key is None else ids[str(key)] for key in one.keys))

    def knows(self, dimension: Dimension, key: Key) -> bool:
        """Tell whether a key, as files and addresses name it, may be in a filter."""
        return key is None or dimension.code not in self._by_ref or str(key) in self._by_ref[dimension.code]

    @cached_property
    def _by_ref(self) -> Mapping[str, Mapping[str, int]]:
        named = {"branch": self.branches, "advisor": self.advisors}
        return {code: {name.ref: id_ for id_, name in ids.items()} for code, ids in named.items()}

    def _ids(self, dimension: Dimension) -> Mapping[int, Name]:
        return self.branches if dimension.code == "branch" else self.advisors


_TITLES: Mapping[str, Mapping[str, str]] = {
    DIMENSIONS["order_kind"].code: COUNTED_KINDS,
    DIMENSIONS["line_kind"].code: LINE_KINDS,
    DIMENSIONS["customer_kind"].code: CUSTOMER_KINDS,
    DIMENSIONS["age"].code: AGE_BANDS,
    DIMENSIONS["category"].code: CATEGORIES,
}


def names(mirror: Mirror, actor: Actor) -> Names:
    """Read the names that the actor may see."""
    return Names(
        branches=branches(actor),
        advisors=advisors(actor),
        cars=_cars(str(mirror.folder), mirror.refreshed_at),
        programmes=programme_titles(),
        categories=titles_of(WordList.CATEGORIES),
        segments=dict(saved.visible_to(actor).order_by("title", "code").values_list("code", "title")),
    )


@lru_cache(maxsize=4)
def _cars(_folder: str, _refreshed_at: datetime) -> Mapping[str, str]:
    """Return how makes and models are written, by their folded keys."""
    return spelled(facts.table("vehicles", facts.connect()))
