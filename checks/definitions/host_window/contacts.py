"""Hosts that contact many services, countries or domains. Source: ntopng's checks of these keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from checks.base import Category, number
from checks.kinds import Contacts, HostWindowCheck


@dataclass(frozen=True)
class CountriesContacts(Contacts):
    """Fires when a local host contacts more than ``threshold`` countries in five minutes."""

    key = "countries_contacts"
    title = "Countries Contacts"
    score = 10
    default_enabled = False
    attack = "T1102"
    column = "countries"
    noun = "countries"
    advice = "Peer-to-peer programs and mail servers do so by nature."

    threshold: float = number("Countries", 100, unit="countries", minimum=1, maximum=255)


@dataclass(frozen=True)
class DomainNamesContacts(Contacts):
    """Fires when a local host asks for, or contacts, many registered domains in five minutes."""

    key = "domain_names_contacts"
    title = "Domain Names Contacts"
    category = Category.NETWORK
    score = 10
    default_enabled = False
    attack = "T1090.002"
    column = "domains"
    noun = "domains"
    advice = "Resolvers, proxies and mail servers do so by nature: exclude them."

    threshold: float = number("Domains", 250, unit="domains", minimum=1, maximum=1_000_000)


@dataclass(frozen=True)
class ServiceContacts(Contacts):
    """A client of more servers of a service than a client has; servers of it are left out."""

    score = 10
    default_enabled = False
    service: ClassVar[str] = ""

    def when(self) -> pl.Expr:
        """Leave out the service's own servers, which contact others by nature."""
        return super().when() & ~pl.col(f"is_{self.service}_server")


@dataclass(frozen=True)
class DnsContacts(ServiceContacts):
    """Fires when a local host that is no DNS server asks more than ``threshold`` DNS servers."""

    key = "dns_contacts"
    title = "DNS Server Contacts"
    attack = "T1071.004"
    column = "dns_servers"
    noun = "DNS servers"
    service = "dns"

    threshold: float = number("DNS servers", 5, unit="servers", minimum=1, maximum=65_535)


@dataclass(frozen=True)
class NtpContacts(ServiceContacts):
    """Fires when a local host that is no NTP server asks more than ``threshold`` NTP servers."""

    key = "ntp_contacts"
    title = "NTP Server Contacts"
    attack = "T1498.002"
    column = "ntp_servers"
    noun = "NTP servers"
    service = "ntp"

    threshold: float = number("NTP servers", 5, unit="servers", minimum=1, maximum=65_535)


@dataclass(frozen=True)
class SmtpContacts(ServiceContacts):
    """Fires when a local host that is no SMTP server mails by more than ``threshold`` servers."""

    key = "smtp_contacts"
    title = "SMTP Server Contacts"
    attack = "T1071.003"
    column = "smtp_servers"
    noun = "SMTP servers"
    service = "smtp"
    advice = "A mail server that only sends looks alike: exclude it."

    threshold: float = number("SMTP servers", 5, unit="servers", minimum=1, maximum=65_535)


@dataclass(frozen=True)
class RemoteConnection(HostWindowCheck):
    """Fires while a local host has ``connections`` or more flows of remote access with outside.

    Remote access, VPN and file sharing are nDPI's categories.
    """

    key = "remote_connection"
    title = "Remote Connection"
    category = Category.NETWORK
    score = 10
    default_enabled = False
    attack = "T1133"
    attacker = ""

    connections: float = number("Connections", 1, unit="flows", minimum=1, maximum=65_535)

    def when(self) -> pl.Expr:
        """Compare the number of flows."""
        return pl.col("remote_access") >= self.connections

    def message(self) -> pl.Expr:
        """Name how many, and of what."""
        applications = pl.col("remote_access_applications")
        text = "{} has {} flows of remote access: {}"
        return pl.format(text, "address", "remote_access", applications)

    def values(self) -> dict[str, pl.Expr]:
        """Return the number and its limit."""
        return {
            "remote_access": pl.col("remote_access"),
            "applications": pl.col("remote_access_applications"),
            "connections": pl.lit(self.connections),
        }


CHECKS = (
    CountriesContacts,
    DomainNamesContacts,
    DnsContacts,
    NtpContacts,
    SmtpContacts,
    RemoteConnection,
)
