from ibis import date as day
from ibis import ifelse, literal
from ibis.expr.types import Table

from vernost.contacts.rules import MessageClass
from vernost.core.i18n import _
from vernost.invitations.kinds import InvitationKind, NoParams, due_rows, kinds
from vernost.invitations.rules.expressions import NEVER, anchor, first_that_applies, or_false
from vernost.invitations.rules.known import Known
from vernost.invitations.rules.states import Suppression


@kinds.register
class Recall(InvitationKind):
    code = "recall"
    title = _("Recall of the maker")
    about = _("The maker calls the car in; nothing but the customer's own wish holds the call back")
    message_class = MessageClass.RECALL
    rank = 10
    exempt = frozenset(
        {
            Suppression.VISITED_RECENTLY,
            Suppression.CONTACTED_RECENTLY,
            Suppression.OVER_CAPACITY,
            Suppression.HELD_OUT,
        }
    )
    facts = ("code", "title")
    reasons = {
        "recall": _("Recall %(code)s: %(title)s"),
        "recall_untitled": _("Recall %(code)s"),
    }
    left_out = {"recall_done": _("The recall is marked as done for this car")}
    absent = _("The car is in no recall")

    def due(self, known: Known, params: NoParams) -> Table:  # noqa: ARG002 - nothing to set
        entries = known.table("recalls")
        entries = entries.filter(entries.vin != "")
        # The same recall may come from two sources: done in one is done, open in one is open.
        entries = entries.group_by("vin", "code").aggregate(
            title=entries.title.max(),
            starts_on=entries.starts_on.min(),
            open_end=entries.closes_on.isnull().any(),
            last_close=entries.closes_on.max(),
            done=or_false(entries.done_on <= known.as_of).any(),
        )
        cars = known.pairs.select("vehicle_id", "customer_id", "vin").join(entries, "vin")
        untitled = (cars.title == "") | cars.title.isnull()
        return due_rows(
            cars,
            self,
            due_on=cars.starts_on,
            expires_on=ifelse(cars.open_end, day(NEVER), cars.last_close),
            anchor=anchor(literal("recall:"), cars.code),
            reason_code=ifelse(untitled, "recall_untitled", "recall"),
            left_out=first_that_applies([(cars.done, "recall_done")]),
        )
