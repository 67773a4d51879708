"""Answers to the question of recommendation."""

from vernost.core.i18n import _
from vernost.intake.formats import kinds
from vernost.intake.rules.file_kind import Column, Field, FileKind, OldValue, linked, plain, text
from vernost.intake.rules.types import LONGEST_ID, Moment, Reference, Text, Whole

BEST = 10

kinds.add(
    FileKind(
        code="surveys",
        title=_("Surveys"),
        position=140,
        table="care_surveyanswer",
        columns=(
            Column("id", Text(longest=LONGEST_ID), required=True),
            Column("customer_id", Reference(kind="customers")),
            Column("order_id", Reference(kind="orders")),
            Column("answered_at", Moment(), required=True),
            Column("score", Whole(most=BEST), required=True),
            Column("text", Text()),
        ),
        fields=(
            linked("customer_id"),
            linked("order_id"),
            Field("answered_at", "timezone(zone, v_answered_at)", ("answered_at",)),
            Field("answered_on", "v_answered_at::DATE", ("answered_at",)),
            plain("score"),
            text("text"),
        ),
        old_values=(OldValue("answered_at", "t.answered_at AT TIME ZONE %(zone)s"),),
        bulk=("care_surveyanswer",),
    )
)
