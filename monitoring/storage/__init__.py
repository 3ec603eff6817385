"""Where flows and traffic stand: tables partitioned by time, and the one place that knows how.

With the ``timescaledb`` extension these are hypertables with columnstore and retention policies;
without it native range partitions, made ahead and dropped whole. :mod:`monitoring.storage.tables`
says what there is; :func:`backend` which of the two ways a database uses. Nothing else asks.
"""

from __future__ import annotations

from monitoring.storage.backend import Backend, backend, create, drop, make_room

__all__ = ["Backend", "backend", "create", "drop", "make_room"]
