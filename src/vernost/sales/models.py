"""Car deals."""

from django.db import models
from django.db.models import Q

from vernost.accounts.models import Branch, Employee, Imported
from vernost.customers.models import Customer, FieldValue
from vernost.vehicles.models import Vehicle


class DealStatus(models.TextChoices):
    OPEN = "open"
    WON = "won"
    LOST = "lost"


class DealKind(models.TextChoices):
    NEW = "new"
    USED = "used"
    TRADE_IN = "trade_in"


class Deal(Imported):
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, null=True, related_name="deals")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="deals", db_index=False)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, db_index=False)
    manager = models.ForeignKey(Employee, models.PROTECT, null=True, db_index=False)
    opened_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    status = models.TextField(choices=DealStatus.choices)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    cost = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    kind = models.TextField(choices=DealKind.choices, default=DealKind.NEW)

    class Meta(Imported.Meta):
        constraints = [
            *Imported.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(status=DealStatus.WON) | Q(closed_on__isnull=False), name="won_deal_has_a_day"
            ),
        ]
        indexes = [models.Index(fields=["customer", "branch"], name="deal_of_customer")]


class DealFieldValue(FieldValue):
    """A value of an administrator's field."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="field_values", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deal", "field", "place"], name="deal_field_value_once")]
        indexes = [models.Index(fields=["field", "key", "deal"], name="deal_field_value_key")]
