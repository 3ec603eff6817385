"""Scripts to begin with."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

#: Key (the file's name), title and target.
_STARTERS = (
    ("tls_between", "TLS between two hosts", "flow_detected"),
    ("certificate_issuer", "Certificates of an issuer", "flow_detected"),
    ("bittorrent_rate", "BitTorrent above a rate", "flow_periodic"),
    ("poor_calls", "Calls of poor quality", "flow_end"),
    ("many_countries", "A host contacting too many countries", "host"),
    ("clear_text_login", "Clear-text login to a server", "flow_detected"),
    ("many_silent_peers", "A host whose peers are silent", "host"),
)


class Starter(NamedTuple):
    """A script to begin with."""

    key: str
    title: str
    target: str
    source: str


@cache
def starters() -> tuple[Starter, ...]:
    """Return all starters."""
    folder = Path(__file__).parent
    return tuple(
        Starter(key, title, target, (folder / f"{key}.lua").read_text(encoding="utf-8"))
        for key, title, target in _STARTERS
    )
