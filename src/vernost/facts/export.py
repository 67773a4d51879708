"""The star as Parquet files for outside tools: written beside the folder they go to, which they replace as a whole."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.facts.connection import connect

if TYPE_CHECKING:
    import duckdb

# What an outside tool gets of each table of the mirror, money in roubles. Keys join the files to one another.
_ROUBLES = ("revenue", "cost", "margin", "amount")
_FILES: Mapping[str, tuple[str, str]] = {
    "branches": ("branches", "branch_id, ref, name, timezone, bays, pays_vat"),
    "customers": ("customers", "customer_id, ref, kind, city, created_on, blocked, blocked_on, advisor_branch_id"),
    "vehicles": (
        "vehicles",
        """vehicle_id, ref, vin, make, model, year, sold_on, sold_by_us, branch_id, warranty_until, warranty_km,
           scrapped""",
    ),
    "ownerships": ("ownerships", "vehicle_id, customer_id, owned_from, owned_until"),
    "orders": (
        "orders",
        """order_id, ref, branch_id, customer_id, vehicle_id, advisor_id, opened_on, closed_on, mileage_km, kind,
           status, revenue, cost, margin""",
    ),
    "order_lines": (
        "lines",
        """order_id, line_no, customer_id, vehicle_id, branch_id, "on" AS closed_on, kind, code, name,
           category_key AS category, quantity, amount, cost, paid, declined""",
    ),
    "deals": (
        "deals",
        "deal_id, ref, vehicle_id, customer_id, branch_id, opened_on, closed_on, status, kind, amount, margin",
    ),
    "appointments": (
        "appointments",
        "appointment_id, ref, branch_id, customer_id, vehicle_id, starts_on, booked_on, status, order_id",
    ),
    "invitations": (
        "invitations",
        "invitation_id, programme, vehicle_id, customer_id, branch_id, created_for, due_on, state, ended_on",
    ),
    "attempts": ("attempts", 'invitation_id, number, "on" AS attempted_on, outcome, reached, talk_seconds'),
    "attributions": ("attributions", "order_id, invitation_id"),
}
FILES = tuple(_FILES)
_OURS = "vernost-export"


class ForeignFolder(DomainError):
    code = "foreign_folder"
    text = _("%(folder)s holds other files: give an empty folder or one of an earlier export")


def export(folder: Path, *, tell: Callable[[str, int, int], None]) -> dict[str, int]:
    """Write the current version of the mirror; return the rows of each file.

    `tell` gets a file, its number, of how many. Killed in the middle, the folder is as it was.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / _OURS).exists():
        raise ForeignFolder(folder=str(folder))
    con = connect().con
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        rows = {}
        for number, name in enumerate(FILES, 1):
            tell(name, number, len(FILES))
            rows[name] = _write(con, name, draft / f"{name}.parquet")
        (draft / _OURS).touch()
        # As any folder that its owner makes: the tool that reads it is another user.
        draft.chmod(0o755)
        _replace(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return rows


def _write(con: "duckdb.DuckDBPyConnection", name: str, file: Path) -> int:
    table, columns = _FILES[name]
    exact = ", ".join(f"({column}::DECIMAL(18, 0) / 100)::DECIMAL(16, 2) AS {column}" for column in _money_of(columns))
    replaced = f" REPLACE ({exact})" if exact else ""
    quoted = str(file).replace("'", "''")
    select = f"SELECT *{replaced} FROM (SELECT {columns} FROM {table})"  # noqa: S608 - declared names
    con.execute(f"COPY ({select}) TO '{quoted}' (FORMAT parquet, COMPRESSION zstd)")
    return int(con.execute(f"SELECT count(*) FROM read_parquet('{quoted}')").fetchall()[0][0])  # noqa: S608 - a path of ours


def _money_of(columns: str) -> list[str]:
    named = [column.strip() for column in columns.split(",")]
    return [column for column in _ROUBLES if column in named]


def _replace(draft: Path, folder: Path) -> None:
    if not folder.exists():
        draft.rename(folder)
        return
    old = draft.with_name(f"{draft.name}.old")
    folder.rename(old)
    draft.rename(folder)
    shutil.rmtree(old)
