"""Booked slots of the workshop."""

from vernost.core.i18n import _
from vernost.intake.formats import kinds
from vernost.intake.rules.file_kind import Check, Column, Field, FileKind, OldValue, linked, plain
from vernost.intake.rules.reasons import Reason
from vernost.intake.rules.types import LONGEST_ID, Day, Moment, OneOf, Reference, Text

STATUSES = ("booked", "confirmed", "arrived", "no_show", "cancelled")

kinds.add(
    FileKind(
        code="appointments",
        title=_("Appointments"),
        position=100,
        table="workshop_appointment",
        columns=(
            Column("id", Text(longest=LONGEST_ID), required=True),
            Column("branch_id", Reference(kind="branches", makes=True)),
            Column("customer_id", Reference(kind="customers")),
            Column("vehicle_id", Reference(kind="vehicles")),
            Column("advisor_id", Reference(kind="employees", makes=True)),
            Column("starts_at", Moment(), required=True),
            Column("ends_at", Moment()),
            Column("booked_on", Day()),
            Column("status", OneOf(codes=STATUSES, vocabulary="appointment_status")),
            Column("order_id", Reference(kind="orders")),
        ),
        checks=(Check("ends_at", "v_ends_at <= v_starts_at", Reason.ENDS_BEFORE_START),),
        fields=(
            linked("branch_id"),
            linked("customer_id"),
            linked("vehicle_id"),
            linked("advisor_id"),
            Field("starts_at", "timezone(zone, v_starts_at)", ("starts_at", "branch_id")),
            Field("ends_at", "timezone(zone, v_ends_at)", ("ends_at", "branch_id")),
            Field("starts_on", "v_starts_at::DATE", ("starts_at",)),
            plain("booked_on"),
            plain("status", empty="'booked'"),
            linked("order_id"),
            Field("works", "'[]'", once=True),
            Field("note", "''", once=True),
        ),
        old_values=(
            OldValue(
                "starts_at",
                """(SELECT t.starts_at AT TIME ZONE coalesce(b.timezone, %(zone)s)
                      FROM (SELECT 1) one LEFT JOIN accounts_branch b ON b.id = t.branch_id)""",
            ),
            OldValue(
                "ends_at",
                """(SELECT t.ends_at AT TIME ZONE coalesce(b.timezone, %(zone)s)
                      FROM (SELECT 1) one LEFT JOIN accounts_branch b ON b.id = t.branch_id)""",
            ),
        ),
        branch="branch_id",
        bulk=("workshop_appointment",),
    )
)
