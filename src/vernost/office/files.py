"""Files that people put in and get back: how a request brings one, how an answer hands one out."""

from typing import Final, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from vernost.files.models import StoredFile
from vernost.files.queries import path_of, thumbnail
from vernost.files.rules import LARGEST, MEBIBYTE, MEDIA_TYPES, FileKind, FileTooLarge

# What a browser offers to choose from; what is in a file, `files.rules` finds out.
ACCEPTED: Final = "image/jpeg,image/png,image/webp,application/pdf"


def uploaded(request: HttpRequest) -> "tuple[str, bytes] | None":
    """Return the name and the content of the file that was sent, None without one; one too large is not read."""
    return sent_file(cast("UploadedFile[bytes] | None", request.FILES.get("file")))


def sent_file(upload: "UploadedFile[bytes] | None") -> "tuple[str, bytes] | None":
    """The same of a field of a form."""
    if upload is None:
        return None
    if (upload.size or 0) > LARGEST:
        raise FileTooLarge(limit=LARGEST // MEBIBYTE)
    return upload.name or "", upload.read()


def handed_out(file: StoredFile, *, small: bool = False) -> HttpResponse:
    """Answer with a file, never to be shown as a page of ours; `small`: the thumbnail of a photo."""
    content = thumbnail(file) if small else path_of(file.pk).read_bytes()
    response = HttpResponse(content, content_type=MEDIA_TYPES[FileKind(file.kind)])
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    # What lies under an address of a file never changes, but who may see it does.
    response["Cache-Control"] = "private, max-age=600" if small else "private, no-cache"
    return response
