"""The committed description of the API is that of the code."""

from collections import Counter

from ninja import Schema

from vernost.api import snapshot


def test_the_snapshot_is_fresh():
    assert snapshot.FILE.read_text(encoding="utf-8") == snapshot.text(), "run `python -m vernost.api.snapshot`"


def test_no_two_shapes_have_one_name():
    """The description would show one of them in the place of both."""
    snapshot.text()
    shapes = [shape for shape in _below(Schema) if shape.__module__.startswith("vernost.api")]
    assert {name for name, times in Counter(shape.__name__ for shape in shapes).items() if times > 1} == set()


def _below(shape):
    for each in shape.__subclasses__():
        yield each
        yield from _below(each)
