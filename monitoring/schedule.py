"""What Celery beat runs for this app: (name, task, seconds)."""

from __future__ import annotations

from typing import Final

SCHEDULE: Final = [
    ("Traffic roll-ups", "monitoring.tasks.fold_traffic", 3),
    ("Flows of silent agents", "monitoring.tasks.close_stale_flows", 60),
    ("Places for remote hosts", "monitoring.tasks.trim_hosts", 60),
    ("Retention and partitions", "monitoring.tasks.keep_retention", 600),
]
