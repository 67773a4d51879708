"""What of this subject belongs to a customer or a vehicle."""

from vernost.core.i18n import _
from vernost.core.references import Part, Reference, of_vehicle, parts, references

for _table, _blank, _harmless, _title in (
    ("workshop_repairorder", (), ("external_id", "kind", "status"), _("Repair orders")),
    ("workshop_appointment", ("note",), ("external_id", "status", "works", "kind"), _("Appointments")),
    ("workshop_partorder", (), ("external_id", "name"), _("Ordered parts")),
):
    references.add(
        Reference(
            _table,
            vehicle="vehicle_id",
            imported=True,
            on_erase="keep",
            blank=_blank,
            harmless=_harmless,
            title=_title,
        )
    )
    references.add(of_vehicle(_table))
parts.add(
    Part(
        "workshop_orderline",
        "order_id",
        "workshop_repairorder",
        on_erase="keep",
        harmless=("kind", "code", "name", "category", "payer"),
        title=_("Lines of the orders"),
    )
)
parts.add(Part("workshop_orderfile", "order_id", "workshop_repairorder", title=_("Photos and documents of the orders")))
parts.add(Part("workshop_orderfieldvalue", "order_id", "workshop_repairorder", title=_("Fields of the orders")))
