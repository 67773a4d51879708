"""The contact centre: who is at work, what they are writing, why customers refuse."""

from django.db import models

from vernost.accounts.models import User
from vernost.invitations.models import Invitation


class DeclineReason(models.Model):
    """Why a customer refused: a list that a manager edits. `code` is stored with the outcome."""

    code = models.SlugField(max_length=40, unique=True)
    title = models.TextField()
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]


class OperatorPresence(models.Model):
    """What an operator is doing now: a code of `calls.rules.Presence`."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="presence")
    state = models.TextField()
    since = models.DateTimeField()


class CallDraft(models.Model):
    """The unsaved note of a call, kept while the operator writes."""

    invitation = models.ForeignKey(Invitation, models.CASCADE)
    user = models.ForeignKey(User, models.CASCADE)
    text = models.TextField(blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invitation", "user"], name="one_draft")]
