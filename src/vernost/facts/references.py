"""What of this subject belongs to a vehicle."""

from vernost.core.references import of_vehicle, references

references.add(of_vehicle("facts_vehiclestate"))
