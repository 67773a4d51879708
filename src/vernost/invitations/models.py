"""Programmes, the decisions of the night, invitations on their way down the funnel."""

from django.db import models
from django.db.models import Q

from vernost.accounts.models import Branch, User
from vernost.contacts.models import Interaction
from vernost.contacts.rules import MessageClass
from vernost.customers.models import Customer
from vernost.invitations.rules import OPEN_STATES, InvitationState
from vernost.segments.models import Segment
from vernost.vehicles.models import Vehicle
from vernost.workshop.models import Appointment, RepairOrder


class Programme(models.Model):
    """A standing rule that finds whom to invite, why, when and how; or a one-off call campaign.

    `params` are the kind's own (its `Params` dataclass). `control_share` in basis points (500 = 5 %).
    `attempt_delays` are the waits after an unanswered attempt, in minutes. `rank`: smaller goes first.
    `branches` empty: every branch; no `segment`: everybody.
    """

    code = models.SlugField(max_length=60, unique=True)
    kind = models.SlugField(max_length=40)
    title = models.TextField()
    active = models.BooleanField(default=False)
    params = models.JSONField(default=dict)
    lead_days = models.PositiveIntegerField()
    grace_days = models.PositiveIntegerField()
    message_class = models.TextField(choices=[(c.value, c.value) for c in MessageClass])
    channels = models.JSONField(default=list)
    attempt_delays = models.JSONField(default=list)
    attempts_max = models.PositiveSmallIntegerField(default=5)
    attempts_min_days = models.PositiveSmallIntegerField(default=3)
    hours_from = models.TimeField()
    hours_to = models.TimeField()
    weekend_from = models.TimeField()
    weekend_to = models.TimeField()
    script = models.TextField(blank=True)
    offer = models.TextField(blank=True)
    control_share = models.PositiveIntegerField(default=500)
    daily_limit = models.PositiveIntegerField(null=True)
    rank = models.PositiveIntegerField()
    branches = models.ManyToManyField(Branch, blank=True, related_name="+")
    segment = models.ForeignKey(Segment, models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["rank", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(control_share__lte=10_000), name="control_share_is_a_share"),
        ]

    def __str__(self) -> str:
        return self.title


class CampaignMember(models.Model):
    """One pair of a campaign's fixed audience."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="members", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    vehicle = models.ForeignKey(Vehicle, models.CASCADE, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "customer", "vehicle"], name="campaign_member_once", nulls_distinct=False
            ),
        ]


class Decision(models.Model):
    """What the night decided of a pair and cycle on the days [since, until]; `until` None still holds.

    `reason` is empty for an invited pair, else the suppression. Written only when it changes.
    """

    programme = models.ForeignKey(Programme, models.PROTECT, db_index=False)
    vehicle = models.ForeignKey(Vehicle, models.CASCADE, null=True, db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, db_index=False)
    anchor = models.TextField(db_collation="C")
    reason = models.TextField(blank=True)
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vehicle", "programme", "anchor", "customer"],
                condition=Q(until=None),
                name="one_standing_decision",
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["customer"], name="decision_of_customer")]


class Cycle(models.Model):
    """A pair drawn into one of the two arms, once for its anchor: from `started_on` both are measured.

    `bucket` is the draw, 0 to 9 999; held out when below the programme's share of that night.
    """

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="cycles", db_index=False)
    vehicle = models.ForeignKey(Vehicle, models.CASCADE, null=True, db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="cycles")
    anchor = models.TextField(db_collation="C")
    bucket = models.PositiveSmallIntegerField()
    held_out = models.BooleanField()
    started_on = models.DateField()
    due_on = models.DateField()
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vehicle", "programme", "anchor", "customer"], name="one_cycle", nulls_distinct=False
            ),
        ]
        indexes = [models.Index(fields=["started_on"], name="cycle_started_on")]


# What anybody may be given next; what waits for its time or its operator has indexes of its own.
_READY = Q(state=InvitationState.QUEUED.value, next_try_at=None, assigned_to=None)
_RECALL = Q(anchor__startswith="recall:")


class Invitation(models.Model):
    """One customer, vehicle, programme and cycle, in a state of `rules.TRANSITIONS`.

    `value` in kopecks ranks the queue. `next_try_at` None: at once. A lease is a user and a time.
    `reason` is a code and `reason_facts` its named values. `zone` is the customer's time zone, empty
    while unknown: the queue is read by it (`calls`).
    """

    cycle = models.OneToOneField(Cycle, models.PROTECT, related_name="invitation")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="invitations", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="invitations")
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, null=True, related_name="invitations")
    anchor = models.TextField(db_collation="C")
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, db_index=False)
    created_for = models.DateField()
    due_on = models.DateField()
    due_from = models.DateField(null=True)
    due_to = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    state = models.TextField(choices=[(s.value, s.value) for s in InvitationState], default=InvitationState.QUEUED)
    reason = models.TextField()
    reason_facts = models.JSONField(default=dict)
    value = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    first_attempt_on = models.DateField(null=True)
    next_try_at = models.DateTimeField(null=True)
    is_callback = models.BooleanField(default=False)
    no_shows = models.PositiveSmallIntegerField(default=0)
    leased_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    leased_until = models.DateTimeField(null=True)
    assigned_to = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    zone = models.TextField(blank=True, db_default="")
    decline_reason = models.TextField(blank=True)
    appointment = models.ForeignKey(Appointment, models.SET_NULL, null=True, related_name="invitations")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vehicle", "programme", "anchor"],
                condition=Q(state__in=OPEN_STATES),
                name="one_open_invitation_per_cycle",
            ),
            models.CheckConstraint(
                condition=Q(leased_by=None, leased_until=None) | Q(leased_by__isnull=False, leased_until__isnull=False),
                name="lease_is_whole",
            ),
            # Two cars, two invitations, one telephone: only one operator rings it at a time.
            models.UniqueConstraint(
                fields=["customer"], condition=Q(state=InvitationState.IN_PROGRESS.value), name="one_call_at_a_time"
            ),
        ]
        indexes = [
            models.Index(
                fields=["branch", "zone", "-value", "due_on", "id", "programme"],
                condition=_READY & ~_RECALL,
                name="invitation_ready",
            ),
            models.Index(
                fields=["branch", "zone", "-value", "due_on", "id", "programme"],
                condition=_READY & _RECALL,
                name="invitation_ready_recall",
            ),
            models.Index(
                fields=["is_callback", "next_try_at", "id"],
                condition=Q(state=InvitationState.QUEUED.value, next_try_at__isnull=False),
                name="invitation_waiting",
            ),
            models.Index(
                fields=["assigned_to"],
                condition=Q(state=InvitationState.QUEUED.value, assigned_to__isnull=False),
                name="invitation_assigned",
            ),
            models.Index(
                fields=["leased_until"], condition=Q(state=InvitationState.IN_PROGRESS.value), name="invitation_leased"
            ),
            models.Index(fields=["created_for"], name="invitation_created_for"),
        ]


class InvitationEvent(models.Model):
    """A change of an invitation's state: who, when, from, to. Only added to."""

    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    actor = models.TextField()
    from_state = models.TextField(blank=True)
    to_state = models.TextField()
    note = models.TextField(blank=True)


class ContactAttempt(models.Model):
    """One call, SMS, e-mail or message of an invitation, with its outcome."""

    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="contact_attempts")
    interaction = models.OneToOneField(Interaction, models.PROTECT, related_name="attempt")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    on = models.DateField()
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    address = models.TextField(blank=True)
    outcome = models.TextField()
    reached = models.BooleanField()
    talk_seconds = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invitation", "number"], name="attempt_number_once")]
        indexes = [models.Index(fields=["on", "user"], name="attempt_day")]


class Attribution(models.Model):
    """An order that an invitation brought. One order belongs to one invitation at most."""

    order = models.OneToOneField(RepairOrder, models.CASCADE, related_name="attribution")
    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="attributions")
    through_appointment = models.BooleanField()
