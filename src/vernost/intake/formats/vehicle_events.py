"""What happened to a car outside the workshop."""

from vernost.core.i18n import _
from vernost.intake.formats import kinds
from vernost.intake.rules.file_kind import Column, FileKind, linked, plain
from vernost.intake.rules.types import LONGEST_ID, Day, OneOf, Reference, Text

EVENTS = ("service_book_stored", "service_book_returned", "valuation_asked", "scrapped")

kinds.add(
    FileKind(
        code="vehicle_events",
        title=_("Events of vehicles"),
        position=110,
        table="vehicles_vehicleevent",
        columns=(
            Column("id", Text(longest=LONGEST_ID), required=True),
            Column("vehicle_id", Reference(kind="vehicles"), required=True),
            Column("on", Day(), required=True),
            Column("kind", OneOf(codes=EVENTS, vocabulary="vehicle_event"), required=True),
        ),
        fields=(linked("vehicle_id"), plain("on"), plain("kind")),
        bulk=("vehicles_vehicleevent",),
    )
)
