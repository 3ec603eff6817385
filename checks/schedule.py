"""What Celery beat runs for the checks: (name, task, seconds)."""

from __future__ import annotations

from typing import Final

SCHEDULE: Final = [
    ("Blacklists", "checks.tasks.refresh_blacklists", 60),
    ("Checks of silent interfaces", "ntopweb.tasks.run_periodic_checks", 20),
    ("Checks over minutes", "ntopweb.tasks.run_derived_checks", 15),
    ("Limits on traffic", "ntopweb.tasks.run_threshold_rules", 60),
]
