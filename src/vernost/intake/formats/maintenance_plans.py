"""What makers ask for: maintenance by months and kilometres."""

from vernost.core.i18n import _
from vernost.intake.formats import kinds
from vernost.intake.rules.file_kind import Column, FileKind, plain, text
from vernost.intake.rules.types import BIGGEST_SMALL, LONGEST_ID, Money, Name, Whole

YEAR = Whole(least=1900, most=2100)
# Maintenance every nought months or kilometres would be due on the day it was done.
MONTHS = Whole(least=1, most=BIGGEST_SMALL)
KM = Whole(least=1)

kinds.add(
    FileKind(
        code="maintenance_plans",
        title=_("Maintenance plans"),
        position=60,
        table="vehicles_maintenanceplan",
        columns=(
            Column("make", Name(longest=LONGEST_ID), required=True),
            Column("model", Name(longest=LONGEST_ID), required=True),
            Column("engine", Name(longest=LONGEST_ID)),
            Column("year_from", YEAR),
            Column("year_to", YEAR),
            Column("interval_months", MONTHS, required=True),
            Column("interval_km", KM, required=True),
            Column("first_months", MONTHS),
            Column("first_km", KM),
            Column("labour_hours", Money(duck="DECIMAL(14,2)", least="0")),
        ),
        key=("make", "model", "engine", "year_from", "year_to"),
        key_sql="""concat_ws(E'\x1f', t.make, t.model, t.engine,
            coalesce(t.year_from::text, ''), coalesce(t.year_to::text, ''))""",
        fields=(
            plain("make"),
            plain("model"),
            text("engine"),
            plain("year_from"),
            plain("year_to"),
            plain("interval_months"),
            plain("interval_km"),
            plain("first_months"),
            plain("first_km"),
            plain("labour_hours"),
        ),
    )
)
