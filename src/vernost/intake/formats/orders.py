"""Repair orders."""

from vernost.core.i18n import _
from vernost.intake.formats import kinds
from vernost.intake.rules.file_kind import Check, Column, Derived, Field, FileKind, OldValue, linked, plain
from vernost.intake.rules.reasons import Reason
from vernost.intake.rules.types import LONGEST_ID, Moment, Money, OneOf, Reference, Text, Whole

KINDS = ("maintenance", "repair", "body", "warranty", "internal", "presale", "tyres", "accessories")
STATUSES = ("open", "closed", "cancelled")

kinds.add(
    FileKind(
        code="orders",
        title=_("Repair orders"),
        position=80,
        table="workshop_repairorder",
        columns=(
            Column("id", Text(longest=LONGEST_ID), required=True),
            Column("branch_id", Reference(kind="branches", makes=True)),
            Column("customer_id", Reference(kind="customers")),
            Column("vehicle_id", Reference(kind="vehicles")),
            Column("advisor_id", Reference(kind="employees", makes=True)),
            Column("opened_at", Moment(), required=True),
            Column("closed_at", Moment()),
            Column("mileage_km", Whole()),
            Column("kind", OneOf(codes=KINDS, vocabulary="order_kind")),
            Column("status", OneOf(codes=STATUSES, vocabulary="order_status")),
            Column("amount", Money()),
            Column("cost", Money()),
        ),
        derived=(
            Derived("status", "coalesce(v_status, CASE WHEN v_closed_at IS NULL THEN 'open' ELSE 'closed' END)"),
            # An order that is open or cancelled has not been closed, whatever its column says.
            Derived("closed_at", "CASE WHEN d_status = 'closed' THEN v_closed_at END"),
        ),
        checks=(
            Check("closed_at", "d_status = 'closed' AND v_closed_at IS NULL", Reason.CLOSED_WITHOUT_DAY),
            Check(
                "closed_at",
                """d_closed_at < v_opened_at AND (d_closed_at::DATE < v_opened_at::DATE
                    OR (v_closed_at_timed AND v_opened_at_timed))""",
                Reason.CLOSED_BEFORE_OPENED,
            ),
        ),
        fields=(
            linked("branch_id"),
            linked("customer_id"),
            linked("vehicle_id"),
            linked("advisor_id"),
            Field("opened_on", "v_opened_at::DATE", ("opened_at",)),
            Field("opened_time", "CASE WHEN v_opened_at_timed THEN v_opened_at::TIME END", ("opened_at",)),
            Field("closed_on", "d_closed_at::DATE", ("closed_at", "status")),
            Field("closed_time", "CASE WHEN v_closed_at_timed THEN d_closed_at::TIME END", ("closed_at", "status")),
            plain("mileage_km"),
            plain("kind", empty="'repair'"),
            Field("status", "d_status", ("status", "closed_at")),
            plain("amount"),
            plain("cost"),
            Field("known_on", "$known_on", once=True),
        ),
        old_values=(
            OldValue("opened_at", "concat_ws(' ', t.opened_on, t.opened_time)"),
            OldValue("closed_at", "nullif(concat_ws(' ', t.closed_on, t.closed_time), '')"),
        ),
        branch="branch_id",
        bulk=("workshop_repairorder",),
    )
)
