"""What an import tells the rest of the house."""

from dataclasses import dataclass

from vernost.core.events import Event


@dataclass(frozen=True, slots=True)
class IntakeFinished(Event):
    """An import, or a mended row, has changed data. `kinds` are the kinds of file that it took rows of."""

    run_id: int | None
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportAsked(Event):
    """Somebody has given files to be imported in the background."""

    run_id: int
