"""The usual form of staging answers as the full one does, or says that it cannot."""

import random
from contextlib import closing
from pathlib import Path

import pytest

from vernost.intake.formats import in_order
from vernost.intake.operations import scratch
from vernost.intake.operations.ahead import Ahead
from vernost.intake.operations.reading import Piece
from vernost.intake.rules.file_kind import FileKind
from vernost.intake.rules.staging import JUNK, ODD, Staging
from vernost.intake.rules.types import Clock, ContactList, Day, Flag, Moment, Money, OneOf, Quantity, Whole, Zone

ROWS = 3000
# Written as computers do, and as people do; what nobody can read is among the second.
MOMENTS = (
    ["31.03.2026 09:05:00", "31.03.2026 9:05:00", "2026-03-31 23:59:59", "01.01.0001 0:00:00"],
    ["2026-03-31T23:30:00Z", " 1.3.2026", "31.02.2026 9:05:00", "31.03.2026 9:05:0 ", "31.03.2026 9:5:000", "завтра"],
)
DAYS = (["2026-03-31", "31.03.2026", "01.01.0001"], ["1.3.2026", "2026-02-30", "2026-03-31T23:30:00Z", "0001-01-01x"])
NUMBERS = (["7", "12", "4530.00", "2\u00a0103,50", "-3"], ["1.234,50 руб.", "много", "-0.5", "1e3", "9" * 20])
TEXTS = (["A-1", "ЗН-7", "Масло 5W-30, л"], [" A-1", "A-1\u00a0", "'=1+1", "\u2009x", "Итого", "Группа", "x" * 300])


POOLS = {
    Moment: MOMENTS,
    Day: DAYS,
    Whole: NUMBERS,
    Money: NUMBERS,
    Quantity: NUMBERS,
    Flag: (["1", "0", "Да"], ["истина", "может быть"]),
    Zone: (["Europe/Moscow"], [" Asia/Omsk", "Марс"]),
    Clock: (["9:00", "21:30:00"], ["25:00"]),
    ContactList: (["+79160000001", "a@b.ru"], ["8 916 000-00-01, Иван", "нет"]),
}


def pool_of(column):
    if isinstance(column.type, OneOf):
        return column.type.codes, ["Закрыт", "что-то"]
    return POOLS.get(type(column.type), TEXTS)


def cell(column, chance):
    usual, unusual = pool_of(column)
    drawn = chance.random()
    if drawn < 0.9:
        return chance.choice(usual)
    return "" if drawn < 0.97 else chance.choice(unusual)


def written(kind: FileKind, path: Path) -> Piece:
    chance = random.Random(kind.code)
    rows = []
    for number in range(ROWS):
        cells = [cell(column, chance) for column in kind.columns]
        if number % 100 == 0:
            # A heading, a total, a row of nothing.
            cells = [chance.choice(["Группа заказов", "Итого", " "]), *[""] * (len(cells) - 1)]
        rows.append("\t".join(cells))
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return Piece(path, "\t", len(kind.columns), 500, 502, ROWS, 1, is_last=True)


@pytest.mark.parametrize("kind", in_order(), ids=lambda kind: kind.code)
def test_the_usual_form_answers_as_the_full_one_does(kind, tmp_path):
    staging = Staging(kind, tuple(column.name for column in kind.columns), "Europe/Moscow")
    piece = written(kind, tmp_path / "piece.csv")
    with scratch.open_in(tmp_path / "work") as workbench, closing(Ahead(workbench)) as ahead:
        workbench.execute("CREATE TABLE zones AS SELECT 'A-1' AS external_id, 'Asia/Omsk' AS timezone")
        workbench.execute("CREATE TABLE companies AS SELECT 'А-1' AS name")
        with closing(ahead.staged(staging, [piece])) as staged:
            assert next(staged) is piece
            with piece.offered(ahead.cursor):
                ahead.cursor.execute(f"CREATE TABLE full_form AS {staging.stage()}")
                ahead.cursor.execute(f"CREATE TABLE usual_form AS {staging.stage(usual=True)}")
            assert workbench.execute("FROM staged EXCEPT ALL FROM full_form").fetchall() == []
            assert workbench.execute("SELECT count(*), min(n), min(line) FROM staged").fetchall() == [(ROWS, 501, 502)]
            faults = {fault for (fault,) in workbench.execute("SELECT DISTINCT fault FROM full_form").fetchall()}
            odd = {fault for (fault,) in workbench.execute("SELECT DISTINCT fault FROM usual_form").fetchall()}
    # Each form had rows to answer for.
    assert odd == {0, ODD}
    assert {0, JUNK} < faults
