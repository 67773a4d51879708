"""Parts ordered for customers' cars."""

from vernost.core.i18n import _
from vernost.intake.formats import kinds
from vernost.intake.rules.file_kind import Column, FileKind, linked, plain, text
from vernost.intake.rules.types import LONGEST_ID, Day, Reference, Text

kinds.add(
    FileKind(
        code="part_orders",
        title=_("Ordered parts"),
        position=120,
        table="workshop_partorder",
        columns=(
            Column("id", Text(longest=LONGEST_ID), required=True),
            Column("customer_id", Reference(kind="customers")),
            Column("vehicle_id", Reference(kind="vehicles")),
            Column("order_id", Reference(kind="orders")),
            Column("name", Text()),
            Column("ordered_on", Day()),
            Column("promised_on", Day()),
            Column("arrived_on", Day()),
        ),
        fields=(
            linked("customer_id"),
            linked("vehicle_id"),
            linked("order_id"),
            text("name"),
            plain("ordered_on"),
            plain("promised_on"),
            plain("arrived_on"),
        ),
        bulk=("workshop_partorder",),
    )
)
