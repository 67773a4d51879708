"""The committed description of the API is that of the code."""

from vernost.api import snapshot


def test_the_snapshot_is_fresh():
    assert snapshot.FILE.read_text(encoding="utf-8") == snapshot.text(), "run `python -m vernost.api.snapshot`"
