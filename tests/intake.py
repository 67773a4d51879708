"""Files of an invented dealer, and their import."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from vernost.core.actor import system
from vernost.intake import operations
from vernost.intake.models import QuarantinedRow

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
TESTER = system("tests")


def write(folder, files):
    """Write files by name; texts are UTF-8."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def run(path, *, source="dms", dry_run=False, now=NOW, **more):
    made = operations.start_import(path=path, source=source, dry_run=dry_run, actor=TESTER, now=now)
    return operations.run_import(run_id=made.pk, now=now, **more)


def counts(made):
    """Return (new, changed, same, quarantined) by file."""
    return {file.name: (file.new, file.changed, file.same, file.quarantined) for file in made.files.exclude(kind="")}


def imported(folder, files, **more):
    """Import these files alone; return their counts."""
    for old in folder.iterdir() if folder.exists() else ():
        old.unlink()
    return counts(run(write(folder, files), **more))


def later(days):
    return NOW + timedelta(days=days)


def rows(queryset, *fields):
    """Return plain tuples, in order of their first field, with decimals as text."""
    found = queryset.order_by(fields[0]).values_list(*fields)
    return [tuple(str(value) if isinstance(value, Decimal) else value for value in row) for row in found]


def refused(*fields):
    """Return what is open in quarantine: line, column, value, reason, unless other fields are asked for."""
    chosen = fields or ("line", "column", "value", "reason")
    return list(QuarantinedRow.objects.filter(state="open").order_by("pk").values_list(*chosen))
