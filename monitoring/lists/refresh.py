"""Reading lists again when their time has come."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction

from monitoring.lists.fetch import MOST_BYTES, fetch
from monitoring.lists.known import seed
from monitoring.lists.parsers import parse
from monitoring.models import BlacklistContent, BlacklistSource

logger = logging.getLogger(__name__)

_SHIPPED: Final = Path(__file__).parent / "data"
#: A list that failed is tried again after this, or after its own time where that is less.
RETRY_SECONDS: Final = 900


def refresh_due(now: datetime) -> int:
    """Read the enabled lists whose time has come; return how many were read without an error."""
    seed()
    return sum(refresh(source, now) for source in due(now))


def due(now: datetime) -> list[BlacklistSource]:
    """Return the enabled lists with a location that are to be read."""
    rows = BlacklistSource.objects.filter(is_enabled=True).exclude(location="")
    return [source for source in rows if _is_due(source, now)]


def _is_due(source: BlacklistSource, now: datetime) -> bool:
    if source.attempted_at is None:
        return True
    wait = min(source.refresh_seconds, RETRY_SECONDS) if source.error else source.refresh_seconds
    return (now - source.attempted_at).total_seconds() >= wait


def refresh(source: BlacklistSource, now: datetime) -> bool:
    """Read a list, or keep the old entries and the error; return whether it was read."""
    source.attempted_at = now
    try:
        entries = parse(source.format, read(source.location).decode("utf-8", "replace"))
        if not entries.count:
            raise ValueError(f"has no entry in the format {source.format}")
    except (OSError, ValueError) as error:
        source.error = str(error)[:1_000]
        source.save(update_fields=["attempted_at", "error"])
        logger.warning("blacklist %s: %s", source.name, source.error)
        return False
    source.refreshed_at, source.error = now, ""
    source.entries, source.refused = entries.count, entries.refused
    with transaction.atomic():
        BlacklistContent.objects.update_or_create(
            source=source,
            defaults={"networks": "\n".join(entries.networks), "names": "\n".join(entries.names)},
        )
        source.save(update_fields=["attempted_at", "refreshed_at", "error", "entries", "refused"])
    return True


def read(location: str) -> bytes:
    """Return a list's bytes from its URL or file; raises OSError or ValueError."""
    if "://" in location:
        return fetch(location, is_private_allowed=settings.LISTS_ALLOW_PRIVATE)
    path = find_file(location)
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{location} is larger than {MOST_BYTES} bytes")
    return path.read_bytes()


def find_file(name: str) -> Path:
    """Return a file of the data folder's ``lists/`` or one that is shipped; never one elsewhere."""
    for folder in (Path(settings.DATA_DIR) / "lists", _SHIPPED):
        path = (folder / name).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            return path
    raise FileNotFoundError(f"there is no file {name!r} in the data folder's lists/")
