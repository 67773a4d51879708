"""A segment's size is news as it leaves its limits."""

import pytest

from vernost.segments.rules.limits import Limits


@pytest.mark.parametrize(
    ("limits", "before", "size", "left"),
    [
        (Limits(), 5, 0, False),
        (Limits(least=3), 3, 2, True),
        (Limits(least=3), 2, 1, False),
        (Limits(least=3), None, 2, True),
        (Limits(least=3), 9, 3, False),
        (Limits(most=3), 3, 4, True),
        (Limits(most=3), 4, 5, False),
        (Limits(least=3, most=5), 1, 9, False),
        (Limits(least=3, most=5), 4, 9, True),
    ],
)
def test_only_leaving_is_news(limits, before, size, left):
    assert limits.left(before, size) is left
