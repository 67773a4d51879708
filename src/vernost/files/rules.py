"""Which files are taken, by what is in them: a name and a browser's word prove nothing."""

import re
from enum import StrEnum
from typing import Final

from vernost.core.errors import DomainError
from vernost.core.i18n import _

MEBIBYTE: Final = 1024 * 1024
LARGEST: Final = 10 * MEBIBYTE
# A photo of 50 megapixels takes 150 MB of memory; a bomb says that it has more.
MOST_PIXELS: Final = 50_000_000
LONGEST_NAME: Final = 120

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_SEPARATORS: Final = re.compile(r"[/\\:*?\"<>|]+")
_EICAR: Final = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
# A PDF with a program, a file or an archive in it is more than a document.
_NOT_IN_A_DOCUMENT: Final = (
    b"/JavaScript",
    b"/JS ",
    b"/JS(",
    b"/JS<",
    b"/Launch",
    b"/EmbeddedFile",
    b"PK\x05\x06",
    b"<script",
)


class FileKind(StrEnum):
    JPEG = "jpeg"
    PNG = "png"
    PDF = "pdf"


EXTENSIONS: Final = {FileKind.JPEG: "jpg", FileKind.PNG: "png", FileKind.PDF: "pdf"}
MEDIA_TYPES: Final = {FileKind.JPEG: "image/jpeg", FileKind.PNG: "image/png", FileKind.PDF: "application/pdf"}
PHOTOS: Final = frozenset({FileKind.JPEG, FileKind.PNG})


class FileRefused(DomainError):
    code = "file_refused"
    text = _("Only photos (JPEG, PNG, WebP) and PDF documents can be put in")


class FileTooLarge(DomainError):
    code = "file_too_large"
    text = _("The file is larger than %(limit)s MB")


class FileUnsafe(DomainError):
    code = "file_unsafe"
    text = _("The file holds a program or another file, so it was not taken")


def is_photo(content: bytes) -> bool:
    """Tell a photo by its first bytes; whether it is whole, who reads it finds out."""
    return content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (
        content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    )


def is_document(content: bytes) -> bool:
    """Tell a PDF, from its first byte to its last mark."""
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]


def check(content: bytes) -> None:
    """Refuse what is too large or not what it should be."""
    if len(content) > LARGEST:
        raise FileTooLarge(limit=LARGEST // MEBIBYTE)
    if _EICAR in content:
        raise FileUnsafe
    if is_document(content):
        if any(mark in content for mark in _NOT_IN_A_DOCUMENT):
            raise FileUnsafe
    elif not is_photo(content):
        raise FileRefused


def safe_name(name: str, kind: FileKind) -> str:
    """Return the name without folders and tricks, with the one ending that its content has."""
    base = _CONTROL.sub("", name).replace("\\", "/").rsplit("/", 1)[-1]
    stem = _SEPARATORS.sub(" ", base).strip(" .")
    known = re.compile(rf"(\.({'|'.join([*EXTENSIONS.values(), 'jpeg', 'webp'])}))+$", re.IGNORECASE)
    stem = known.sub("", stem).replace(".", "_").strip(" _")[:LONGEST_NAME]
    return f"{stem or 'file'}.{EXTENSIONS[kind]}"
