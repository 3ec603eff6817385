"""nDPI's flow risks: one check per bit, from the table beside this file.

Bits: nDPI 5.0's ``ndpi_risk_enum``; keys, scores, shares and roles: ntopng. nDPI 5 gave two bits
another meaning: 21 was an ESNI fault that it no longer looks for
(``ndpi_tls_suspicious_esni_usage``), 51 was full encryption, which is now part of 56.
``ndpi_name`` is what nDPI calls the risk in ``risk_info``; ``seen`` stands in the message between
the client and the server.
"""

from __future__ import annotations

import csv
import inspect
import re
from collections.abc import Mapping, Sequence
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


with TABLE.open(encoding="utf-8", newline="") as _file:
    _ROWS: Final = tuple(csv.DictReader(_file))

_TITLES: Final = pl.Enum([row["title"] for row in _ROWS])
#: What a message says between the client and the server, in the order of the titles.
_SEEN: Final = pl.Series([row["seen"] for row in _ROWS])
#: How nDPI begins its remark on a risk, in the order of the titles.
_BEGINS: Final = pl.Series([f"{row['ndpi_name']}: " for row in _ROWS])
#: From the next risk's name to the end. A remark may have semicolons, as a user agent has.
_REST: Final = rf"; (?:{'|'.join(re.escape(row['ndpi_name']) for row in _ROWS)})(?:; .*|: .*)?$"
#: Remarks that say what the message says.
_NO_NEWS: Final = r"^(?:nDPI protocol does not match|SNI should always|Found fatal TLS alert).*"


def _of_title(words: pl.Series) -> pl.Expr:
    """Return the words of each row's title; much faster than ``replace_strict``."""
    return pl.lit(words).gather(pl.col("title").cast(_TITLES).to_physical())


def _remarks(columns: Sequence[pl.Series]) -> pl.Series:
    """Return nDPI's remark on the risk named by a title in brackets, from its texts on all risks.

    They read "name: remark; name; name: remark". Most flows have names alone, which is asked first.
    """
    table = pl.DataFrame(columns, ["title", "info"])
    if not table["info"].str.contains(": ", literal=True).any():
        return pl.repeat("", table.height, eager=True)
    own = pl.col("info").str.splitn(_of_title(_BEGINS), 2).struct.field("field_1")
    own = own.str.replace(_REST, "").str.replace(_NO_NEWS, "")
    return table.select(pl.format(" ({})", own).replace(" ()", "").fill_null("")).to_series()


@dataclass(frozen=True)
class RiskCheck(FlowBit):
    """Fires when nDPI sees the risk in a flow."""

    column = "risk"
    needs = "packets, or an exporter that sends nDPI's risks"

    def message(self) -> pl.Expr:
        """Say what the client did or met at the server, and nDPI's remark on it."""
        seen, port = _of_title(_SEEN), pl.format(":{}", "server_port").replace(":0", "")
        return pl.format("{} {} {}{}{}", "client", seen, "server", port, _remark())

    def values(self) -> dict[str, pl.Expr]:
        """Return what the flow carries and nDPI's words."""
        return {
            "application": pl.col("application"),
            "server_name": pl.col("server_name"),
            "info": pl.col("risk_info"),
        }


def _remark() -> pl.Expr:
    return pl.map_batches(
        ["title", "risk_info"], _remarks, return_dtype=pl.String, is_elementwise=True
    )


@dataclass(frozen=True)
class UnsafeProtocolCheck(RiskCheck):
    """The client attacks; so does a server that answered with more than ten packets."""

    def message(self) -> pl.Expr:
        """Name the protocol, which is all that nDPI says."""
        text = "{} used the unsafe protocol {} with {}:{}"
        words = pl.format(text, "client", "application", "server", "server_port")
        return words.str.strip_suffix(":0")

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


CHECKS = tuple(_check(row) for row in _ROWS)
