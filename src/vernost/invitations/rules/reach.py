"""Which customers may be contacted, by which channel, as a set: the contact gate's rule for the night.

`contacts.rules.Gate` is the same for one customer; a test holds them together.
"""

from datetime import date
from typing import TYPE_CHECKING

import ibis
from ibis import _
from ibis.expr.types import BooleanValue, Table

from vernost.contacts.rules import OutboundChannel
from vernost.core.fact_table import Tables
from vernost.invitations.rules.expressions import days_since_epoch, or_false

if TYPE_CHECKING:
    from vernost.invitations.rules.known import Known

CHANNELS = tuple(OutboundChannel)
CONSENTS = tuple(f"consent_{channel}" for channel in CHANNELS)
_ADDRESS = {
    OutboundChannel.CALL: "phone",
    OutboundChannel.SMS: "phone",
    OutboundChannel.EMAIL: "email",
    OutboundChannel.MESSENGER: "messenger",
}
# Earlier than any statement with a day.
ALWAYS = -1_000_000


def consents(tables: Tables, as_of: date) -> Table:
    """customer_id, consent_<channel>: what was said to the whole group."""
    return _in_force(tables.table("consents").filter(_.company_id.isnull()), as_of, "customer_id")


def company_consents(tables: Tables, as_of: date) -> Table:
    """customer_id, company_id, consent_<channel> of who has said something to that company alone."""
    return _in_force(tables.table("consents").filter(_.company_id.notnull()), as_of, "customer_id", "company_id")


def _in_force(said: Table, as_of: date, *whose: str) -> Table:
    """The latest statement known on the day; of one day's a no wins."""
    said = said.filter(said.on.isnull() | (said.on <= as_of))
    day = ibis.coalesce(days_since_epoch(said.on), ALWAYS)
    # Day and answer as one number: the greatest is the latest, and a refusal is the odd one after the yes.
    said = said.mutate(place=day * 2 + ibis.ifelse(said.given, 0, 1))
    last = {
        name: said.place.max(where=said.channel == channel.value)
        for name, channel in zip(CONSENTS, CHANNELS, strict=True)
    }
    found = said.group_by(*whose).aggregate(**last)
    return found.mutate(**{name: or_false(found[name] % 2 == 0) for name in last})


def addresses(tables: Tables, as_of: date) -> Table:
    """customer_id, address_<channel>: one that nobody has found wrong up to the day."""
    rows = tables.table("addresses")
    usable = rows.filter(rows.invalid_on.isnull() | (rows.invalid_on > as_of))
    kinds = {f"address_{channel}": (usable.kind == _ADDRESS[channel]).any() for channel in CHANNELS}
    return usable.group_by("customer_id").aggregate(**kinds)


def stops(tables: Tables, as_of: date) -> Table:
    """customer_id, stop_<channel>: asked not to be disturbed, here or in a call of the source's history."""
    standing = stopped(tables).filter(_.on <= as_of)
    kinds = {f"stop_{channel}": (standing.channel == channel.value).any() for channel in CHANNELS}
    return standing.group_by("customer_id").aggregate(**kinds)


def stopped(tables: Tables) -> Table:
    """customer_id, channel, on of everybody's wish not to be disturbed."""
    asked = tables.table("stops").select("customer_id", "channel", on="since")
    told = tables.table("interactions").filter(_.outcome == "do_not_call")
    return asked.union(told.filter(told.customer_id.notnull()).select("customer_id", "channel", "on"))


def tired(known: "Known") -> Table:
    """tired_id of customers contacted once in the quiet days or often in the window, the day itself left out.

    Who shares a household with others is tired as soon as all of them together are.
    """
    settings = known.settings
    family = _families(known)
    made = known.table("interactions")
    made = made.filter(
        made.customer_id.notnull(),
        made.direction == "out",
        made.channel.isin([channel.value for channel in CHANNELS]),
        made.on < known.as_of,
        made.on >= known.days_ago(max(settings.contact_window_days, settings.contact_quiet_days)),
    )
    made = made.left_join(family, [("customer_id", "member_id")])
    counts = made.group_by(home=ibis.coalesce(made.family, made.customer_id)).aggregate(
        quiet=(made.on >= known.days_ago(settings.contact_quiet_days)).any(),
        often=(made.on >= known.days_ago(settings.contact_window_days)).sum(),
    )
    homes = counts.filter(counts.quiet | (counts.often >= settings.contact_window_count)).select("home")
    alone = homes.filter(homes.home > 0).select(tired_id="home")
    return alone.union(family.semi_join(homes, [("family", "home")]).select(tired_id="member_id"))


def _families(known: "Known") -> Table:
    """member_id and family of who lives with others on the day; the number is no customer's, as it is below 0."""
    lived = known.table("households")
    there = (lived.since <= known.as_of) & (lived.left_on.isnull() | (lived.left_on > known.as_of))
    return lived.filter(there).select(member_id="customer_id", family=-lived.household_id)


def refusals(table: Table) -> dict[str, BooleanValue]:
    """Return no_consent, no_contact and do_not_disturb; a channel must pass all three.

    Rows have `advertising`, `uses_<channel>` and the columns of `consents`, `addresses` and `stops`.
    """
    willing, reachable, undisturbed = [], [], []
    for channel in CHANNELS:
        asked = table[f"uses_{channel}"] & (~table.advertising | or_false(table[f"consent_{channel}"]))
        willing.append(asked)
        reachable.append(asked & or_false(table[f"address_{channel}"]))
        undisturbed.append(reachable[-1] & ~or_false(table[f"stop_{channel}"]))
    return {
        "no_consent": ~ibis.or_(*willing),
        "no_contact": ~ibis.or_(*reachable),
        "do_not_disturb": ~ibis.or_(*undisturbed),
    }
