"""The formats of blacklists, by ntopng's names, from text to networks and names. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final

#: Larger networks are taken for a mistake: a list with 0.0.0.0/0 would call everything bad.
_WIDEST: Final = {4: 8, 6: 16}
#: IPsum counts on how many lists an address is; its author advises three or more.
_LEAST_OCCURRENCES: Final = 3
_NAME: Final = re.compile(
    r"(?=.{4,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]*[a-z0-9]"
)
_OWN_NAMES: Final = frozenset({"localhost.localdomain", "ip6-localhost.localdomain"})


@dataclass(frozen=True)
class Entries:
    """A list's networks and lower-case names, each once, and how many entries meant nothing."""

    networks: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    refused: int = 0

    @property
    def count(self) -> int:
        """Return how many entries there are."""
        return len(self.networks) + len(self.names)


def parse(kind: str, text: str) -> Entries:
    """Return the entries of a list; raises KeyError for an unknown format."""
    read = FORMATS[kind]
    found = [entry for line in text.splitlines() for entry in read(_without_comment(line))]
    networks = (network for entry in found if (network := _to_network(entry)))
    names = (name for entry in found if (name := _to_name(entry)))
    entries = dict.fromkeys(networks), dict.fromkeys(names)
    understood = sum(1 for entry in found if _to_network(entry) or _to_name(entry))
    return Entries(tuple(entries[0]), tuple(entries[1]), len(found) - understood)


def _without_comment(line: str) -> str:
    return re.split(r"#|;|//|^!", line, maxsplit=1)[0].strip()


def _first_word(line: str) -> Iterable[str]:
    return line.split()[:1]


def _first_address(line: str) -> Iterable[str]:
    """Return a row's first cell that is an address; a header has none."""
    cells = (cell.strip().strip('"') for cell in line.split(","))
    return [cell for cell in cells if _to_network(cell) and not cell.isdecimal()][:1]


def _often_seen(line: str) -> Iterable[str]:
    """Return the address of a row "address count" with a count high enough."""
    address, _, count = line.partition("\t" if "\t" in line else " ")
    is_often = count.strip().isdecimal() and int(count) >= _LEAST_OCCURRENCES
    return [address] if is_often else []


def _hosts(line: str) -> Iterable[str]:
    """Return the names of a line of a hosts file: what follows the address, or all without one."""
    words = line.split()
    names = words[1:] if words and _to_network(words[0]) else words
    return [name for name in names if "." in name and name.lower() not in _OWN_NAMES]


#: Returns the entries of a line without its comment.
FORMATS: Final[Mapping[str, Callable[[str], Iterable[str]]]] = {
    "ip": _first_word,
    "ip_csv": _first_address,
    "ip_occurencies": _often_seen,
    "hosts": _hosts,
    "domain": _first_word,
}


def _to_network(entry: str) -> str | None:
    """Return an address or network as text, None for what is none or too wide."""
    if not entry[:1].isalnum() and not entry.startswith(":"):
        return None
    try:
        network = ip_network(entry, strict=False)
    except ValueError:
        return None
    return str(network) if network.prefixlen >= _WIDEST[network.version] else None


def _to_name(entry: str) -> str | None:
    """Return a domain name, lower-case and without a wildcard, None for what is none."""
    name = entry.lower().removeprefix("*.").strip(".")
    return name if _NAME.fullmatch(name) else None
