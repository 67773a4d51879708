"""What the system has done by itself."""

from django.db import models


class NightRun(models.Model):
    """A night that was decided. `result` is what `vernost night` prints. One row a day."""

    as_of = models.DateField(unique=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    actor = models.TextField()
    result = models.JSONField(default=dict)
