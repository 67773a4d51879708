"""Cars, who owns them, what their makers ask of them."""

from django.db import models
from django.db.models import F, Q

from vernost.accounts.models import Branch, Imported
from vernost.customers.models import AttachedFile, Customer, FieldValue


class Vehicle(Imported):
    """A car. `vin` in upper case with look-alikes folded, `plate` folded to Cyrillic letters."""

    vin = models.TextField(blank=True, db_collation="C")
    plate = models.TextField(blank=True, db_collation="C")
    make = models.TextField()
    model = models.TextField()
    engine = models.TextField(blank=True)
    gearbox = models.TextField(blank=True)
    year = models.PositiveSmallIntegerField(null=True)
    sold_on = models.DateField(null=True)
    sold_by_us = models.BooleanField(default=False)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, db_index=False)
    warranty_until = models.DateField(null=True)
    warranty_km = models.PositiveIntegerField(null=True)
    scrapped = models.BooleanField(default=False)

    class Meta(Imported.Meta):
        indexes = [
            models.Index(fields=["vin"], name="vehicle_vin", condition=~Q(vin="")),
            models.Index(fields=["plate", "id"], name="vehicle_plate"),
        ]

    def __str__(self) -> str:
        return f"{self.make} {self.model}"


class Ownership(models.Model):
    """A customer owned the vehicle on the days [owned_from, owned_until); None is without a border."""

    vehicle = models.ForeignKey(Vehicle, models.CASCADE, related_name="ownerships", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="ownerships")
    owned_from = models.DateField(null=True)
    owned_until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vehicle"], condition=Q(owned_until=None), name="one_current_owner"),
            models.UniqueConstraint(
                fields=["vehicle", "owned_from"], name="ownership_start_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(owned_from=None) | Q(owned_until=None) | Q(owned_from__lte=F("owned_until")),
                name="ownership_in_order",
            ),
        ]


class CarRoleKind(models.TextChoices):
    DRIVER = "driver"
    PAYER = "payer"


class CarRole(models.Model):
    """A customer drove the car of another, or paid for it, on the days [since, until); None is without a border."""

    vehicle = models.ForeignKey(Vehicle, models.CASCADE, related_name="roles")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="car_roles")
    role = models.TextField(choices=CarRoleKind.choices)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    actor = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vehicle", "customer", "role"], condition=Q(until=None), name="car_role_stands_once"
            ),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(since__lte=F("until")), name="car_role_in_order"
            ),
        ]


class OdometerReading(models.Model):
    """A reading told outside an order: on the phone, at the reception. Readings of orders stay in the orders."""

    vehicle = models.ForeignKey(Vehicle, models.CASCADE, related_name="readings", db_index=False)
    on = models.DateField()
    km = models.PositiveIntegerField()
    origin = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vehicle", "on", "km"], name="odometer_reading_once")]


class MaintenancePlan(models.Model):
    """A maker's interval. Empty engine or years are open borders. `import_hash` as in `Imported`."""

    source = models.ForeignKey("accounts.Source", models.PROTECT, db_index=False)
    make = models.TextField()
    model = models.TextField()
    engine = models.TextField(blank=True)
    year_from = models.PositiveSmallIntegerField(null=True)
    year_to = models.PositiveSmallIntegerField(null=True)
    interval_months = models.PositiveSmallIntegerField()
    interval_km = models.PositiveIntegerField()
    first_months = models.PositiveSmallIntegerField(null=True)
    first_km = models.PositiveIntegerField(null=True)
    labour_hours = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    import_hash = models.BigIntegerField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "make", "model", "engine", "year_from", "year_to"],
                name="maintenance_plan_once",
                nulls_distinct=False,
            ),
        ]


class RecallEntry(models.Model):
    """One VIN of a maker's recall. The VIN need not be of a known vehicle."""

    source = models.ForeignKey("accounts.Source", models.PROTECT, db_index=False)
    code = models.TextField(db_collation="C")
    vin = models.TextField(db_collation="C")
    title = models.TextField(blank=True)
    starts_on = models.DateField()
    closes_on = models.DateField(null=True)
    done_on = models.DateField(null=True)
    import_hash = models.BigIntegerField(null=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "code", "vin"], name="recall_entry_once")]
        indexes = [models.Index(fields=["vin"], name="recall_entry_vin")]


class VehicleEventKind(models.TextChoices):
    SERVICE_BOOK_STORED = "service_book_stored"
    SERVICE_BOOK_RETURNED = "service_book_returned"
    VALUATION_ASKED = "valuation_asked"
    SCRAPPED = "scrapped"
    CAR_SOLD = "car_sold"


class VehicleEvent(Imported):
    vehicle = models.ForeignKey(Vehicle, models.CASCADE, related_name="events")
    on = models.DateField()
    kind = models.TextField(choices=VehicleEventKind.choices)


class VehicleFieldValue(FieldValue):
    """A value of an administrator's field."""

    vehicle = models.ForeignKey(Vehicle, models.CASCADE, related_name="field_values", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vehicle", "field", "place"], name="vehicle_field_value_once")]
        indexes = [models.Index(fields=["field", "key", "vehicle"], name="vehicle_field_value_key")]


class VehicleFile(AttachedFile):
    vehicle = models.ForeignKey(Vehicle, models.CASCADE, related_name="files")
