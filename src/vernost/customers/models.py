"""Who owns or brings cars: persons and companies, their addresses, consents, households, search keys."""

from django.db import models
from django.db.models import F, Q

from vernost.accounts.models import Employee, Imported, User


class CustomerKind(models.TextChoices):
    PERSON = "person"
    COMPANY = "company"


class Customer(Imported):
    """A person or a company.

    `blocked` None with a `blocked_on` is blocked from that day; True without a day, on every day;
    False never. `sort_key` is the name in lower case with ё as е. `merged_into`: another card of the same
    customer that everything of this one has gone to; it is in no list any more, its source still writes it.
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
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(Imported.Meta):
        indexes = [models.Index(fields=["merged_into"], name="customer_merged", condition=Q(merged_into__isnull=False))]

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


class ConsentStatement(models.Model):
    """What a customer said on a day about advertising, a yes, a no or nothing for each channel.

    `on` None holds on every day. The latest statement that speaks of a channel is the one in force. `origin`
    is `import`, who wrote it, or `merge:<id>` for what follows from the other card of a merge.
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
    merge = models.ForeignKey("CustomerMerge", models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "channel"], name="channel_stop_once")]


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


class CustomerMerge(models.Model):
    """The card `gone` was merged into `survivor`, two cards of one customer.

    `applied` are the survivor's values that came from the other card, by column, `kept` what stood there before;
    both as JSON holds them. `marks` are the largest ids of each table at that moment: what is above came after.
    `survivor_hash` and `gone_hash` are the import's hashes of the two records for which `applied` was made.
    """

    survivor = models.ForeignKey(Customer, models.PROTECT, related_name="merges")
    gone = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    on = models.DateField()
    actor = models.TextField()
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    score = models.FloatField(null=True)
    applied = models.JSONField(default=dict)
    kept = models.JSONField(default=dict)
    marks = models.JSONField(default=dict)
    survivor_hash = models.BigIntegerField(null=True)
    gone_hash = models.BigIntegerField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gone"], condition=Q(undone_at=None), name="merged_into_one"),
            models.CheckConstraint(condition=~Q(survivor=F("gone")), name="merge_of_two"),
        ]


class MovedRow(models.Model):
    """A row that a merge has moved to the surviving card: `reference` is its code, `row` its key as text."""

    merge = models.ForeignKey(CustomerMerge, models.CASCADE, related_name="moved", db_index=False)
    reference = models.TextField()
    row = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merge", "reference", "row"], name="moved_row_once")]


class PairState(models.TextChoices):
    OPEN = "open"
    MERGED = "merged"
    DIFFERENT = "different"


class DuplicatePair(models.Model):
    """Two cards that may be of one customer; `left` has the smaller id. `score` is the probability of it.

    `agreement` says for each compared thing how well it agrees: a code of `rules.duplicates`.
    `different`: a person has said that they are two, and they are never asked about again.
    """

    left = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    right = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    score = models.FloatField()
    agreement = models.JSONField(default=dict)
    state = models.TextField(choices=PairState.choices, default=PairState.OPEN)
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["left", "right"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=Q(left__lt=F("right")), name="duplicate_pair_in_order"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="duplicate_score_is_a_share"),
        ]
        indexes = [models.Index(fields=["state", "-score", "id"], name="duplicate_pair_to_review")]


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


class ContactPerson(models.Model):
    """With whom one speaks at a company. `phone` in E.164, `email` in lower case; not any more from `left_on` on."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contact_persons")
    name = models.TextField()
    position = models.TextField(blank=True)
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


class AddressCheck(models.Model):
    """Somebody has made sure that an address is the customer's. `how` is a code of `rules.addresses.WAYS`."""

    address = models.ForeignKey(ContactAddress, models.CASCADE, related_name="checks")
    at = models.DateTimeField()
    actor = models.TextField()
    how = models.SlugField(max_length=20, db_index=False)


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
