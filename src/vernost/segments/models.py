"""Saved segments: their rule, who is in them now, how large they were, who came and went."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from vernost.accounts.models import User
from vernost.customers.models import Customer


class Segment(models.Model):
    """A named set of customers. `rule` as `rules.tree` reads it, `parents` the segments that it is made of.

    A frozen one keeps the people of the day on which it was frozen; those of a list have no rule. The rule sees what
    its owner sees: `branch_ids` None is the whole group.
    """

    code = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    about = models.TextField(blank=True)
    rule = models.JSONField(null=True)
    parents = ArrayField(models.TextField(), default=list)
    frozen = models.BooleanField(default=False)
    shared = models.BooleanField(default=False)
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="segments", db_index=False)
    branch_ids = ArrayField(models.BigIntegerField(), null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    size = models.PositiveIntegerField(null=True)
    counted_for = models.DateField(null=True)
    # Its owner is told when the size is below or above these.
    least = models.PositiveIntegerField(null=True)
    most = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(frozen=True) | Q(rule__isnull=False), name="segment_without_rule_is_frozen"
            ),
            models.CheckConstraint(
                condition=Q(least=None) | Q(most=None) | Q(least__lte=F("most")), name="segment_limits_in_order"
            ),
            models.CheckConstraint(
                condition=Q(size=None, counted_for=None) | Q(size__isnull=False, counted_for__isnull=False),
                name="segment_size_of_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SegmentNotice(models.Model):
    """The owner is told: on the day the segment left its limits, and had so many people."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="notices", db_index=False)
    on = models.DateField()
    size = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "on"], name="segment_notice_once_a_day"),
        ]


class SegmentMember(models.Model):
    """A customer who is in a segment since the day."""

    pk = models.CompositePrimaryKey("segment_id", "customer_id")
    segment = models.ForeignKey(Segment, models.CASCADE, related_name="members", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="segment_memberships")
    since = models.DateField()


class SegmentMove(models.Model):
    """A customer came into a segment on the day, or left it."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="moves", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="segment_moves")
    on = models.DateField()
    came = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "on", "customer"], name="segment_move_once_a_day"),
        ]


class SegmentSize(models.Model):
    """How large a segment was on the day, and how many came and left since the day counted before."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="sizes", db_index=False)
    on = models.DateField()
    size = models.PositiveIntegerField()
    came = models.PositiveIntegerField()
    left = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "on"], name="segment_size_once_a_day"),
            models.CheckConstraint(condition=Q(came__lte=F("size")), name="segment_size_holds_who_came"),
        ]
