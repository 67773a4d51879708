"""Repair orders and their lines, appointments, bays."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from vernost.accounts.models import Branch, Employee, Imported
from vernost.core.words_field import Words
from vernost.customers.models import AttachedFile, Customer, FieldValue
from vernost.vehicles.models import Vehicle


class OrderKind(models.TextChoices):
    MAINTENANCE = "maintenance"
    REPAIR = "repair"
    BODY = "body"
    WARRANTY = "warranty"
    INTERNAL = "internal"
    PRESALE = "presale"
    TYRES = "tyres"
    ACCESSORIES = "accessories"


class OrderStatus(models.TextChoices):
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class RepairOrder(Imported):
    """One visit's job. Days and times are wall-clock time of the branch.

    `amount` and `cost` are the document's own, None where it has none (then the sum of its lines
    counts). `known_on` is the day of the import that brought it, None for the first import.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, null=True, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="orders", db_index=False)
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, null=True, related_name="orders")
    advisor = models.ForeignKey(Employee, models.PROTECT, null=True, db_index=False)
    opened_on = models.DateField()
    opened_time = models.TimeField(null=True)
    closed_on = models.DateField(null=True)
    closed_time = models.TimeField(null=True)
    mileage_km = models.PositiveIntegerField(null=True)
    kind = models.TextField(choices=OrderKind.choices, default=OrderKind.REPAIR)
    status = models.TextField(choices=OrderStatus.choices)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    cost = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    known_on = models.DateField(null=True)

    class Meta(Imported.Meta):
        constraints = [
            *Imported.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(status=OrderStatus.CLOSED) | Q(closed_on__isnull=False), name="closed_order_has_a_day"
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("opened_on")), name="order_closed_after_opened"
            ),
        ]
        indexes = [
            # With the branch: who may see a customer is answered from the index alone.
            models.Index(fields=["customer", "branch"], name="order_of_customer"),
            models.Index(fields=["opened_on"], name="order_opened_on"),
            models.Index(fields=["closed_on"], name="order_closed_on"),
        ]


class LinePayer(models.TextChoices):
    CUSTOMER = "customer"
    WARRANTY = "warranty"
    INSURER = "insurer"
    INTERNAL = "internal"


class OrderLine(models.Model):
    """A work or a part of an order; `amount` is final, VAT included. `declined`: advised, put off."""

    pk = models.CompositePrimaryKey("order_id", "line_no")
    order = models.ForeignKey(RepairOrder, models.CASCADE, related_name="lines", db_index=False)
    line_no = models.IntegerField()
    kind = models.TextField(blank=True)
    code = models.TextField(blank=True)
    name = Words()
    category = models.TextField(blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    unit_price = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    discount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    cost = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    declined = models.BooleanField(default=False)
    advised_on = models.DateField(null=True)
    payer = models.TextField(blank=True)
    import_hash = models.BigIntegerField(null=True, editable=False)


class Bay(models.Model):
    """A work place of a branch. `skills` are order kinds it takes; empty takes all."""

    branch = models.ForeignKey(Branch, models.CASCADE, related_name="work_bays")
    number = models.PositiveSmallIntegerField()
    name = models.TextField(blank=True)
    skills = models.JSONField(default=list, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["branch_id", "number"]
        constraints = [models.UniqueConstraint(fields=["branch", "number"], name="bay_number_once")]


class AppointmentStatus(models.TextChoices):
    HELD = "held"
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


# What takes a place in the workshop.
OCCUPYING = [AppointmentStatus.HELD, AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED, AppointmentStatus.ARRIVED]


class Appointment(Imported):
    """A booked slot. `starts_on` is the day in the branch's zone. Imported ones may have no bay.

    A `held` one is a slot kept for three minutes (`held_until`) while an operator talks. `kind` is the
    order kind that chose the bay. `request_key` is made by the page that books: one key, one appointment.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, null=True)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="appointments", db_index=False)
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, null=True, related_name="appointments")
    advisor = models.ForeignKey(Employee, models.PROTECT, null=True, db_index=False)
    bay = models.ForeignKey(Bay, models.PROTECT, null=True, related_name="appointments", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    starts_on = models.DateField()
    booked_on = models.DateField(null=True)
    status = models.TextField(choices=AppointmentStatus.choices, default=AppointmentStatus.BOOKED)
    order = models.ForeignKey(RepairOrder, models.SET_NULL, null=True, related_name="appointments")
    labour_hours = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    works = models.JSONField(default=list, blank=True)
    note = models.TextField(blank=True)
    booked_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, db_index=False)
    held_until = models.DateTimeField(null=True)
    kind = models.TextField(blank=True, db_default="")
    request_key = models.UUIDField(null=True, unique=True, editable=False)

    class Meta(Imported.Meta):
        constraints = [
            *Imported.Meta.constraints,
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="appointment_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(bay=None) | Q(ends_at__isnull=False), name="appointment_in_a_bay_has_an_end"
            ),
            ExclusionConstraint(
                name="no_two_appointments_in_a_bay",
                expressions=[
                    (
                        Func(F("bay_id"), F("bay_id"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            F("starts_at"),
                            F("ends_at"),
                            RangeBoundary(),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(bay__isnull=False, status__in=OCCUPYING),
            ),
        ]
        indexes = [
            models.Index(fields=["branch", "starts_on"], name="appointment_day"),
            models.Index(fields=["customer", "branch"], name="appointment_of_customer"),
            models.Index(
                fields=["booked_by"], condition=Q(status=AppointmentStatus.HELD.value), name="appointment_held"
            ),
        ]


class PartOrder(Imported):
    """A part ordered for a customer's car."""

    customer = models.ForeignKey(Customer, models.PROTECT, null=True)
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, null=True)
    order = models.ForeignKey(RepairOrder, models.SET_NULL, null=True)
    name = models.TextField(blank=True)
    ordered_on = models.DateField(null=True)
    promised_on = models.DateField(null=True)
    arrived_on = models.DateField(null=True)


class OrderFieldValue(FieldValue):
    """A value of an administrator's field."""

    order = models.ForeignKey(RepairOrder, models.CASCADE, related_name="field_values", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "field", "place"], name="order_field_value_once")]
        indexes = [models.Index(fields=["field", "key", "order"], name="order_field_value_key")]


class OrderFile(AttachedFile):
    order = models.ForeignKey(RepairOrder, models.CASCADE, related_name="files")
