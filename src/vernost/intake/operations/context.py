"""What all parts of one import need to know."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from vernost.intake.operations.ahead import Ahead
from vernost.intake.operations.keys import KeyStore
from vernost.intake.operations.pump import Pump


@dataclass
class Import:
    """One import at work: its source, its workbench, its day. `known_on` None: the source's first import."""

    run_id: int
    source_id: int
    dry_run: bool
    now: datetime
    today: date
    zone: str
    known_on: date | None
    scratch: duckdb.DuckDBPyConnection
    keys: KeyStore
    pump: Pump
    lookups: Pump
    ahead: Ahead
    ahead_lookups: Pump
    folder: Path
