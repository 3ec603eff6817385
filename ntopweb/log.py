"""One line per event that people can read: time, level, text, and what belongs to it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog
from django.db.utils import InterfaceError, OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError
from structlog.typing import Processor

#: `up` puts the time and the process before each line itself.
_HAS_TIME = "NTOPWEB_SUPERVISED" not in os.environ


class NoUnavailable(logging.Filter):
    """Drops answers 503: they are meant, and say themselves what is missing."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is to be kept."""
        return getattr(record, "status_code", 0) != 503


def render(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
    """Return the event as one line: level, text, ``key=value`` pairs; a traceback below it."""
    trace = event.pop("exception", None)
    level, text = event.pop("level", method), event.pop("event", "")
    pairs = [f"{key}={value}" for key, value in event.items() if not key.startswith("_")]
    time = [f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"] if _HAS_TIME else []
    line = " ".join([*time, f"{level:<7}", " ".join(str(text).split()), *pairs])
    return f"{line}\n{trace}" if trace else line


def shorten_outages(logger: Any, method: str, event: MutableMapping[str, Any]) -> Any:
    """Drop the traceback of a server that is away: it tells nothing that the text does not."""
    kept = event.get("exc_info")
    error = kept[1] if isinstance(kept, tuple) else sys.exc_info()[1] if kept else None
    if isinstance(error, (OperationalError, InterfaceError, RedisConnectionError)):
        event.pop("exc_info")
    return event


_SHARED: list[Processor] = [
    structlog.stdlib.add_log_level,
    shorten_outages,
    structlog.processors.format_exc_info,
]

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)

#: The setting of that name.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
            "foreign_pre_chain": _SHARED,
        }
    },
    "filters": {"no_503": {"()": "ntopweb.log.NoUnavailable"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("NTOPWEB_LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "django.request": {"level": "ERROR", "filters": ["no_503"]},  # a 404 is no event
        "celery": {"level": "WARNING"},
        "django_celery_beat": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
    },
}
