"""Which checks do not run: their alerts tell nothing by being silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import chain
from typing import Final, NamedTuple

from django.db.models import Q, QuerySet

from checks.models import CheckSetting, Mode, Override, ThresholdRule, UserRule

#: A check that is switched off may still speak for so long: in batches on their way, and until
#: every process has noticed. Its alerts are released after that, so that none engages anew.
LAST_WORDS: Final = timedelta(seconds=10)


class Stopped(NamedTuple):
    """Keys of checks that failed and are in quarantine, and of those that are switched off."""

    failed: frozenset[str]
    disabled: frozenset[str]


def stopped(now: datetime) -> Stopped:
    """Return the checks that do not run now; of those switched off, the ones that are silent."""
    in_quarantine, is_silent = Q(quarantined_at__isnull=False), Q(updated_at__lte=now - LAST_WORDS)
    speaks = Q(mode=Mode.ENABLED)
    settings, rules, limits = CheckSetting.objects, UserRule.objects, ThresholdRule.objects
    failed = [
        settings.filter(in_quarantine, is_enabled=True).values_list("key", flat=True),
        rules.filter(in_quarantine, speaks).values_list("key", flat=True),
        _keys(limits.filter(in_quarantine, is_enabled=True)),
    ]
    off = settings.filter(is_silent, is_enabled=False).exclude(key__in=_in_places())
    disabled = [
        off.values_list("key", flat=True),
        rules.filter(is_silent).exclude(speaks).values_list("key", flat=True),
        _keys(limits.filter(is_silent, is_enabled=False)),
    ]
    return Stopped(frozenset(chain(*failed)), frozenset(chain(*disabled)))


def _keys(limits: QuerySet[ThresholdRule]) -> list[str]:
    return [limit.key for limit in limits]


def _in_places() -> list[str]:
    """Return the keys of checks that an override enables somewhere."""
    return list(Override.objects.filter(is_enabled=True).values_list("check_key", flat=True))
