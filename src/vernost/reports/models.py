"""Plans and the motivation scheme: what managers set, beside what reports count."""

from django.db import models
from django.db.models import Q

from vernost.accounts.models import Branch, User
from vernost.core.actor import ROLE_TITLES
from vernost.invitations.models import Programme


class Plan(models.Model):
    """A figure to reach in a month: a funnel stage or money, for the group, a branch or a programme."""

    month = models.DateField()
    branch = models.ForeignKey(Branch, models.CASCADE, null=True)
    programme = models.ForeignKey(Programme, models.CASCADE, null=True)
    metric = models.TextField()
    value = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month", "branch", "programme", "metric"], name="plan_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="plan_is_of_a_month"),
        ]


class MotivationRule(models.Model):
    """A line of a role's motivation scheme: `rate` roubles for each unit of the KPI above `threshold`, up to `cap`."""

    role = models.TextField(choices=[(role.value, title) for role, title in ROLE_TITLES.items()])
    kpi = models.TextField()
    threshold = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    rate = models.DecimalField(max_digits=14, decimal_places=2)
    cap = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    valid_from = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["role", "kpi", "valid_from"], name="motivation_rule_once"),
        ]


class PivotView(models.Model):
    """A pivot that somebody has laid out and named. `address` is the query of its page; `shared` shows it to all."""

    title = models.CharField(max_length=120)
    owner = models.ForeignKey(User, models.CASCADE, related_name="+")
    address = models.TextField()
    shared = models.BooleanField(default=False)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "title"], name="pivot_view_of_a_title")]

    def __str__(self) -> str:
        return self.title


class CellStrategy(models.Model):
    """What a manager does with the customers of a cell of recency × revenue (scores of RFM, 1 is best).

    `assigned_on`: since when it is as it is; what it brings is counted from that day on.
    """

    r = models.PositiveSmallIntegerField()
    m = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=24)
    words = models.TextField()
    assigned_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["r", "m"], name="cell_strategy_once"),
            models.CheckConstraint(
                condition=Q(r__gte=1, r__lte=5, m__gte=1, m__lte=5), name="cell_strategy_of_a_score"
            ),
        ]

    def __str__(self) -> str:
        return f"R{self.r} M{self.m}: {self.title}"


class PriceTest(models.Model):
    """A trial price of the norm-hour for cars of a kind, against what it was; `reports.rules.price_test` judges it.

    The empty make, model and segment are any. Drawn customers: `share` basis points of those of the test branches get
    the trial price, and there are no control branches.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        RUNNING = "running"
        ENDED = "ended"

    title = models.CharField(max_length=120)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    make = models.TextField(blank=True)
    model = models.TextField(blank=True)
    age_from = models.PositiveSmallIntegerField(null=True)
    age_to = models.PositiveSmallIntegerField(null=True)
    segment_code = models.TextField(blank=True)
    draw = models.TextField()
    test_branches = models.ManyToManyField(Branch, related_name="+")
    control_branches = models.ManyToManyField(Branch, related_name="+")
    share = models.PositiveSmallIntegerField(default=5_000)
    price_before = models.DecimalField(max_digits=14, decimal_places=2)
    price_trial = models.DecimalField(max_digits=14, decimal_places=2)
    starts_on = models.DateField()
    ends_on = models.DateField()
    guardrail = models.DecimalField(max_digits=5, decimal_places=2)
    state = models.TextField(choices=State.choices, default=State.DRAFT)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=models.F("starts_on")), name="price_test_ends_after_start"),
            models.CheckConstraint(
                condition=Q(price_before__gt=0, price_trial__gt=0) & ~Q(price_trial=models.F("price_before")),
                name="price_test_tries_another_price",
            ),
            models.CheckConstraint(condition=Q(share__gt=0, share__lt=10_000), name="price_test_has_both_arms"),
            models.CheckConstraint(condition=Q(draw__in=["branches", "customers"]), name="price_test_draw"),
        ]

    def __str__(self) -> str:
        return self.title
