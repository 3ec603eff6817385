"""What Celery beat runs for the scripts: (name, task, seconds)."""

from __future__ import annotations

from typing import Final

SCHEDULE: Final = [
    ("Lua scripts of flows", "ntopweb.tasks.run_flow_scripts", 1),
    ("Lua scripts of hosts", "ntopweb.tasks.run_host_scripts", 60),
]
