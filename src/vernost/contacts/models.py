"""Every contact with a customer, in or out, by any channel."""

from django.db import models
from django.db.models import Q

from vernost.accounts.models import Employee, Imported, User
from vernost.customers.models import Customer
from vernost.vehicles.models import Vehicle


class Channel(models.TextChoices):
    CALL = "call"
    SMS = "sms"
    EMAIL = "email"
    MESSENGER = "messenger"
    VISIT = "visit"
    WEB = "web"


class Interaction(Imported):
    """One contact. `on` is its day in the zone of the installation (imported) or of the customer's branch.

    `direction` is `in`, `out` or empty (unknown, which counts as neither). An outcome is a code of
    `contacts.rules.OUTCOMES` or the source's own words.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="interactions", db_index=False)
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, null=True, db_index=False)
    at = models.DateTimeField()
    on = models.DateField()
    channel = models.TextField(blank=True)
    direction = models.TextField(blank=True)
    outcome = models.TextField(blank=True)
    employee = models.ForeignKey(Employee, models.SET_NULL, null=True, db_index=False)
    user = models.ForeignKey(User, models.SET_NULL, null=True, db_index=False)
    text = models.TextField(blank=True)

    class Meta(Imported.Meta):
        indexes = [
            models.Index(fields=["customer", "on"], name="interaction_of_customer"),
            models.Index(fields=["vehicle"], name="interaction_of_vehicle", condition=Q(vehicle__isnull=False)),
        ]
