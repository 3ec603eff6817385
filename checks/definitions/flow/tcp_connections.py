"""TCP connections that come to nothing. Source: ntopng; the ATT&CK techniques beside each."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.addresses import is_multicast
from checks.base import About, Category, FlowCheck
from checks.conditions import ACK, SYN, TCP, payload


@dataclass(frozen=True)
class Failing(FlowCheck):
    """A connection that fails: a scan is one alert."""

    about = About.OPENER
    category = Category.NETWORK
    client_share = 90

    def values(self) -> dict[str, pl.Expr]:
        """Return how the connection went."""
        return {
            "connection_state": pl.col("connection_state").cast(pl.String),
            "packets_to_server": pl.col("packets_to_server"),
            "packets_to_client": pl.col("packets_to_client"),
        }


@dataclass(frozen=True)
class ConnectionFailed(Failing):
    """Fires when nobody answers a TCP connection: a SYN to the server, nothing back."""

    key = "connection_failed"
    title = "TCP With No Answer"
    client_share = 50
    attack = "T1205.001"
    events = ("update", "end")
    advice = "Common where a firewall drops silently; exclude the server or its network."

    def when(self) -> pl.Expr:
        """Look at Zeek's state S0; where an exporter knows none, at flags and packets."""
        state, flags = pl.col("connection_state"), pl.col("tcp_flags_to_server")
        only_syn = (flags & (SYN | ACK) == SYN) & (pl.col("packets_to_client") == 0)
        is_failed = (state == "S0") | ((state == "") & only_syn)
        return (pl.col("l4") == TCP) & is_failed & ~is_multicast("server")

    def message(self) -> pl.Expr:
        """Name who did not answer."""
        return pl.format("{} got no answer from {}:{}", "client", "server", "server_port")


@dataclass(frozen=True)
class TcpConnectionRefused(Failing):
    """Fires when a server refuses a TCP connection: RST before the handshake is complete."""

    key = "tcp_connection_refused"
    title = "TCP Connection Refused"
    score = 10
    attack = "T1046"
    events = ("end",)
    needs = "packets"

    def when(self) -> pl.Expr:
        """Look at Zeek's state REJ."""
        return pl.col("connection_state") == "REJ"

    def message(self) -> pl.Expr:
        """Name who refused."""
        return pl.format("{}:{} refused {}", "server", "server_port", "client")


@dataclass(frozen=True)
class TcpFlowReset(Failing):
    """Fires when a TCP flow ends by RST from either side."""

    key = "tcp_flow_reset"
    title = "TCP Flow Reset"
    category = Category.SECURITY
    score = 10
    default_enabled = False
    attack = "T1499"
    events = ("end",)

    def when(self) -> pl.Expr:
        """Look at Zeek's states with a reset."""
        return pl.col("connection_state").is_in(["REJ", "RSTO", "RSTR", "RSTOS0", "RSTRH"])

    def message(self) -> pl.Expr:
        """Name the peers."""
        return pl.format("{} to {}:{} was reset", "client", "server", "server_port")


@dataclass(frozen=True)
class TcpNoDataExchanged(Failing):
    """Fires when a TCP flow ends without a byte of payload in either direction."""

    key = "tcp_no_data_exchanged"
    title = "TCP No Data Exchanged"
    score = 10
    attack = "T1046"
    events = ("end",)
    needs = "packets"

    def when(self) -> pl.Expr:
        """Leave out what is sent to many."""
        return (pl.col("l4") == TCP) & (payload() == 0) & ~is_multicast("server")

    def message(self) -> pl.Expr:
        """Name the peers."""
        return pl.format("{} and {}:{} exchanged no data", "client", "server", "server_port")


CHECKS = (ConnectionFailed, TcpConnectionRefused, TcpFlowReset, TcpNoDataExchanged)
