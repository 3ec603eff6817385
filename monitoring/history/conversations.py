"""Who talks with whom, and with which countries, from the roll-ups."""

from __future__ import annotations

from dataclasses import dataclass

from iso3166 import countries_by_alpha2

from monitoring.cardinality import OTHER
from monitoring.history.traffic import Sums, top
from monitoring.history.window import Window


@dataclass(frozen=True)
class Conversation:
    """A client, a server, and what they exchanged."""

    client: str
    server: str
    sums: Sums


@dataclass(frozen=True)
class Country:
    """A country beyond the border; ``number`` is its ISO 3166-1 number as text, "" if unknown."""

    code: str
    name: str
    number: str
    sums: Sums


def conversations(window: Window, limit: int = 25) -> list[Conversation]:
    """Return the pairs with most bytes in the window, greatest first."""
    found = top("peers", window, limit + 1)
    pairs = [(*one.key.partition(" ")[::2], one) for one in found if one.key != OTHER]
    return [Conversation(client, server, sums) for client, server, sums in pairs if server][:limit]


def countries(window: Window, limit: int = 250) -> list[Country]:
    """Return the countries with most bytes in the window, greatest first."""
    found = top("country", window, limit)
    return [_country(sums) for sums in found if sums.key not in ("", OTHER)]


def _country(sums: Sums) -> Country:
    known = countries_by_alpha2.get(sums.key)
    if known is None:
        return Country(sums.key, sums.key, "", sums)
    return Country(sums.key, known.apolitical_name, known.numeric, sums)
