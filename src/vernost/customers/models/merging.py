"""Two cards of one customer: pairs to review, merges and what they moved."""

from django.db import models
from django.db.models import F, Q, Value

from vernost.accounts.models import User
from vernost.customers.models.cards import Customer


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


class DuplicateSearch(models.Model):
    """All cards compared with each other, or to be compared: one at a time. Without counts it was broken off.

    `pairs` are those that waited for a decision at its end, `merged` those of which there was no doubt.
    """

    asked_at = models.DateTimeField()
    actor = models.TextField()
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    customers = models.PositiveIntegerField(null=True)
    pairs = models.PositiveIntegerField(null=True)
    merged = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Value(value=True), condition=Q(ended_at=None), name="one_duplicate_search"),
        ]


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
