"""Which checks do not run: their alerts tell nothing by being silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from checks.models import CheckSetting

#: A check that is switched off may still speak for so long: in batches on their way, and until
#: every process has noticed. Its alerts are released after that, so that none engages anew.
LAST_WORDS: Final = timedelta(seconds=10)


class Stopped(NamedTuple):
    """Keys of checks that failed and are in quarantine, and of those that are switched off."""

    failed: frozenset[str]
    disabled: frozenset[str]


def stopped(now: datetime) -> Stopped:
    """Return the checks that do not run now; of those switched off, the ones that are silent."""
    failed = CheckSetting.objects.filter(quarantined_at__isnull=False, is_enabled=True)
    disabled = CheckSetting.objects.filter(is_enabled=False, updated_at__lte=now - LAST_WORDS)
    return Stopped(
        frozenset(failed.values_list("key", flat=True)),
        frozenset(disabled.values_list("key", flat=True)),
    )
