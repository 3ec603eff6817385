"""What is wrong with a condition, and where."""

from __future__ import annotations


class ConditionError(ValueError):
    """A text that is no condition; ``start`` and ``end`` are the word's place in it (characters).

    Both are None where no single word is to blame.
    """

    def __init__(self, reason: str, start: int | None = None, end: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.start, self.end = reason, start, end

    def pointed(self, text: str) -> str:
        """Return the reason with the word and its place: "… at character 5, “foo”"."""
        if self.start is None:
            return self.reason
        word = text[self.start : self.end]
        return f"{self.reason} (at character {self.start + 1}: “{word}”)"
