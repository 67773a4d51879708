"""Where files lie. Who may have one, its record says: there is no address of a file by itself."""

import uuid
from collections.abc import Collection
from pathlib import Path

from django.conf import settings

from vernost.files.models import StoredFile


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "stored"


def path_of(file_id: uuid.UUID) -> Path:
    return folder() / file_id.hex[:2] / file_id.hex


def files(file_ids: Collection[str]) -> dict[str, StoredFile]:
    """Return the files by the text of their ids."""
    return {str(file.pk): file for file in StoredFile.objects.filter(pk__in=file_ids)}
