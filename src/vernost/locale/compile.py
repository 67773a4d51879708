"""Merges parts/*.po into the Russian catalogue: `python src/vernost/locale/compile.py`, no gettext tools needed."""

import sys
from collections.abc import Iterable
from pathlib import Path

import polib

LOCALE = Path(__file__).parent
FOLDER = LOCALE / "ru" / "LC_MESSAGES"
# Django's own rule for Russian: gettext merges only catalogues of one rule.
PLURAL_FORMS = (
    "nplurals=4; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : "
    "n%10==0 || (n%10>=5 && n%10<=9) || (n%100>=11 && n%100<=14)? 2 : 3);"
)


class ConflictError(Exception):
    """Two parts translate one text differently."""


def parts() -> list[Path]:
    whole = FOLDER / "django.po"
    return sorted((LOCALE / "parts").glob("*.po")) + ([whole] if whole.is_file() else [])


def merge(files: Iterable[Path]) -> polib.POFile:
    """Return one catalogue; an entry that two parts have in common must read the same in both."""
    merged = polib.POFile()
    merged.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Language": "ru", "Plural-Forms": PLURAL_FORMS}
    seen: dict[tuple[str | None, str], tuple[polib.POEntry, Path]] = {}
    conflicts = []
    for path in files:
        for entry in polib.pofile(str(path), encoding="utf-8"):
            first, where = seen.setdefault((entry.msgctxt, entry.msgid), (entry, path))
            if (first.msgstr, first.msgstr_plural) != (entry.msgstr, entry.msgstr_plural):
                conflicts.append(f"{entry.msgid!r}: {where.name} and {path.name}, line {entry.linenum}")
            elif first is entry:
                merged.append(entry)
    if conflicts:
        raise ConflictError("translated in two ways:\n" + "\n".join(conflicts))
    return merged


def compile_catalogue() -> Path:
    target = FOLDER / "django.mo"
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".mo.new")
    merge(parts()).save_as_mofile(str(fresh))
    # A server that starts meanwhile reads the old catalogue or the new one, never half of it.
    fresh.replace(target)
    return target


def main() -> int:
    try:
        target = compile_catalogue()
    except ConflictError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command
        return 1
    print(f"texts: {len(polib.mofile(str(target)))} in {target.name}")  # noqa: T201 - a command
    return 0


if __name__ == "__main__":
    sys.exit(main())
