"""Answers to the question of recommendation."""

from vernost.core.i18n import _
from vernost.intake.formats import kinds
from vernost.intake.rules.file_kind import Column, Field, FileKind, Merge, OldValue, linked, plain, text
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
        merges=(
            Merge(
                "incoming_answer",
                (("survey_id", "bigint"), ("order_id", "bigint")),
                "SELECT pk, fk_order_id FROM fresh WHERE fk_customer_id IS NULL AND fk_order_id IS NOT NULL",
                (
                    # An answer that names nobody is that of the order's customer.
                    """UPDATE care_surveyanswer s SET customer_id = o.customer_id
                         FROM incoming_answer i JOIN workshop_repairorder o ON o.id = i.order_id
                        WHERE s.id = i.survey_id AND s.customer_id IS NULL AND o.customer_id IS NOT NULL""",
                ),
            ),
        ),
        old_values=(OldValue("answered_at", "t.answered_at AT TIME ZONE %(zone)s"),),
        bulk=("care_surveyanswer",),
    )
)
