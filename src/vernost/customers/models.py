"""Who owns or brings cars: persons and companies, their addresses, consents, search keys."""

from django.db import models

from vernost.accounts.models import Employee, Imported


class CustomerKind(models.TextChoices):
    PERSON = "person"
    COMPANY = "company"


class Customer(Imported):
    """A person or a company.

    `blocked` None with a `blocked_on` is blocked from that day; True without a day, on every day;
    False never. `sort_key` is the name in lower case with ё as е.
    """

    kind = models.TextField(choices=CustomerKind.choices, default=CustomerKind.PERSON)
    full_name = models.TextField(blank=True)
    last_name = models.TextField(blank=True)
    first_name = models.TextField(blank=True)
    middle_name = models.TextField(blank=True)
    sort_key = models.TextField(blank=True, db_collation="C")
    inn = models.TextField(blank=True)
    birth_date = models.DateField(null=True)
    gender = models.CharField(max_length=1, blank=True)
    city = models.TextField(blank=True)
    address = models.TextField(blank=True)
    timezone = models.TextField(blank=True)
    origin = models.TextField(blank=True)
    category = models.TextField(blank=True)
    created_on = models.DateField(null=True)
    blocked = models.BooleanField(null=True)
    blocked_on = models.DateField(null=True)
    blocked_reason = models.TextField(blank=True)
    advisor = models.ForeignKey(Employee, models.SET_NULL, null=True, db_index=False)

    def __str__(self) -> str:
        return self.full_name


class AddressKind(models.TextChoices):
    PHONE = "phone"
    EMAIL = "email"
    MESSENGER = "messenger"
    NOTE = "note"


class ContactAddress(models.Model):
    """A phone (E.164), an e-mail (lower case) or a messenger name of a customer, in order of use.

    A `note` is what an import found in the place of an address: nobody can be reached by it.
    `invalid_on` is the day on which a call found it wrong. `note` keeps the words around it.
    `imported`: a source names it, so the source may take it back.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses", db_index=False)
    kind = models.TextField(choices=AddressKind.choices)
    value = models.TextField(db_collation="C")
    position = models.PositiveSmallIntegerField(default=0)
    note = models.TextField(blank=True)
    invalid_on = models.DateField(null=True)
    imported = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "value"], name="contact_address_once"),
        ]


class ConsentStatement(models.Model):
    """What a customer said on a day about advertising, a yes, a no or nothing for each channel.

    `on` None holds on every day. The latest statement that speaks of a channel is the one in force.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="consents")
    on = models.DateField(null=True)
    calls = models.BooleanField(null=True)
    sms = models.BooleanField(null=True)
    email = models.BooleanField(null=True)
    messenger = models.BooleanField(null=True)
    origin = models.TextField(default="import")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "on", "origin"], name="consent_statement_once", nulls_distinct=False
            ),
        ]


class ChannelStop(models.Model):
    """Do not disturb: the customer asked not to be contacted by a channel, for every class of message."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="stops", db_index=False)
    channel = models.TextField()
    since = models.DateField()
    note = models.TextField(blank=True)
    imported = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "channel"], name="channel_stop_once")]


class SearchKind(models.IntegerChoices):
    PHONE = 1
    PLATE = 2
    VIN = 3
    NAME = 4


class CustomerSearchKey(models.Model):
    """A key that finds a customer by its beginning, with operators that keep their index under row-level security.

    A phone is kept by its last ten digits, a VIN as it is, and both reversed (prefixed with `~`), so that
    any beginning or end finds them; a plate folded to Cyrillic; a name from each of its words on.
    Ids of customers and orders are searched in their own tables.
    """

    pk = models.CompositePrimaryKey("kind", "key", "customer_id")
    kind = models.SmallIntegerField(choices=SearchKind.choices)
    key = models.TextField(db_collation="C")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_constraint=False)
