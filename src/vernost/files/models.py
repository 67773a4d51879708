"""Files that people put in: photos and PDF."""

import uuid

from django.db import models


class StoredFile(models.Model):
    """A file of the data folder, under its id, which nobody can guess; `name` is what its owner called it.

    `kind` is a code of `rules.FileKind`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.TextField()
    kind = models.SlugField(max_length=10, db_index=False)
    size = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.TextField()

    def __str__(self) -> str:
        return self.name
