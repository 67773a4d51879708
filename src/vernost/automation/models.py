"""What the system has done by itself, and what it has told other systems."""

from django.db import models

from vernost.accounts.models import Branch, User


class NightRun(models.Model):
    """A night that was decided. `result` is what `vernost night` prints. One row a day."""

    as_of = models.DateField(unique=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    actor = models.TextField()
    result = models.JSONField(default=dict)


class Webhook(models.Model):
    """Another system that is told of events. `key` signs what it is sent and is kept encrypted.

    `failures` in a row make it rest until `resting_until`. `old_key` still signs too until `old_key_until`.
    """

    name = models.CharField(max_length=120)
    url = models.URLField(max_length=500)
    events = models.JSONField(default=list)
    all_branches = models.BooleanField(default=False)
    branches = models.ManyToManyField(Branch, related_name="+", blank=True)
    key = models.BinaryField()
    old_key = models.BinaryField(null=True)
    old_key_until = models.DateTimeField(null=True)
    active = models.BooleanField(default=True)
    failures = models.PositiveIntegerField(default=0)
    resting_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)

    def __str__(self) -> str:
        return self.name


class DeliveryState(models.TextChoices):
    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class Delivery(models.Model):
    """One message to one system: the body as it is signed, and what came of it. `due_at` is its next try.

    `claimed_at` is set while it is being sent: a worker that was killed then loses its claim after a minute.
    """

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", db_index=False)
    message_id = models.UUIDField()
    event = models.CharField(max_length=40)
    body = models.TextField()
    state = models.TextField(choices=DeliveryState.choices, default=DeliveryState.WAITING)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["webhook", "message_id"], name="a_message_once_to_a_webhook"),
            models.CheckConstraint(
                condition=models.Q(state="waiting", ended_at=None)
                | ~models.Q(state="waiting") & ~models.Q(ended_at=None),
                name="delivery_ends_with_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="delivery_waiting"),
            models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
        ]


class DeliveryTry(models.Model):
    """One call. `status` is the answer's, None where there was none: then `failure` says why not."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.PositiveIntegerField(null=True)
    failure = models.CharField(max_length=40, blank=True)
    answer = models.TextField(blank=True)


class News(models.Model):
    """Something that a webhook asks for has happened to a row; noted by triggers in the transaction of the change."""

    topic = models.TextField()
    row_id = models.BigIntegerField()
