"""What of this subject belongs to a customer or a vehicle."""

from vernost.core.i18n import _
from vernost.core.references import Part, Reference, of_vehicle, parts, references

references.add(
    Reference(
        "sales_deal",
        vehicle="vehicle_id",
        imported=True,
        on_erase="keep",
        harmless=("external_id", "status", "kind"),
        title=_("Deals"),
    )
)
references.add(of_vehicle("sales_deal"))
parts.add(Part("sales_dealfieldvalue", "deal_id", "sales_deal", title=_("Fields of the deals")))
