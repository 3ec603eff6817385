"""Servers of DNS, DHCP, NTP and SMTP that the operator does not know. Source: ntopng."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from checks.addresses import inside, is_multicast
from checks.base import About, FlowCheck
from checks.conditions import is_application
from checks.parameters import addresses


@dataclass(frozen=True)
class UnexpectedServer(FlowCheck):
    """Fires on flows of a service to a server that is not in ``items``."""

    score = 100
    client_share = 90
    default_enabled = False
    attacker = "client"
    applications: ClassVar[tuple[str, ...]] = ()
    service: ClassVar[str] = ""

    items: tuple[str, ...] = addresses(
        "Allowed servers", help="Addresses and networks; with none, every server is unexpected"
    )

    def when(self) -> pl.Expr:
        """Look at the service's flows."""
        return is_application(*self.applications)

    def refine(self) -> pl.Expr:
        """Leave out the servers that are known, and what is sent to many."""
        return ~(inside("server", self.items) | is_multicast("server"))

    def message(self) -> pl.Expr:
        """Name the server."""
        text = f"{{}} used the unexpected {self.service} server {{}}:{{}}"
        return pl.format(text, "client", "server", "server_port")

    def values(self) -> dict[str, pl.Expr]:
        """Return the server and how many are allowed."""
        return {"server": pl.col("server"), "allowed_servers": pl.lit(len(self.items))}


@dataclass(frozen=True)
class UnexpectedDns(UnexpectedServer):
    """Fires on DNS to a server that is not in ``items``."""

    key = "unexpected_dns"
    about = About.CLIENT
    title = "Unexpected DNS server"
    attack = "T1071.004"
    applications = ("DNS",)
    service = "DNS"


@dataclass(frozen=True)
class UnexpectedDhcp(UnexpectedServer):
    """Fires on DHCP to a server that is not in ``items``; broadcasts are left out."""

    key = "unexpected_dhcp"
    about = About.SERVER
    title = "Unexpected DHCP"
    attack = "T1207"
    applications = ("DHCP", "DHCPV6")
    service = "DHCP"

    def when(self) -> pl.Expr:
        """Look at the servers' ports, of IPv4 and IPv6."""
        return (pl.col("server_port") == 67) | (pl.col("server_port") == 547)

    def refine(self) -> pl.Expr:
        """Look at the application, and leave out the servers that are known."""
        return is_application(*self.applications) & super().refine()


@dataclass(frozen=True)
class UnexpectedNtp(UnexpectedServer):
    """Fires on NTP to a server that is not in ``items``."""

    key = "unexpected_ntp"
    about = About.CLIENT
    title = "Unexpected NTP"
    attack = "T1498.002"
    applications = ("NTP",)
    service = "NTP"


@dataclass(frozen=True)
class UnexpectedSmtp(UnexpectedServer):
    """Fires on SMTP, also in TLS, to a server that is not in ``items``."""

    key = "unexpected_smtp"
    about = About.CLIENT
    title = "Unexpected SMTP"
    attack = "T1071.003"
    applications = ("SMTP", "SMTPS")
    service = "SMTP"


CHECKS = (UnexpectedDns, UnexpectedDhcp, UnexpectedNtp, UnexpectedSmtp)
