"""The kinds of file of the exchange format, a file each."""

from vernost.core.registry import Registry
from vernost.intake.rules.file_kind import FileKind

kinds: Registry[FileKind] = Registry("kinds of file")


def in_order() -> list[FileKind]:
    """Return the kinds in the order in which files are taken: a record comes before those that name it."""
    if not len(kinds):
        kinds.discover(__name__)
    return sorted(kinds, key=lambda kind: kind.position)
