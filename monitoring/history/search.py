"""The one search box of flows: an address, a network, a port, or part of a name."""

from __future__ import annotations

from typing import Any

from monitoring.history.addresses import parse_place


def parse_search(text: str) -> dict[str, Any]:
    """Return the fields of a FlowFilter that words stand for, all of which must hold.

    ``10.0.0.7`` and ``10.0.0.0/8`` are a host, a second one its peer; ``:443`` is a port;
    ``vlan:7`` a VLAN; ``score:50`` the least score; anything else is part of an application's or
    server's name. Raises ValueError naming the word and the reason.
    """
    found: dict[str, Any] = {}
    for word in text.split():
        name, value = _field_of(word, "host" in found)
        if name in found:
            raise ValueError(f"{word!r}: there may be one {name} only")
        found[name] = value
    return found


def _field_of(word: str, has_host: bool) -> tuple[str, Any]:
    if (place := _place(word)) is not None:
        return ("peer" if has_host else "host"), place
    for prefix, name, most in (
        ("vlan:", "vlan", 4095),
        ("score:", "min_score", 32_767),
        (":", "port", 65_535),
    ):
        if word.startswith(prefix):
            return name, _number(word, word.removeprefix(prefix), most)
    return "text", word


def _place(word: str) -> str | None:
    try:
        return str(parse_place(word))
    except ValueError:
        return None


def _number(word: str, digits: str, most: int) -> int:
    if not digits.isdecimal() or int(digits) > most:
        raise ValueError(f"{word!r}: give a number up to {most:,} after the colon")
    return int(digits)
