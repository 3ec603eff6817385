"""Signs of life of the platform's processes, kept in Redis for seconds; ``/healthz`` reads them."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.cache import cache

#: The platform's processes that give signs of life.
PROCESSES = ("web", "ingest", "worker", "scripts", "deliveries", "beat", "lifecycle")

#: How long a sign of life counts, in seconds; processes give one every few seconds.
LIFETIME = 20


def beat(part: str) -> None:
    """Say that ``part`` ("ingest", "worker", "beat", "lifecycle", …) is alive and at work."""
    cache.set(f"heartbeat:{part}", 1, timeout=LIFETIME)


def alive(parts: Iterable[str]) -> set[str]:
    """Return those of ``parts`` that gave a sign of life; raises redis.RedisError without Redis."""
    keys = {f"heartbeat:{part}": part for part in parts}
    return {keys[key] for key in cache.get_many(keys)}
