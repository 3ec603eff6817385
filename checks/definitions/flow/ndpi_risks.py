"""nDPI's flow risks: one check per bit, from the table beside this file.

Bits: nDPI 5.0's ``ndpi_risk_enum``; keys, scores, shares and roles: ntopng. nDPI 5 gave two bits
another meaning: 21 was an ESNI fault that it no longer looks for
(``ndpi_tls_suspicious_esni_usage``), 51 was full encryption, which is now part of 56.
"""

from __future__ import annotations

import csv
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from checks.base import About, Category, FlowBit
from checks.conditions import is_application, is_below
from checks.parameters import names

TABLE: Final = Path(__file__).with_suffix(".csv")

#: nDPI's protocols that ask for names.
_LOOKUPS: Final = ("DNS", "MDNS", "LLMNR", "NetBIOS")
#: Domains whose machines have numbers for names, though nobody hides there: clouds, content
#: networks, telemetry, reverse look-ups. A host that an attacker can name is not among them.
_MACHINE_MADE: Final = (
    *(
        "akadns.net",
        "akamai.net",
        "akamaiedge.net",
        "akamaized.net",
        "edgekey.net",
        "edgesuite.net",
    ),
    *("aaplimg.com", "apple-dns.net", "icloud.com", "mzstatic.com", "apple.com"),
    *("1e100.net", "googlevideo.com", "googleusercontent.com", "gvt1.com", "gvt2.com"),
    *(
        "microsoft.com",
        "msedge.net",
        "office.com",
        "skype.com",
        "trafficmanager.net",
        "windows.com",
    ),
    *("fbcdn.net", "nflxvideo.net", "in-addr.arpa", "ip6.arpa", "sophosxl.net"),
)


@dataclass(frozen=True)
class RiskCheck(FlowBit):
    """Fires when nDPI sees the risk in a flow."""

    column = "risk"
    needs = "packets, or an exporter that sends nDPI's risks"

    def message(self) -> pl.Expr:
        """Name the risk, who talks to whom, and what nDPI says of the flow."""
        info = pl.col("risk_info").fill_null("")
        told = pl.when(info != "").then(pl.format(" ({})", info)).otherwise(pl.lit(""))
        return pl.format("{}: {} to {}:{}{}", "title", "client", "server", "server_port", told)

    def values(self) -> dict[str, pl.Expr]:
        """Return what the flow carries and nDPI's words."""
        return {
            "application": pl.col("application"),
            "server_name": pl.col("server_name"),
            "info": pl.col("risk_info"),
        }


@dataclass(frozen=True)
class UnsafeProtocolCheck(RiskCheck):
    """The client attacks; so does a server that answered with more than ten packets."""

    def attackers(self) -> pl.Expr:
        """Blame the server once it takes part."""
        is_taking_part = pl.col("packets_to_client") > 10
        return pl.when(is_taking_part).then(pl.lit("server")).otherwise(pl.lit("client"))


@dataclass(frozen=True)
class UnidirectionalCheck(RiskCheck):
    """Whether the other side answers does not show in a flow's first packet.

    The engine sets the bit when it stops looking, and an answer that comes later leaves it set.
    """

    events = ("update", "end")

    def refine(self) -> pl.Expr:
        """Return whether one direction is still empty."""
        return (pl.col("packets_to_server") == 0) | (pl.col("packets_to_client") == 0)


@dataclass(frozen=True)
class MismatchCheck(RiskCheck):
    """A look-up of a name is left out.

    nDPI names the flow after the name that is asked ("DNS.Teams"), while the address is the
    resolver's, which never is the service's: every question for a large service's name fired.
    """

    advice = "A proxy or a content network in front of the service looks alike: exclude it."

    def refine(self) -> pl.Expr:
        """Return whether the flow is the service itself."""
        return ~is_application(*_LOOKUPS)


@dataclass(frozen=True)
class GeneratedNameCheck(RiskCheck):
    """Names below ``items`` are left out: content networks and clouds number their machines."""

    advice = "Add the domain to the allowed ones."

    items: tuple[str, ...] = names("Allowed domains", _MACHINE_MADE)

    def refine(self) -> pl.Expr:
        """Return whether no large service made the name."""
        name = pl.coalesce("dns_query", "server_name").fill_null("").str.to_lowercase()
        return ~is_below(name, self.items)


#: Checks that are more than their row of the table.
_SPECIAL: Final[Mapping[str, type[RiskCheck]]] = {
    "ndpi_mismatching_protocol_with_ip": MismatchCheck,
    "ndpi_suspicious_dga_domain": GeneratedNameCheck,
    "ndpi_unsafe_protocol": UnsafeProtocolCheck,
    "ndpi_unidirectional_traffic": UnidirectionalCheck,
}


def _check(row: Mapping[str, str]) -> type[RiskCheck]:
    base = _SPECIAL.get(row["key"], RiskCheck)
    numbers = {name: int(row[name]) for name in ("bit", "score", "client_share")}
    words = {name: row[name] for name in ("key", "title", "attack", "attacker", "victim")}
    own = {
        "category": Category(row["category"]),
        "about": About[row["about"]],
        "__doc__": " ".join(filter(None, (f"{row['description']}.", _more(base)))),
    }
    name = "".join(part.title() for part in row["key"].split("_"))
    facts = {**numbers, **words, **own, "__module__": __name__}
    return dataclass(frozen=True)(type(name, (base,), facts))


def _more(base: type[RiskCheck]) -> str:
    """Return what a check that is more than its row says of itself."""
    return inspect.cleandoc(base.__doc__ or "") if base is not RiskCheck else ""


def _read() -> tuple[type[RiskCheck], ...]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(_check(row) for row in csv.DictReader(file))


CHECKS = _read()
