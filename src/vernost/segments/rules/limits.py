"""Whether a segment's size is news to its owner."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Both ends are inside; None is no limit."""

    least: int | None = None
    most: int | None = None

    def holds(self, size: int) -> bool:
        return (self.least is None or size >= self.least) and (self.most is None or size <= self.most)

    def left(self, before: int | None, size: int) -> bool:
        """Tell whether the limits were left by this count; a segment never counted before was inside."""
        return not self.holds(size) and (before is None or self.holds(before))
