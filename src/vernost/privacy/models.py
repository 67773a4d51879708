"""Who was erased, and by which keys he is known should another system name him again."""

from django.db import models

from vernost.accounts.models import User


class Salt(models.Model):
    """The one salt of the hashes of keys. Without it nobody can try out whom a hash stands for."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    value = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_salt")]


class Erasure(models.Model):
    """A person was erased: the journal, without a word of who it was. Only added to, but for `mirror_cleaned_at`.

    `customers` and `vehicles` are the numbers of the emptied cards; `counts` maps a table to how many of its rows
    were deleted and emptied. `reason` is a code of `rules.REASONS`; `document` names the demand. `mirror_cleaned_at`:
    from then on no version of the mirror has him either.
    """

    at = models.DateTimeField()
    actor = models.TextField()
    user = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+", db_index=False)
    reason = models.TextField()
    document = models.TextField(blank=True)
    customers = models.JSONField(default=list)
    vehicles = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    mirror_cleaned_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]


class ErasedKey(models.Model):
    """A record of a source that stood for somebody who was erased: by the salted hash of its key.

    `kind` is the file that has such records; `target_id` is the emptied card that its orders go on belonging to,
    None where nothing refers to the record.
    """

    kind = models.TextField()
    hash = models.TextField(db_collation="C")
    target_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "hash"], name="erased_key_once")]
