"""Background work that spans apps; each task calls one function."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from checks.learning import bands, memory, rhythms
from ntopweb import derived, lua, platform
from ntopweb.periodic import run, run_sums


@shared_task
def run_periodic_checks() -> int:
    """Evaluate the checks that the clock runs; return how many findings there were."""
    return run(timezone.now())


@shared_task
def run_threshold_rules() -> int:
    """Evaluate the limits on sums of traffic; return how many findings there were."""
    return run_sums(timezone.now())


@shared_task
def run_derived_checks() -> int:
    """Evaluate the checks over minutes and what was learned; return how many findings."""
    return derived.run(timezone.now())


@shared_task
def run_platform_checks() -> int:
    """Evaluate the checks of the platform itself; return how many findings."""
    return derived.run(timezone.now(), platform.look)


@shared_task
def run_band_checks() -> int:
    """Evaluate the checks of unusual measures and of rhythms; return how many findings."""
    now = timezone.now()
    return derived.run(now, bands.look) + derived.run(now, rhythms.look)


@shared_task
def forget_learned() -> int:
    """Forget what was learned and not seen for long; return how many things."""
    return memory.forget_old(timezone.now())


@shared_task
def run_flow_scripts() -> int:
    """Run the Lua scripts over the flows that wait; return how many rows they saw."""
    return lua.follow(timezone.now())


@shared_task
def run_host_scripts() -> int:
    """Run the Lua scripts over the active hosts; return how many they picked."""
    return lua.run_hosts(timezone.now())
