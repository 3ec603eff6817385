"""The enabled lists as one thing to look up, kept per process until a list changes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from monitoring.enrichment.networks import Networks
from monitoring.models import BlacklistContent, BlacklistSource

logger = logging.getLogger(__name__)

#: ntopng's limits; what is over them is left out, last lists first.
MOST_NETWORKS: Final = 1_000_000
MOST_NAMES: Final = 200_000


class Content(NamedTuple):
    """A list's name, category and entries."""

    name: str
    category: str
    networks: list[str]
    domains: list[str]


@dataclass(frozen=True)
class Snapshot:
    """Networks labelled by their list's place in ``names``, from 1; domains with their list."""

    networks: Networks = field(default_factory=Networks)
    names: tuple[str, ...] = ()
    domains: dict[str, str] = field(default_factory=dict)
    #: The category of each list.
    categories: dict[str, str] = field(default_factory=dict)


def build(contents: Iterable[Content]) -> Snapshot:
    """Return a snapshot; where lists overlap, the first has its say."""
    labels: dict[str, int] = {}
    domains: dict[str, str] = {}
    names, categories = [], {}
    for label, content in enumerate(contents, 1):
        names.append(content.name)
        categories[content.name] = content.category
        for network in content.networks[: MOST_NETWORKS - len(labels)]:
            labels.setdefault(network, label)
        for domain in content.domains[: MOST_NAMES - len(domains)]:
            domains.setdefault(domain, content.name)
    return Snapshot(Networks.of(labels.items()), tuple(names), domains, categories)


class _Store:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.snapshot = Snapshot()
        self.version: object = None

    def current(self) -> Snapshot:
        with self.lock:
            version = _version()
            if version != self.version:
                self.snapshot, self.version = build(_read()), version
            return self.snapshot


_STORE: Final = _Store()


def load() -> Snapshot:
    """Return the enabled lists; read anew only when one was changed or refreshed."""
    return _STORE.current()


def _version() -> list[tuple[object, ...]]:
    rows = BlacklistSource.objects.filter(is_enabled=True).order_by("name")
    return list(rows.values_list("pk", "name", "category", "refreshed_at", "entries"))


def _read() -> list[Content]:
    contents = BlacklistContent.objects.filter(source__is_enabled=True)
    ordered = contents.select_related("source").order_by("source__name")
    return [
        Content(
            content.source.name,
            content.source.category,
            content.networks.split(),
            content.names.split(),
        )
        for content in ordered
    ]
