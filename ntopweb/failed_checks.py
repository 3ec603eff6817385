"""A check that failed at run time: stopped, and one alert says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from alerts.findings import report
from checks.quarantine import quarantine
from checks.settings_store import forget_runner

#: The key of the alert.
CHECK = "check_quarantined"


def stop(failures: Iterable[tuple[str, str]], now: datetime) -> list[str]:
    """Quarantine the failed checks of (key, error) and alert each once; return those stopped.

    Call it outside the transaction of the batch, which is stored whatever the checks do.
    """
    errors = dict(failures)
    stopped = quarantine(errors.items(), now)
    for key in stopped:
        message = f"The check {key} failed and was stopped: {errors[key]}"
        report(CHECK, key, message, {"check": key, "error": errors[key]}, now=now)
    if stopped:
        forget_runner()
    return stopped
