"""Why a batch is not taken."""

from __future__ import annotations


class Refusal(Exception):
    """A batch that is refused as a whole: ``status`` is HTTP's, the text names field and reason."""

    def __init__(self, status: int, reason: str, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.retry_after = retry_after
