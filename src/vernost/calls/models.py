"""The contact centre: who is at work, what they are writing, why customers refuse."""

from django.db import models

from vernost.accounts.models import User
from vernost.invitations.models import ContactAttempt, Invitation


class DeclineReason(models.Model):
    """Why a customer refused: a list that a manager edits. `code` is stored with the outcome."""

    code = models.SlugField(max_length=40, unique=True)
    title = models.TextField()
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]


class OperatorPresence(models.Model):
    """What an operator is doing since when: a code of `calls.rules.Presence`; `seen_at`: the page's last sign."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="presence")
    state = models.TextField()
    since = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)


class CallDraft(models.Model):
    """The unsaved note of a call, kept while the operator writes."""

    invitation = models.ForeignKey(Invitation, models.CASCADE)
    user = models.ForeignKey(User, models.CASCADE)
    text = models.TextField(blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invitation", "user"], name="one_draft")]


class RecordedCall(models.Model):
    """An outcome that was saved under a key made by the operator's page: one key, one effect.

    `digest` is of what was sent, so that a key used again for something else is refused.
    `before` is what the invitation was, by which the call can be undone for a while.
    """

    key = models.UUIDField(primary_key=True)
    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="+")
    attempt = models.OneToOneField(ContactAttempt, models.SET_NULL, null=True, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    digest = models.TextField()
    before = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
