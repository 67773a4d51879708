"""What the mirror needs from the database, and the narrow results that it writes back."""

from django.db import models

from vernost.vehicles.models import Vehicle


class FactChange(models.Model):
    """A touched row of a mirrored table: filled by statement triggers, drained by each refresh."""

    table = models.TextField()
    row_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["table", "id"], name="fact_change_table")]


class VehicleState(models.Model):
    """The odometer's conclusions for pages: one narrow row a vehicle, rewritten only where it differs.

    Rate in whole metres a day. Days are those of the mirror's as-of date `as_of`.
    """

    vehicle = models.OneToOneField(Vehicle, models.CASCADE, primary_key=True, related_name="state")
    as_of = models.DateField()
    last_reading_on = models.DateField(null=True)
    last_reading_km = models.IntegerField(null=True)
    rate_m_per_day = models.IntegerField()
    last_visit_on = models.DateField(null=True)
    last_maintenance_on = models.DateField(null=True)
    service_due_on = models.DateField(null=True)
    service_due_from = models.DateField(null=True)
    service_due_to = models.DateField(null=True)
