"""What administrators add: fields, directories, how a card looks."""

from django.db import models
from django.db.models import Q

from vernost.customers.models.cards import Customer
from vernost.files.models import StoredFile


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


class ListedWord(models.Model):
    """How a word that records hold is called, in one of the lists of `rules.words`, and whether it is still offered.

    Records, files, rules of segments and the mirror hold `word` itself, which never changes; `title` empty: as it
    is, or as the product calls it.
    """

    list = models.SlugField(max_length=20, db_index=False)
    word = models.TextField(db_collation="C")
    title = models.TextField(blank=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "word"], name="listed_word_once")]

    def __str__(self) -> str:
        return self.title or self.word


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


class AttachedFile(models.Model):
    """A photo or a document on the card of a record. A subject's table adds the record, indexed by it."""

    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        abstract = True


class CustomerFile(AttachedFile):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="files")


class CardLayout(models.Model):
    """Which fields and blocks people of a role see on a card, in which order: codes as `rules.layouts` reads them."""

    target = models.SlugField(max_length=20, db_index=False)
    role = models.SlugField(max_length=20, db_index=False)
    fields = models.JSONField(default=list)
    blocks = models.JSONField(default=list, db_default=[])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["target", "role"], name="card_layout_of_a_role")]
