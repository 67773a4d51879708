"""Who owns or brings cars: persons and companies, how to reach them, who belongs to them."""

from django.db import models
from django.db.models import F, Q

from vernost.accounts.models import Employee, Imported, User
from vernost.core.words_field import Words


class CustomerKind(models.TextChoices):
    PERSON = "person"
    COMPANY = "company"


class Customer(Imported):
    """A person or a company.

    `blocked` None with a `blocked_on` is blocked from that day; True without a day, on every day;
    False never. `sort_key` is the name in lower case with ё as е. `merged_into`: another card of the same
    customer that everything of this one has gone to; it is in no list any more, its source still writes it.
    `erased_at`: the person was erased on demand. What stays of him is a number that orders and money belong to.
    """

    kind = models.TextField(choices=CustomerKind.choices, default=CustomerKind.PERSON)
    full_name = Words(blank=True)
    last_name = Words(blank=True)
    first_name = Words(blank=True)
    middle_name = Words(blank=True)
    sort_key = Words(blank=True, db_collation="C")
    inn = models.TextField(blank=True)
    birth_date = models.DateField(null=True)
    gender = models.CharField(max_length=1, blank=True)
    city = models.TextField(blank=True)
    address = Words(blank=True)
    timezone = models.TextField(blank=True)
    origin = models.TextField(blank=True)
    category = models.TextField(blank=True)
    created_on = models.DateField(null=True)
    blocked = models.BooleanField(null=True)
    blocked_on = models.DateField(null=True)
    blocked_reason = models.TextField(blank=True)
    advisor = models.ForeignKey(Employee, models.SET_NULL, null=True, db_index=False)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)
    erased_at = models.DateTimeField(null=True)

    class Meta(Imported.Meta):
        indexes = [
            models.Index(fields=["merged_into"], name="customer_merged", condition=Q(merged_into__isnull=False)),
            models.Index(fields=["sort_key", "id"], name="customer_by_name", condition=Q(merged_into=None)),
            models.Index(fields=["id"], name="customer_erased", condition=Q(erased_at__isnull=False)),
        ]

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
    `imported`: a source names it, so the source may take it back. `merge`: it is that of the other card.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses", db_index=False)
    kind = models.TextField(choices=AddressKind.choices)
    value = models.TextField(db_collation="C")
    position = models.PositiveSmallIntegerField(default=0)
    note = models.TextField(blank=True)
    invalid_on = models.DateField(null=True)
    imported = models.BooleanField(default=False, db_default=False)
    merge = models.ForeignKey("CustomerMerge", models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "value"], name="contact_address_once"),
        ]
        indexes = [models.Index(fields=["merge"], name="contact_address_merge", condition=Q(merge__isnull=False))]


class AddressCheck(models.Model):
    """Somebody has made sure that an address is the customer's. `how` is a code of `rules.addresses.WAYS`."""

    address = models.ForeignKey(ContactAddress, models.CASCADE, related_name="checks")
    at = models.DateTimeField()
    actor = models.TextField()
    how = models.SlugField(max_length=20, db_index=False)


class ContactPerson(models.Model):
    """With whom one speaks at a company. `phone` in E.164, `email` in lower case; not any more from `left_on` on."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contact_persons")
    name = Words()
    position = Words(blank=True)
    phone = models.TextField(blank=True, db_collation="C")
    email = models.TextField(blank=True, db_collation="C")
    since = models.DateField()
    left_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=F("since")), name="contact_person_in_order"
            )
        ]


class CustomerNote(models.Model):
    """What somebody wrote of a customer; only added to."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="notes", db_index=False)
    at = models.DateTimeField()
    actor = models.TextField()
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    text = models.TextField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="note_says_something")]
        indexes = [models.Index(fields=["customer", "at"], name="note_of_customer")]


class AdvisorAttachment(models.Model):
    """A customer became an advisor's own after his second visit to him; `before` was his advisor until then."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="attachments", db_index=False)
    advisor = models.ForeignKey(Employee, models.CASCADE, related_name="+", db_index=False)
    before = models.ForeignKey(Employee, models.SET_NULL, null=True, related_name="+", db_index=False)
    on = models.DateField()
    at = models.DateTimeField()
    actor = models.TextField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(blank=True)

    class Meta:
        constraints = [
            # Undone too: whom somebody has given back is not attached to the same advisor again.
            models.UniqueConstraint(fields=["customer", "advisor"], name="attached_to_an_advisor_once"),
        ]


class Household(models.Model):
    """People who live together: the caps of the contact gate count them as one."""

    made_at = models.DateTimeField()
    actor = models.TextField()


class HouseholdMember(models.Model):
    """A customer lived in a household on the days [since, left_on); None: to this day."""

    household = models.ForeignKey(Household, models.CASCADE, related_name="members")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="households", db_index=False)
    since = models.DateField()
    left_on = models.DateField(null=True)
    actor = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(left_on=None), name="one_household_at_a_time"),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=F("since")), name="household_member_in_order"
            ),
        ]
        indexes = [models.Index(fields=["customer", "since"], name="household_of_customer")]
