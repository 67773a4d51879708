"""Texts are cut into pieces block by block, wherever the ends of the blocks fall."""

from pathlib import Path

import pytest

from vernost.intake.formats import in_order
from vernost.intake.operations import cutting, reading
from vernost.intake.operations.recognising import Table
from vernost.intake.rules.headers import Header

ROWS = [f"{number};Ёлкина {'А' * (number % 7)};Уфа" for number in range(40)]


def pieces(folder: Path, content: bytes, encoding: str = "utf-8") -> list[tuple[bytes, int, int, int, bool]]:
    """Return text, rows before it, lines, bytes in the file and whether it is the last of every piece."""
    file = folder / "customers.csv"
    file.write_bytes("id;full_name;city\n".encode(encoding) + content)
    names = ("id", "full_name", "city")
    header = Header(row=0, columns=names, cells=names)
    table = Table(
        file,
        file.name,
        next(kind for kind in in_order() if kind.code == "customers"),
        header,
        encoding=encoding,
        delimiter=";",
    )
    found = []
    for piece in reading.quick(table, folder):
        found.append((piece.path.read_bytes(), piece.before, piece.lines, piece.size, piece.is_last))
        piece.forget()
    assert list(folder.iterdir()) == [file]
    return found


@pytest.mark.parametrize("block", [61, 64, 100, 10_000])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", ["", "{end}", "{end}{end}{end}", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
def test_pieces_are_the_text_again(tmp_path, monkeypatch, block, end, tail, encoding):
    monkeypatch.setattr(cutting, "BLOCK", block)
    monkeypatch.setattr(cutting, "PIECE", 300)
    content = (end.join(ROWS) + tail.format(end=end)).encode(encoding)
    found = pieces(tmp_path, content, encoding)
    assert b"".join(piece[0] for piece in found) == "".join(row + end for row in ROWS).encode()
    assert all(piece[0].endswith(b"\n") for piece in found)
    assert [piece[1] for piece in found] == [sum(piece[2] for piece in found[:place]) for place in range(len(found))]
    assert sum(piece[2] for piece in found) == len(ROWS)
    # Ends of lines behind the last row belong to no piece.
    assert len(content.rstrip()) <= sum(piece[3] for piece in found) <= len(content)
    assert not any(piece[4] for piece in found[:-1])
    assert (len(found) > 1) == (block < len(content))


def test_an_empty_text_has_no_pieces(tmp_path):
    assert [pieces(tmp_path, content) for content in (b"", b"\n\r\n")] == [[], []]


def test_a_line_may_be_longer_than_a_block(tmp_path, monkeypatch):
    monkeypatch.setattr(cutting, "BLOCK", 10)
    monkeypatch.setattr(cutting, "PIECE", 20)
    content = ("1;" + "а" * 50 + ";b\n2;c;d\n").encode()
    assert b"".join(piece[0] for piece in pieces(tmp_path, content)) == content


@pytest.mark.parametrize("content", [b"1;a\0;b\n", b"1;" + b"a" * 200])
def test_what_may_be_damaged_needs_patience(tmp_path, monkeypatch, content):
    monkeypatch.setattr(cutting, "LONGEST_LINE", 100)
    with pytest.raises(cutting.NeedsPatience):
        pieces(tmp_path, content)
