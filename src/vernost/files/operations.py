"""Putting files away and throwing them away: outside of what the web server shows, under random names."""

import io
import os
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import transaction
from PIL import Image, ImageOps

from vernost.core.actor import Actor
from vernost.files import queries, rules
from vernost.files.models import StoredFile
from vernost.files.rules import FileKind, FileRefused

LONGEST_SIDE: Final = 2560
_QUALITY: Final = 85
# A file whose row was never written: the process ended between the two.
_LOST_AFTER: Final = timedelta(days=1)
_FORMATS: Final = ("JPEG", "PNG", "WEBP")


@transaction.atomic
def store(*, name: str, content: bytes, actor: Actor, now: datetime) -> StoredFile:
    """Keep a file. A photo is painted anew: turned upright, without place, date and whatever else rode in it."""
    rules.check(content)
    kind, kept = _photo(content) if rules.is_photo(content) else (FileKind.PDF, content)
    file = StoredFile(
        id=uuid.uuid4(), name=rules.safe_name(name, kind), kind=kind, size=len(kept), at=now, actor=actor.code
    )
    path = queries.path_of(file.id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:  # noqa: PTH123 - of a descriptor
        target.write(kept)
        target.flush()
        os.fsync(target.fileno())
    try:
        file.save(force_insert=True)
    except BaseException:
        path.unlink()
        raise
    return file


@transaction.atomic
def discard(*, file_ids: Collection[uuid.UUID]) -> None:
    """Forget files; what is on the disk goes when the transaction has succeeded."""
    paths = [queries.path_of(file_id) for file_id in file_ids]
    StoredFile.objects.filter(pk__in=file_ids).delete()
    transaction.on_commit(lambda: _remove(paths))


def sweep(*, now: datetime) -> int:
    """Remove what lies in the folder without a row, a day after it was put there; return how much."""
    folder = queries.folder()
    known = {file_id.hex for file_id in StoredFile.objects.values_list("pk", flat=True)}
    border = (now - _LOST_AFTER).timestamp()
    lost = [
        path
        for path in folder.glob("??/*")
        if path.is_file() and path.name not in known and path.stat().st_mtime < border
    ]
    _remove(lost)
    return len(lost)


def _remove(paths: Collection[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _photo(content: bytes) -> tuple[FileKind, bytes]:
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as found:
            width, height = found.size
            if not width or not height or width * height > rules.MOST_PIXELS or getattr(found, "n_frames", 1) > 1:
                raise FileRefused
            upright = ImageOps.exif_transpose(found)
            see_through = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
            picture = upright.convert("RGBA" if see_through else "RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FileRefused from error
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    kept = io.BytesIO()
    # A new picture of the same dots: nothing of the file's own notes comes along.
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)
    if see_through:
        clean.save(kept, "PNG", optimize=False)
        return FileKind.PNG, kept.getvalue()
    clean.save(kept, "JPEG", quality=_QUALITY)
    return FileKind.JPEG, kept.getvalue()
