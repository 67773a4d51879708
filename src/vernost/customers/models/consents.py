"""What customers agreed to and refused: the ledger, its seals, what is in force."""

from django.db import models
from django.db.models import Q

from vernost.accounts.models import Imported, LegalEntity, User
from vernost.customers.models.cards import Customer
from vernost.files.models import StoredFile


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
    names a call or a document. `file` is a scan of it, `file_sha256` the digest of what is kept, in hexadecimal digits,
    by which it is part of what is sealed. The customer stays the one whose card it was said to, through merges.
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
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+", db_index=False)
    file_sha256 = models.TextField(blank=True, db_default="")
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
            models.UniqueConstraint(fields=["file"], condition=Q(file__isnull=False), name="consent_scan_once"),
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
