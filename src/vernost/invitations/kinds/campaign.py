from dataclasses import dataclass, field
from datetime import date

from ibis import date as day
from ibis import literal, null
from ibis.expr.types import Table

from vernost.contacts.rules import MessageClass
from vernost.core.i18n import _
from vernost.invitations.kinds import InvitationKind, due_rows, kinds
from vernost.invitations.rules.expressions import first_that_applies, or_false
from vernost.invitations.rules.known import Known


@kinds.register
class Campaign(InvitationKind):
    code = "campaign"
    title = _("One-off call campaign")
    about = _("A list of customers that a manager has uploaded or filtered, called once")
    message_class = MessageClass.ADVERTISING
    grace_days = 30
    rank = 60
    standing = False
    facts = ("title",)
    reasons = {"campaign": _("Campaign “%(title)s”")}
    left_out = {"scrapped": _("The car is scrapped")}
    absent = _("The customer is not on the campaign's list")

    @dataclass(frozen=True)
    class Params:
        """`audience` is the code of the programme whose members are meant."""

        audience: str = field(default="", metadata={"hidden": True})
        title: str = field(default="", metadata={"hidden": True})
        starts_on: str = field(default="", metadata={"label": _("First day of calls"), "type": "date"})
        ends_on: str = field(default="", metadata={"label": _("Last day of calls"), "type": "date"})

    def due(self, known: Known, params: Params) -> Table:
        members = known.table("members")
        members = members.filter(members.programme == params.audience)
        vehicles = known.table("vehicles")
        scrapped = vehicles.filter(or_false(vehicles.scrapped) | or_false(vehicles.scrapped_on <= known.as_of))
        members = members.left_join(scrapped.select(gone="vehicle_id"), [("vehicle_id", "gone")])
        ends_on = day(date.fromisoformat(params.ends_on)) if params.ends_on else null("date")
        return due_rows(
            members,
            self,
            due_on=day(date.fromisoformat(params.starts_on)),
            expires_on=ends_on,
            anchor=literal(f"campaign:{params.audience}"),
            left_out=first_that_applies([(members.gone.notnull(), "scrapped")]),
            title=literal(params.title),
        )
