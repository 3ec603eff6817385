"""One round of everything that is decided: events, what was held back, groups, repetitions."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Final

from recipients import flushing, outbox, repeating

#: A round takes so many seconds at most; what is left comes with the next.
LONGEST: Final = 10.0


def decide(now: datetime, longest: float = LONGEST) -> int:
    """Work until nothing is due; return how many events, held decisions and groups there were."""
    ends_at, total = time.monotonic() + longest, 0
    while time.monotonic() < ends_at:
        done = outbox.dispatch(now) + outbox.recheck(now) + flushing.flush(now)
        total += done
        if not done:
            break
    return total + repeating.repeat(now)
