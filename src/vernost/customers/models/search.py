"""By what a customer is found."""

from django.db import models

from vernost.customers.models.cards import Customer


class SearchKind(models.IntegerChoices):
    PHONE = 1
    PLATE = 2
    VIN = 3
    NAME = 4
    EMAIL = 5


class CustomerSearchKey(models.Model):
    """A key that finds a customer by its beginning, with operators that keep their index under row-level security.

    A phone is kept by its last ten digits, a VIN as it is, and both reversed (prefixed with `~`), so that
    any beginning or end finds them; a plate folded to Cyrillic; a name from each of its words on; an e-mail.
    Ids of customers and orders are searched in their own tables.
    """

    pk = models.CompositePrimaryKey("kind", "key", "customer_id")
    kind = models.SmallIntegerField(choices=SearchKind.choices)
    key = models.TextField(db_collation="C")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_constraint=False)
