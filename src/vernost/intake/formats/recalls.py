"""Recalls: a row for each VIN, whether we know the car or not."""

from vernost.core.i18n import _
from vernost.intake.formats import kinds
from vernost.intake.rules.file_kind import Column, FileKind, plain, text
from vernost.intake.rules.types import LONGEST_ID, Day, Folded, Name, Text

kinds.add(
    FileKind(
        code="recalls",
        title=_("Recalls"),
        position=70,
        table="vehicles_recallentry",
        columns=(
            Column("code", Text(longest=LONGEST_ID), required=True),
            Column("vin", Folded(macro="vin_of"), required=True),
            Column("title", Name()),
            Column("starts_on", Day(), required=True),
            Column("closes_on", Day()),
            Column("done_on", Day()),
        ),
        key=("code", "vin"),
        key_sql="concat_ws(E'\\x1f', t.code, t.vin)",
        fields=(
            plain("code"),
            plain("vin"),
            text("title"),
            plain("starts_on"),
            plain("closes_on"),
            plain("done_on"),
        ),
        bulk=("vehicles_recallentry",),
    )
)
