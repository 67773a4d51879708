"""Who owns or brings cars: persons and companies, their addresses, consents, households, search keys."""

from django.db import models
from django.db.models import F, Q

from vernost.accounts.models import Employee, Imported, LegalEntity, User


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
    erased_at = models.DateTimeField(null=True)

    class Meta(Imported.Meta):
        indexes = [
            models.Index(fields=["merged_into"], name="customer_merged", condition=Q(merged_into__isnull=False)),
            models.Index(fields=["sort_key", "id"], name="customer_by_name", condition=Q(merged_into=None)),
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


class ConsentText(models.Model):
    """A version of the words that people consent to, for some purposes and channels (`rules.consents`).

    Versions of one text share its `code`. Words that somebody has consented to are never changed again: a new
    version takes their place from its day on.
    """

    code = models.SlugField(max_length=40, db_index=False)
    version = models.PositiveSmallIntegerField()
    title = models.TextField()
    body = models.TextField()
    purposes = models.JSONField(default=list)
    channels = models.JSONField(default=list)
    legal_entity = models.ForeignKey(LegalEntity, models.PROTECT, null=True, related_name="+", db_index=False)
    from_on = models.DateField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["code", "-version"]
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="consent_text_version_once")]

    def __str__(self) -> str:
        return f"{self.title} · {self.version}"


class ConsentEntry(models.Model):
    """A line of the ledger of consents: what a customer said once, of one purpose. Only added to.

    A yes, a no or nothing for each channel, or `whole` where the purpose has no channels. `on` is the day from
    which it holds, None on every day. `way` is how it was said, `evidence` and `reference` prove it: `reference`
    names a call or a document. The customer stays the one whose card it was said to, through merges.
    The database refuses to change or remove a line, but those of a person who is erased.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="ledger")
    purpose = models.TextField()
    calls = models.BooleanField(null=True)
    sms = models.BooleanField(null=True)
    email = models.BooleanField(null=True)
    messenger = models.BooleanField(null=True)
    whole = models.BooleanField(null=True)
    on = models.DateField(null=True)
    way = models.TextField()
    evidence = models.TextField(blank=True)
    reference = models.TextField(blank=True)
    text = models.ForeignKey(ConsentText, models.PROTECT, null=True, related_name="entries", db_index=False)
    legal_entity = models.ForeignKey(LegalEntity, models.PROTECT, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()
    actor = models.TextField()
    user = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+", db_index=False)
    salt = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(calls__isnull=False)
                | Q(sms__isnull=False)
                | Q(email__isnull=False)
                | Q(messenger__isnull=False)
                | Q(whole__isnull=False),
                name="consent_entry_says_something",
            ),
        ]


class ImportedConsent(Imported):
    """A consent as a file of another system says it, on its way into the ledger.

    `channel` empty: all. `text` is the code or the name of the words, `company` the name or INN of whom they name.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    purpose = models.TextField()
    channel = models.TextField(blank=True)
    given = models.BooleanField()
    on = models.DateField()
    way = models.TextField()
    evidence = models.TextField(blank=True)
    reference = models.TextField(blank=True)
    text = models.TextField(blank=True)
    company = models.TextField(blank=True)


class ConsentSeal(models.Model):
    """A link of the hash chain over the ledger (`core.chain`); `number` has no holes. Only added to."""

    number = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    digest = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()


class UnsealedEntry(models.Model):
    """A line of the ledger that waits for its seal; put here by the database itself."""

    entry_id = models.BigIntegerField(primary_key=True)


class ErasedEntry(models.Model):
    """A line of the ledger that went with its person; put here by the database itself, as it lets the line go."""

    entry_id = models.BigIntegerField(primary_key=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_index=False)
    erased_at = models.DateTimeField()


class ConsentStatement(models.Model):
    """What is in force of the ledger about advertising, ready for the contact gate and the night.

    A yes, a no or nothing for each channel of a day; `on` None holds on every day. The latest statement that
    speaks of a channel is the one in force. `origin` is `import`, the way in which it was said, `refusal` where
    an import does not count against what the customer said himself, or `merge:<id>` for what follows from the
    other card of a merge. What was said to one company of the group has its number in the origin too (`paper@3`).
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="consents")
    on = models.DateField(null=True)
    calls = models.BooleanField(null=True)
    sms = models.BooleanField(null=True)
    email = models.BooleanField(null=True)
    messenger = models.BooleanField(null=True)
    origin = models.TextField(default="import")
    legal_entity = models.ForeignKey(LegalEntity, models.PROTECT, null=True, related_name="+", db_index=False)

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


class Directory(models.Model):
    """A list that an administrator keeps: what a field's value is one of."""

    code = models.SlugField(max_length=40, unique=True)
    title = models.TextField()
    archived_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.title


class DirectoryValue(models.Model):
    """`archived_at`: no new record gets it. `merged_into`: the value that stands in its place everywhere."""

    directory = models.ForeignKey(Directory, models.CASCADE, related_name="values", db_index=False)
    code = models.SlugField(max_length=40, db_index=False)
    title = models.TextField()
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["directory", "code"], name="directory_value_once")]

    def __str__(self) -> str:
        return self.title


class CustomField(models.Model):
    """A field that an administrator has added: `rules.fields.Definition` tells of it.

    `target` is a code of `core.custom_fields`. `code` is made once and stays; an archived one keeps its values.
    """

    target = models.SlugField(max_length=20, db_index=False)
    code = models.SlugField(max_length=40, db_index=False)
    title = models.TextField()
    hint = models.TextField(blank=True)
    unit = models.TextField(blank=True)
    kind = models.SlugField(max_length=20, db_index=False)
    least = models.BigIntegerField(null=True)
    most = models.BigIntegerField(null=True)
    directory = models.ForeignKey(Directory, models.PROTECT, null=True, related_name="fields")
    roles = models.JSONField(default=list)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["target", "code"], name="custom_field_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["choice", "choices"], directory__isnull=False)
                | ~Q(kind__in=["choice", "choices"]) & Q(directory=None),
                name="custom_field_of_a_directory",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class FieldValue(models.Model):
    """A value of a field on one record, as `rules.fields` writes it; of several values a row each, by `place`.

    `key` is what lists sort and find it by. `at` and `actor`: who put it in. A subject's table adds the record
    as a foreign key without an index of its own, is unique by (record, field, place) and found by (field, key, record).
    """

    field = models.ForeignKey(CustomField, models.PROTECT, related_name="+", db_index=False)
    place = models.PositiveSmallIntegerField(default=0)
    value = models.TextField()
    key = models.TextField(db_collation="C")
    at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        abstract = True


class CustomerFieldValue(FieldValue):
    """A value of an administrator's field."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="field_values", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "field", "place"], name="customer_field_value_once")]
        indexes = [models.Index(fields=["field", "key", "customer"], name="customer_field_value_key")]


class CardLayout(models.Model):
    """Which fields people of a role see on a card, in which order: codes as `rules.layouts` reads them."""

    target = models.SlugField(max_length=20, db_index=False)
    role = models.SlugField(max_length=20, db_index=False)
    fields = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["target", "role"], name="card_layout_of_a_role")]


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
