"""What Celery beat runs for the checks: (name, task, seconds)."""

from __future__ import annotations

from typing import Final

SCHEDULE: Final = [
    ("Blacklists", "checks.tasks.refresh_blacklists", 60),
    ("Checks of silent interfaces", "ntopweb.tasks.run_periodic_checks", 20),
    ("Checks over minutes", "ntopweb.tasks.run_derived_checks", 15),
    ("Checks of the platform", "ntopweb.tasks.run_platform_checks", 60),
    ("Checks of bands and rhythms", "ntopweb.tasks.run_band_checks", 300),
    ("What was learned long ago", "ntopweb.tasks.forget_learned", 86_400),
    ("Limits on traffic", "ntopweb.tasks.run_threshold_rules", 60),
    ("Old shadows and back-tests", "checks.tasks.prune", 3_600),
]
