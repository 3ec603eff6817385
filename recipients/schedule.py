"""What Celery beat runs for the recipients: (name, task, seconds)."""

from __future__ import annotations

from typing import Final

SCHEDULE: Final = [
    ("Who is to be told", "recipients.tasks.decide", 2),
    ("Deliveries", "recipients.tasks.send", 2),
    ("Deliveries that got too old", "recipients.tasks.clean_up", 60),
    ("Old records of deliveries", "recipients.tasks.delete_old", 3600),
]
