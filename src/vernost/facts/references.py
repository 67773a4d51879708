"""What of this subject belongs to a vehicle."""

from vernost.core.references import Reference, references

references.add(
    Reference(
        "facts_vehiclestate", to="vehicle", column="vehicle_id", on_merge="stays", on_erase="keep", key=("vehicle_id",)
    )
)
