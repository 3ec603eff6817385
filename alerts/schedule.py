"""What Celery beat runs for the alerts: (name, task, seconds)."""

from __future__ import annotations

from typing import Final

SCHEDULE: Final = [
    ("Counted flows that ended", "alerts.tasks.forget_ended_flows", 60),
    ("Old alerts", "alerts.tasks.delete_old_alerts", 3600),
    ("Old reports", "alerts.tasks.delete_old_reports", 3600),
]
