"""When a queue goes on after a failure: exponential, with jitter, and as the service asks."""

from __future__ import annotations

from typing import Final

#: Seconds after the first failure, and at most.
FIRST: Final = 5.0
LONGEST: Final = 300.0


def pause(failures: int, chance: float, retry_after: float | None = None) -> float:
    """Return the seconds until the next attempt after so many failures in a row.

    ``chance`` (0 … 1) spreads queues that failed together over half of the time. A service's
    Retry-After is never undercut.
    """
    grown: float = min(FIRST * 2.0 ** min(failures - 1, 30), LONGEST)
    spread: float = grown * (0.5 + chance / 2)
    if retry_after is None:
        return spread
    return retry_after + spread * 0.1 if retry_after > spread else spread
