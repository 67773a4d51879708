"""What of this subject belongs to a customer or a vehicle."""

from vernost.core.references import Reference, of_vehicle, references

references.add(Reference("sales_deal", vehicle="vehicle_id", imported=True))
references.add(of_vehicle("sales_deal"))
