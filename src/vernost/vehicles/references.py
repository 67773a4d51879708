"""What of this subject belongs to a customer or a vehicle."""

from vernost.core.references import Reference, of_vehicle, references

references.add(Reference("vehicles_ownership", vehicle="vehicle_id", owns=True))
for _table in ("vehicles_ownership", "vehicles_odometerreading", "vehicles_vehicleevent"):
    references.add(of_vehicle(_table))
references.add(
    Reference("vehicles_carrole", vehicle="vehicle_id", once=("vehicle_id", "role"), once_where="{t}.until IS NULL")
)
references.add(of_vehicle("vehicles_carrole"))
