"""Contacts with the customer, consents and wishes not to be disturbed."""

from typing import TYPE_CHECKING

from vernost.core.i18n import _
from vernost.segments.attributes import Attribute, Known, Option, attributes
from vernost.segments.rules.tree import Condition
from vernost.segments.rules.values import Type

if TYPE_CHECKING:
    from ibis.expr.types import Table

OPTIONS = {
    "channel": Option(_("by the channel"), "contact_channels"),
    "direction": Option(_("in or out"), "directions"),
}


def _contacts(known: Known, condition: Condition) -> "Table":
    made = known.table("interactions")
    made = made.filter(made.customer_id.notnull(), made.on.between(*condition.within.days(known.as_of)))
    for option in OPTIONS:
        if chosen := condition.option(option):
            made = made.filter(made[option].isin(chosen))
    return made


def _count(known: Known, condition: Condition) -> "Table":
    made = _contacts(known, condition)
    return made.group_by("customer_id").aggregate(value=made.count())


def _last(known: Known, condition: Condition) -> "Table":
    made = _contacts(known, condition)
    return made.group_by("customer_id").aggregate(value=made.on.max())


def _outcomes(known: Known, condition: Condition) -> "Table":
    made = _contacts(known, condition)
    return made.filter(made.outcome != "").select("customer_id", value="outcome").distinct()


def _consents(known: Known, _condition: Condition) -> "Table":
    """Channels whose latest statement of the day to the whole group is a yes.

    Of equal days a no wins, one without a day is the oldest.
    """
    said = known.table("consents")
    said = said.filter(said.company_id.isnull(), said.on.isnull() | (said.on <= known.as_of))
    latest = said.group_by("customer_id", "channel").aggregate(
        said_yes=said.on.max(where=said.given),
        said_no=said.on.max(where=~said.given),
        ever_yes=said.given.any(),
        ever_no=(~said.given).any(),
    )
    later = latest.said_no.isnull() | (latest.said_yes > latest.said_no)
    undated = latest.said_yes.isnull() & latest.said_no.isnull()
    valid = latest.ever_yes & undated.ifelse(~latest.ever_no, later & (latest.said_yes.notnull() | ~latest.ever_no))
    return latest.filter(valid).select("customer_id", value="channel")


def _stops(known: Known, _condition: Condition) -> "Table":
    stops, told = known.table("stops"), known.table("interactions")
    told = told.filter(told.customer_id.notnull(), told.outcome == "do_not_call", told.on <= known.as_of)
    asked = stops.filter(stops.since <= known.as_of).select("customer_id", value="channel")
    return asked.union(told.select("customer_id", value="channel")).distinct()


for _one in (
    Attribute(
        code="consent",
        title=_("Consent to advertising"),
        group="contacts",
        type=Type.CHOICE,
        choices="channels",
        rows=_consents,
        many=True,
    ),
    Attribute(
        code="do_not_disturb",
        title=_("Asked not to be disturbed"),
        group="contacts",
        type=Type.CHOICE,
        choices="contact_channels",
        rows=_stops,
        many=True,
    ),
    Attribute(
        code="contacts",
        title=_("Contacts"),
        group="contacts",
        type=Type.NUMBER,
        rows=_count,
        absent=0,
        dated=True,
        options=OPTIONS,
    ),
    Attribute(
        code="last_contact_on",
        title=_("Last contact"),
        group="contacts",
        type=Type.DAY,
        rows=_last,
        dated=True,
        options=OPTIONS,
    ),
    Attribute(
        code="contact_outcome",
        title=_("Outcome of a contact"),
        group="contacts",
        type=Type.CHOICE,
        choices="outcomes",
        rows=_outcomes,
        many=True,
        dated=True,
        options=OPTIONS,
    ),
):
    attributes.add(_one)
