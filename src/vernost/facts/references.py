"""What of this subject belongs to a vehicle."""

from vernost.core.references import Reference, references

references.add(
    Reference("facts_vehiclestate", to="vehicle", column="vehicle_id", on_merge="stays", key=("vehicle_id",))
)
