"""Where files lie. Who may have one, its record says: there is no address of a file by itself."""

import hashlib
import io
import uuid
from collections.abc import Collection
from pathlib import Path
from typing import Final

from django.conf import settings
from PIL import Image

from vernost.files.models import StoredFile

THUMBNAIL: Final = (320, 320)


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "stored"


def path_of(file_id: uuid.UUID) -> Path:
    return folder() / file_id.hex[:2] / file_id.hex


def files(file_ids: Collection[str]) -> dict[str, StoredFile]:
    """Return the files by the text of their ids."""
    return {str(file.pk): file for file in StoredFile.objects.filter(pk__in=file_ids)}


def sha256_of(file_id: uuid.UUID) -> str:
    """Return the digest of what is kept of a file, in hexadecimal digits; empty where it is lost."""
    path = path_of(file_id)
    if not path.is_file():
        return ""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def thumbnail(file: StoredFile) -> bytes:
    """Return a small picture of a photo, of the photo's own kind."""
    with Image.open(path_of(file.pk)) as photo:
        # A JPEG is read at the scale that is needed.
        photo.draft("RGB", THUMBNAIL)
        photo.thumbnail(THUMBNAIL)
        small = io.BytesIO()
        photo.save(small, photo.format)
    return small.getvalue()
