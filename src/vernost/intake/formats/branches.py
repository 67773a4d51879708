"""Dealerships and workshops, with their hours and bays."""

from vernost.core.i18n import _
from vernost.intake.formats import kinds
from vernost.intake.rules.file_kind import Column, FileKind, Merge, plain, text
from vernost.intake.rules.types import LONGEST_ID, Clock, Flag, Name, Text, Whole, Zone

MOST_BAYS = 500

kinds.add(
    FileKind(
        code="branches",
        title=_("Branches"),
        position=10,
        table="accounts_branch",
        columns=(
            Column("id", Text(longest=LONGEST_ID), required=True),
            Column("name", Name(), required=True),
            Column("timezone", Zone()),
            Column("brands", Name()),
            Column("address", Name()),
            Column("phone", Name()),
            Column("bays", Whole(most=MOST_BAYS)),
            Column("open_at", Clock()),
            Column("close_at", Clock()),
            Column("vat", Flag()),
        ),
        fields=(
            plain("name"),
            plain("timezone", empty="$zone"),
            text("brands"),
            text("address"),
            text("phone"),
            plain("bays"),
            plain("open_at"),
            plain("close_at"),
            plain("vat", empty="true"),
        ),
        merges=(
            Merge(
                "incoming_bays",
                (("branch_id", "bigint"), ("bays", "integer")),
                """SELECT pk, coalesce(v_bays, 0) FROM fresh
                    WHERE v_bays IS NOT NULL OR (verdict = 'changed' AND $has_bays)""",
                (
                    """INSERT INTO workshop_bay (branch_id, number, name, skills, active)
                       SELECT branch_id, number, '', '[]', true
                         FROM incoming_bays, generate_series(1, bays) AS number
                           ON CONFLICT (branch_id, number) DO UPDATE SET active = true WHERE NOT workshop_bay.active""",
                    # A bay that has seen appointments is put out of use, not deleted.
                    """UPDATE workshop_bay SET active = false
                         FROM incoming_bays i
                        WHERE workshop_bay.branch_id = i.branch_id AND number > i.bays AND active""",
                ),
            ),
        ),
    )
)
