"""Every attribute of a segment is told of in the reference, and the reference tells of no other."""

import re
from pathlib import Path

from vernost.segments import attributes

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "segments.md"


def test_the_reference_has_a_line_for_each_attribute():
    lines = re.findall(
        r"^\| `(\w+)` \| .+ \| (\w+) \| (.*?) \| (yes)? ?\| (yes)? ?\|$", REFERENCE.read_text("utf-8"), re.MULTILINE
    )
    told = {code: (kind, options, bool(dated), bool(many)) for code, kind, options, dated, many in lines}
    known = {
        one.code: (one.type.value, ", ".join(f"`{code}`" for code in one.options), one.dated, one.many)
        for one in attributes.discover().values()
    }
    assert told == known
