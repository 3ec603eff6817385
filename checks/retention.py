"""What is thrown away of what was measured and tested, and back-tests that nobody runs any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from checks.models import BackTest, ExcludedCount, ShadowFinding

#: What shadows would have said is kept so long.
SHADOWS: Final = timedelta(days=7)
#: How many findings exclusions hid: the noise report looks back thirty days.
EXCLUDED: Final = timedelta(days=40)
#: Results of back-tests.
BACK_TESTS: Final = timedelta(days=90)
#: A back-test takes minutes; one that has begun and not ended for so long has lost its worker.
LOST: Final = timedelta(hours=6)


def prune(now: datetime) -> int:
    """Remove what is older than it is kept, and fail lost back-tests; return how many rows."""
    shadows, _ = ShadowFinding.objects.filter(created_at__lt=now - SHADOWS).delete()
    tests, _ = BackTest.objects.filter(created_at__lt=now - BACK_TESTS).delete()
    lost = BackTest.objects.filter(state=BackTest.State.RUNNING, started_at__lt=now - LOST)
    lost.update(state=BackTest.State.FAILED, error="Its worker ended.", finished_at=now)
    excluded, _ = ExcludedCount.objects.filter(hour__lt=now - EXCLUDED).delete()
    return shadows + tests + excluded
