"""What of this subject belongs to a customer or a vehicle."""

from vernost.core.i18n import _
from vernost.core.references import SOURCE_KEY, Reference, of_vehicle, references

references.add(
    Reference(
        "contacts_interaction",
        vehicle="vehicle_id",
        imported=True,
        on_erase="keep",
        blank=("text", *SOURCE_KEY),
        file="interactions",
        harmless=("channel", "direction", "outcome"),
        title=_("Calls, messages and visits"),
    )
)
references.add(of_vehicle("contacts_interaction"))
