"""What a condition may be chosen from: words of the product, and values that the base has."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from django.db import connection

from vernost.accounts.models import Branch
from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.customers.queries import fields
from vernost.customers.queries.words import stored_words
from vernost.customers.rules.words import WordList
from vernost.segments.attributes.of_fields import DIRECTORY
from vernost.segments.queries import saved as segments
from vernost.workshop.rules import CATEGORIES, COUNTED_KINDS

MOST = 400

CHANNELS = {"call": _("Call"), "sms": _("SMS"), "email": _("E-mail"), "messenger": _("Messenger")}
WORDS: Mapping[str, Mapping[str, str]] = {
    "customer_kinds": {"person": _("Person"), "company": _("Company")},
    "channels": CHANNELS,
    "contact_channels": CHANNELS | {"visit": _("Visit"), "web": _("Web site")},
    "directions": {"in": _("The customer contacted us"), "out": _("We contacted the customer")},
    "order_kinds": COUNTED_KINDS,
    "line_kinds": {"labour": _("Works"), "part": _("Parts")},
    "deal_kinds": {"new": _("New cars"), "used": _("Used cars")},
    "abc": {"A": "A", "B": "B", "C": "C"},
    "rfm_codes": {"-".join(code): "-".join(code) for code in product("12345", repeat=3)},
    "vehicle_events": {
        "service_book_stored": _("The service book is kept with us"),
        "service_book_returned": _("The service book was taken back"),
        "valuation_asked": _("A valuation was asked for"),
        "scrapped": _("Scrapped"),
        "car_sold": _("The owner has sold the car"),
    },
    "invitation_states": {
        "booked": _("Booked"),
        "arrived": _("Arrived"),
        "paid": _("Paid"),
        "no_show": _("Did not come"),
        "declined": _("Declined"),
        "served_elsewhere": _("Is served elsewhere"),
        "unreachable": _("Could not be reached"),
        "wrong_number": _("Wrong number"),
        "do_not_call": _("Asked not to be called"),
        "not_owner": _("Has sold the car"),
        "expired": _("Too late"),
        "cancelled": _("Was withdrawn"),
    },
    "outcomes": {
        "booked": _("Booked"),
        "declined": _("Declined"),
        "served_elsewhere": _("Is served elsewhere"),
        "call_back": _("Asked to be called back"),
        "thinking": _("Is thinking"),
        "car_sold": _("Has sold the car"),
        "do_not_call": _("Asked not to be called"),
        "no_answer": _("No answer"),
    },
}


@dataclass(frozen=True, slots=True)
class Choice:
    """`title` is a marked text where `marked`."""

    code: str
    title: str
    marked: bool = False


def choices(name: str, actor: Actor, on: date) -> Sequence[Choice]:
    """Return a list of values by its name; what the base has, the most frequent first."""
    if name in WORDS:
        return _marked(WORDS[name])
    if name in _LISTED:
        return _LISTED[name](actor)
    if name.startswith(DIRECTORY):
        found = fields.choices_of([int(name.removeprefix(DIRECTORY))])
        return [Choice(one.code, one.title) for each in found.values() for one in each if not one.merged_into]
    from vernost.segments.queries.ground import grounds  # noqa: PLC0415 - a list of segments must not wait for engines

    if name == "categories":
        return _categories(grounds.of(actor, on).values_of(name))
    return [Choice(code, title) for code, title in grounds.of(actor, on).values_of(name)]


def _categories(found: Sequence[tuple[str, str]]) -> list[Choice]:
    """Return the categories of works under the names of the product or of the administrator, without archived ones."""
    stored = {one.word: one for one in stored_words(WordList.CATEGORIES)}
    offered = [code for code, _title in found if code not in stored or not stored[code].archived]
    return [
        Choice(code, stored[code].title)
        if code in stored and stored[code].title
        else Choice(code, CATEGORIES.get(code, code), marked=code in CATEGORIES)
        for code in offered
    ]


def _marked(titles: Mapping[str, str]) -> list[Choice]:
    return [Choice(code, title, marked=True) for code, title in titles.items()]


def _states(_actor: Actor) -> list[Choice]:
    from vernost.segments.rules import lifecycle  # noqa: PLC0415 - a list of segments must not wait for Ibis

    return _marked(lifecycle.TITLES)


def _risks(_actor: Actor) -> list[Choice]:
    from vernost.segments.rules import risks  # noqa: PLC0415 - as above

    return _marked(risks.TITLES)


def _branches(actor: Actor) -> list[Choice]:
    """Branches by the ids that people know them by."""
    from vernost.accounts.facts import reference_sql  # noqa: PLC0415 - SQL that only this list needs

    shown = Branch.objects.extra(select={"ref": reference_sql('"accounts_branch"')}).order_by("name", "pk")  # noqa: S610 - made of our own names
    seen = shown if actor.branch_ids is None else shown.filter(pk__in=actor.branch_ids)
    return [Choice(ref, name) for ref, name in seen.values_list("ref", "name")]


def _segments(actor: Actor) -> list[Choice]:
    rows = segments.visible_to(actor).order_by("title", "pk")
    return [Choice(row.code, row.title) for row in rows]


def _distinct(statement: str) -> Callable[[Actor], list[Choice]]:
    def listed(_actor: Actor) -> list[Choice]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT code, title FROM ({statement}) listed LIMIT {MOST}")  # noqa: S608 - our own statements
            return [Choice(code, title or code) for code, title in cursor.fetchall()]

    return listed


_LISTED: Mapping[str, Callable[[Actor], list[Choice]]] = {
    "branches": _branches,
    "segments": _segments,
    "states": _states,
    "risks": _risks,
    "programmes": _distinct("SELECT code, title FROM invitations_programme ORDER BY title, code"),
}
