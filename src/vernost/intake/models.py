"""Imports and what they could not take."""

from django.db import models

from vernost.accounts.models import Source, User


class ImportState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class ImportRun(models.Model):
    """One import of a folder, a ZIP or a file. `path` is where its files lie while it runs.

    `followed`: a command has acted upon what it brought, as a worker does by a job. `taken` counts the rows of
    earlier imports that waited in quarantine and could be taken now.
    """

    source = models.ForeignKey(Source, models.PROTECT)
    name = models.TextField()
    path = models.TextField(blank=True)
    dry_run = models.BooleanField(default=False)
    state = models.TextField(choices=ImportState.choices, default=ImportState.WAITING)
    actor = models.TextField()
    user = models.ForeignKey(User, models.SET_NULL, null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    taken = models.IntegerField(default=0)
    followed = models.BooleanField(default=False)
    stop_asked = models.BooleanField(default=False)


class ImportedFile(models.Model):
    """A file of a run: new + changed + same + quarantined = its data rows when it is done."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="files")
    name = models.TextField()
    kind = models.TextField()
    position = models.PositiveSmallIntegerField()
    size = models.BigIntegerField(default=0)
    state = models.TextField(choices=ImportState.choices, default=ImportState.WAITING)
    progress = models.FloatField(default=0)
    new = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    same = models.IntegerField(default=0)
    quarantined = models.IntegerField(default=0)
    warnings = models.JSONField(default=list)
    sample = models.JSONField(default=list)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["position", "id"]


class QuarantineState(models.TextChoices):
    OPEN = "open"
    TAKEN = "taken"
    DROPPED = "dropped"


class QuarantinedRow(models.Model):
    """A row that was not taken, whole: file, line, column, value, reason. `waits_for` names a missing record."""

    file = models.ForeignKey(ImportedFile, models.CASCADE, related_name="quarantine")
    source = models.ForeignKey(Source, models.PROTECT)
    kind = models.TextField()
    key = models.TextField(blank=True, db_collation="C")
    line = models.IntegerField()
    column = models.TextField(blank=True)
    value = models.TextField(blank=True)
    reason = models.TextField()
    row = models.JSONField()
    waits_for_kind = models.TextField(blank=True)
    waits_for_key = models.TextField(blank=True, db_collation="C")
    state = models.TextField(choices=QuarantineState.choices, default=QuarantineState.OPEN)
    seen_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, models.SET_NULL, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["source", "kind", "key"], name="quarantine_key"),
            models.Index(fields=["waits_for_kind", "waits_for_key"], name="quarantine_waits_for"),
            models.Index(fields=["state", "id"], name="quarantine_state"),
        ]


class HeaderMapping(models.Model):
    """A dealer's own names of columns for a kind of file, beside the shipped mapping of 1C."""

    source = models.ForeignKey(Source, models.CASCADE)
    kind = models.TextField()
    columns = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "kind"], name="one_header_mapping")]
