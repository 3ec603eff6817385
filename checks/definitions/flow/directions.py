"""Flows that go where they should not. Source: ntopng; the ATT&CK techniques beside each."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.addresses import is_multicast
from checks.base import About, FlowCheck
from checks.conditions import UDP, is_any_of
from checks.parameters import vlans

_BROADCAST_MAC = (1 << 48) - 1


@dataclass(frozen=True)
class RemoteToRemote(FlowCheck):
    """Fires on flows between two hosts of which neither is local."""

    key = "remote_to_remote"
    about = About.CLIENT
    title = "Remote to Remote Flow"
    score = 10
    default_enabled = False
    attack = "T1563.002"
    advice = "Usually a local network that is not on the list of local networks."

    def when(self) -> pl.Expr:
        """Leave out what is sent to many."""
        return (pl.col("direction") == "remote") & ~is_multicast("server")

    def message(self) -> pl.Expr:
        """Name both."""
        return pl.format("{} to {}:{}, neither is local", "client", "server", "server_port")


@dataclass(frozen=True)
class VlanBidirectionalTraffic(FlowCheck):
    """Fires when both directions of a flow are seen on a VLAN that should carry one only."""

    key = "vlan_bidirectional_traffic"
    about = About.CLIENT
    title = "VLAN Bidirectional Flow"
    score = 100
    client_share = 90
    default_enabled = False

    items: tuple[str, ...] = vlans("VLANs", help="Those that carry one direction only")

    def when(self) -> pl.Expr:
        """Look at the VLANs."""
        return is_any_of("vlan", tuple(int(vlan) for vlan in self.items))

    def refine(self) -> pl.Expr:
        """Leave out what goes one way, or stays inside."""
        both = (pl.col("bytes_to_server") > 0) & (pl.col("bytes_to_client") > 0)
        return both & ~pl.col("server_is_local") & ~is_multicast("server")

    def message(self) -> pl.Expr:
        """Name both and the VLAN."""
        text = "{} and {}:{} talk both ways on VLAN {}"
        return pl.format(text, "client", "server", "server_port", "vlan")


@dataclass(frozen=True)
class BroadcastNonUdpTraffic(FlowCheck):
    """Fires on traffic to a broadcast address, of Ethernet or IPv4, that is not UDP."""

    key = "broadcast_non_udp_traffic"
    about = About.CLIENT
    title = "Broadcast Non-UDP Traffic"
    score = 100
    client_share = 90
    attack = "T1046"
    attacker = "client"

    def when(self) -> pl.Expr:
        """Look at the limited broadcast and the Ethernet broadcast."""
        is_everyone = (pl.col("server_high") == 0) & (pl.col("server_low") == 0xFFFF_FFFF_FFFF)
        is_broadcast = is_everyone | (pl.col("server_mac") == _BROADCAST_MAC)
        return is_broadcast & (pl.col("l4") != UDP)

    def message(self) -> pl.Expr:
        """Name the sender and the protocol's number."""
        return pl.format("{} sent IP protocol {} to the broadcast {}", "client", "l4", "server")

    def values(self) -> dict[str, pl.Expr]:
        """Return the protocol's number."""
        return {"l4": pl.col("l4")}


CHECKS = (RemoteToRemote, VlanBidirectionalTraffic, BroadcastNonUdpTraffic)
