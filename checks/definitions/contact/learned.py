"""Contacts that were not there while we learned. Source: ntopng's three checks of these keys.

ntopng's rare destination is a stub; here a destination is rare when nobody inside has contacted
its registered domain (its address, where no name was seen) since learning began.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Category, Family
from checks.kinds import ContactCheck, spell
from checks.parameters import names


@dataclass(frozen=True)
class LateralMovement(ContactCheck):
    """Fires when a local client uses an application of a local server that is new, or denied.

    What is learned is client, server and application, of flows that were answered.
    """

    key = "lateral_movement"
    title = "Service Map Lateral Movement"
    family = Family.FLOW
    category = Category.NETWORK
    score = 50
    attack = "TA0008"
    attacker = "client"
    kind = "service"
    advice = "Allow it on the page of what was learned; learn for longer where work is varied."

    learning: float = spell("Learning", 7_200)
    alarm: float = spell("Alarm", 3_600)
    excluded_applications: tuple[str, ...] = names(
        "Excluded applications", ("DHCP", "DHCPV6", "ICMP", "ICMPV6", "MDNS", "LLMNR", "SSDP")
    )

    def when(self) -> pl.Expr:
        """Leave out what every machine says to every other."""
        excluded = list(self.excluded_applications)
        return super().when() & ~pl.col("application").is_in(excluded)

    def message(self) -> pl.Expr:
        """Name all three."""
        text = "{} contact: {} uses {} of {}:{}"
        return pl.format(text, self.how(), "client", "application", "server", "server_port")

    def identity(self) -> pl.Expr:
        """Return the three."""
        return pl.format("{}|{}|{}|{}", "client", "server", "application", "vlan")


@dataclass(frozen=True)
class ServerPortsContacts(ContactCheck):
    """Fires when a local host answers on a TCP or UDP port that is new, or denied."""

    key = "server_ports_contacts"
    title = "Server Port Detected"
    family = Family.HOST
    score = 50
    attack = "T1133"
    victim = "server"
    kind = "port"
    advice = "Allow the port on the page of what was learned."

    learning: float = spell("Learning", 7_200)
    alarm: float = spell("Alarm", 3_600)

    def message(self) -> pl.Expr:
        """Name host and port."""
        l4 = pl.col("l4").replace_strict({6: "TCP", 17: "UDP"}, default="other")
        text = "{} server port: {} answers on {} {} ({})"
        return pl.format(text, self.how(), "server", l4, "server_port", "application")

    def identity(self) -> pl.Expr:
        """Return host, protocol and port."""
        return pl.format("{}|{}|{}|{}", "server", "l4", "server_port", "vlan")


@dataclass(frozen=True)
class RareDestination(ContactCheck):
    """Fires when somebody inside contacts a domain outside that nobody contacted before."""

    key = "rare_destination"
    title = "Rare Destination"
    family = Family.FLOW
    category = Category.NETWORK
    score = 10
    default_enabled = False
    attack = "T1568"
    kind = "destination"
    advice = "Of use in networks with few destinations, as of servers or machines."

    learning: float = spell("Learning", 604_800)
    alarm: float = spell("Alarm", 3_600)

    def message(self) -> pl.Expr:
        """Name who and whom."""
        return pl.format("{} destination: {} contacted {}", self.how(), "client", "domain")

    def identity(self) -> pl.Expr:
        """Return the domain."""
        return pl.format("{}|{}", "domain", "interface_id")


CHECKS = (LateralMovement, ServerPortsContacts, RareDestination)
