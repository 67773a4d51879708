"""What of this subject belongs to a customer or a vehicle."""

from vernost.core.i18n import _
from vernost.core.references import Reference, of_vehicle, references

references.add(
    Reference("vehicles_ownership", vehicle="vehicle_id", owns=True, on_erase="keep", title=_("Cars that he owned"))
)
references.add(of_vehicle("vehicles_ownership"))
references.add(of_vehicle("vehicles_odometerreading", title=_("Mileages told")))
references.add(of_vehicle("vehicles_vehicleevent", title=_("Events of the cars")))
references.add(
    Reference("vehicles_carrole", vehicle="vehicle_id", once=("vehicle_id", "role"), once_where="{t}.until IS NULL")
)
references.add(of_vehicle("vehicles_carrole"))
references.add(
    Reference(
        "vehicles_vehiclefieldvalue",
        to="vehicle",
        column="vehicle_id",
        on_merge="stays",
        title=_("Fields of the cars"),
    )
)
references.add(
    Reference(
        "vehicles_vehiclefile",
        to="vehicle",
        column="vehicle_id",
        on_merge="stays",
        title=_("Photos and documents of the cars"),
    )
)
