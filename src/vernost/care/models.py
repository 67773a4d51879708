"""What customers say of us."""

from django.db import models
from django.db.models import Q

from vernost.accounts.models import Imported
from vernost.customers.models import Customer
from vernost.workshop.models import RepairOrder


class SurveyAnswer(Imported):
    """An answer to the question of recommendation, 0 to 10."""

    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="survey_answers")
    order = models.ForeignKey(RepairOrder, models.SET_NULL, null=True)
    answered_at = models.DateTimeField()
    answered_on = models.DateField()
    score = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)

    class Meta(Imported.Meta):
        constraints = [
            *Imported.Meta.constraints,
            models.CheckConstraint(condition=Q(score__lte=10), name="survey_score_to_ten"),
        ]
