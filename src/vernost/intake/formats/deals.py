"""Car deals."""

from vernost.core.i18n import _
from vernost.intake.formats import kinds
from vernost.intake.rules.file_kind import Check, Column, Derived, Field, FileKind, linked, plain
from vernost.intake.rules.reasons import Reason
from vernost.intake.rules.types import LONGEST_ID, Day, Money, OneOf, Reference, Text

STATUSES = ("open", "won", "lost")
KINDS = ("new", "used", "trade_in")

kinds.add(
    FileKind(
        code="deals",
        title=_("Car deals"),
        position=50,
        table="sales_deal",
        columns=(
            Column("id", Text(longest=LONGEST_ID), required=True),
            Column("vehicle_id", Reference(kind="vehicles")),
            Column("customer_id", Reference(kind="customers")),
            Column("branch_id", Reference(kind="branches", makes=True)),
            Column("manager_id", Reference(kind="employees", makes=True)),
            Column("opened_on", Day()),
            Column("closed_on", Day()),
            Column("status", OneOf(codes=STATUSES, vocabulary="deal_status")),
            Column("amount", Money()),
            Column("cost", Money()),
            Column("kind", OneOf(codes=KINDS, vocabulary="deal_kind")),
        ),
        derived=(Derived("status", "coalesce(v_status, CASE WHEN v_closed_on IS NULL THEN 'open' ELSE 'won' END)"),),
        checks=(Check("closed_on", "d_status = 'won' AND v_closed_on IS NULL", Reason.WON_WITHOUT_DAY),),
        fields=(
            linked("vehicle_id"),
            linked("customer_id"),
            linked("branch_id"),
            linked("manager_id"),
            plain("opened_on"),
            plain("closed_on"),
            Field("status", "d_status", ("status", "closed_on")),
            plain("amount"),
            plain("cost"),
            plain("kind", empty="'new'"),
        ),
        branch="branch_id",
        bulk=("sales_deal",),
    )
)
