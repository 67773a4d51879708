"""What of this subject belongs to a customer or a vehicle."""

from vernost.core.references import Reference, of_vehicle, references

for _table in ("workshop_repairorder", "workshop_appointment", "workshop_partorder"):
    references.add(Reference(_table, vehicle="vehicle_id", imported=True))
    references.add(of_vehicle(_table))
