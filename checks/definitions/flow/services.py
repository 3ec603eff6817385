"""Uses of well-known services that an attacker would make, and few others. ATT&CK beside each.

Our own, beyond ntopng's catalogue: the applications are nDPI's.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.addresses import is_multicast
from checks.base import About, Category, FlowCheck
from checks.conditions import UDP, is_application, is_established, percent
from checks.parameters import names, number


@dataclass(frozen=True)
class TorTraffic(FlowCheck):
    """Fires when a host inside speaks Tor."""

    key = "tor_traffic"
    title = "Tor Traffic"
    score = 50
    about = About.LOCAL
    attack = "T1090.003"
    attacker = "client"

    def when(self) -> pl.Expr:
        """Look for nDPI's name, alone or inside TLS."""
        name = pl.col("application")
        return (name == "Tor") | name.str.ends_with(".Tor")

    def message(self) -> pl.Expr:
        """Name both."""
        return pl.format("{} uses Tor by {}:{}", "client", "server", "server_port")

    def values(self) -> dict[str, pl.Expr]:
        """Return the application and the name in the handshake."""
        return {name: pl.col(name) for name in ("application", "server_name")}


@dataclass(frozen=True)
class EncryptedDns(FlowCheck):
    """Fires on DNS over HTTPS, TLS or QUIC to a server outside: your resolvers do not see it."""

    key = "encrypted_dns"
    title = "Encrypted DNS"
    category = Category.NETWORK
    score = 10
    default_enabled = False
    about = About.LOCAL
    attack = "T1071.004"
    advice = "Browsers do so by themselves; switch it on where your policy forbids it."

    def when(self) -> pl.Expr:
        """Look at flows to the outside whose application may be one of these."""
        name = pl.col("application")
        may_be = pl.any_horizontal(name.str.starts_with(n) for n in ("DoH_DoT", "DNScrypt"))
        may_be |= name.str.ends_with(".DoH_DoT")
        return may_be & (pl.col("direction") == "local_to_remote")

    def refine(self) -> pl.Expr:
        """Look at the application's whole name."""
        name = pl.col("application")
        return is_application("DoH_DoT", "DNScrypt") | name.str.ends_with(".DoH_DoT")

    def message(self) -> pl.Expr:
        """Name the resolver."""
        name = pl.coalesce("server_name", "server")
        return pl.format("{} asks {} for names, encrypted", "client", name)

    def values(self) -> dict[str, pl.Expr]:
        """Return the application and the resolver's name."""
        return {name: pl.col(name) for name in ("application", "server_name")}


@dataclass(frozen=True)
class SmbAcrossTheBorder(FlowCheck):
    """Fires when an established flow of ``applications`` crosses the border of your networks.

    A link to a share outside makes Windows send its user's hash there (forced authentication);
    shares and directories open to the outside are how worms travel.
    """

    key = "internal_service_across_border"
    title = "Internal Service Across the Border"
    score = 100
    about = About.LOCAL
    attack = "T1187"

    applications: tuple[str, ...] = names(
        "Applications",
        ("SMBv1", "SMBv23", "NetBIOS", "LDAP", "RPC", "NFS", "Kerberos", "MsSQL-TDS"),
    )

    def when(self) -> pl.Expr:
        """Look at flows with one end inside."""
        crosses = pl.col("client_is_local") != pl.col("server_is_local")
        is_wanted = is_application(*self.applications) if self.applications else pl.lit(False)
        return is_wanted & crosses

    def refine(self) -> pl.Expr:
        """Leave out what nobody answered and what is sent to many."""
        answered = pl.col("packets_to_client") > 0
        return answered & is_established() & ~is_multicast("server")

    def message(self) -> pl.Expr:
        """Name the application."""
        text = "{} between {} and {}:{} crosses the border"
        return pl.format(text, "application", "client", "server", "server_port")

    def values(self) -> dict[str, pl.Expr]:
        """Return application and direction."""
        direction = pl.col("direction").cast(pl.String)
        return {"application": pl.col("application"), "direction": direction}


@dataclass(frozen=True)
class DnsZoneTransfer(FlowCheck):
    """Fires when somebody asks for a whole zone (DNS types AXFR and IXFR; RFC 5936, RFC 1995)."""

    key = "dns_zone_transfer"
    title = "DNS Zone Transfer"
    score = 50
    about = About.CLIENT
    attack = "T1590.002"
    attacker = "client"
    victim = "server"
    needs = "packets"
    advice = "Secondary name servers do so: exclude them."

    def when(self) -> pl.Expr:
        """Look at the type asked."""
        return pl.col("dns_query_type").is_in([251, 252])

    def message(self) -> pl.Expr:
        """Name the zone."""
        zone = pl.col("dns_query").fill_null("")
        return pl.format("{} asked {} for the zone {}", "client", "server", zone)

    def values(self) -> dict[str, pl.Expr]:
        """Return the zone and the type."""
        return {"zone": pl.col("dns_query"), "type": pl.col("dns_query_type")}


@dataclass(frozen=True)
class ReflectionAmplification(FlowCheck):
    """Fires when a local UDP service answers the outside with ``factor`` times what it was asked.

    Such services are misused to flood others, with the victim's address as the sender's. Method
    and factors: C. Rossow, "Amplification Hell", NDSS 2014.
    """

    key = "reflection_amplification"
    title = "Reflection and Amplification"
    score = 100
    about = About.SERVER
    attack = "T1498.002"
    attacker = "server"
    victim = "client"
    events = ("update", "end")
    advice = "Close the service to the outside, or limit its rate."

    factor: float = number("Factor", 10, unit="times", minimum=1.5, maximum=10_000)
    min_bytes: float = number("Bytes", 10_000, unit="bytes", minimum=1, maximum=2**40)
    applications: tuple[str, ...] = names(
        "Applications",
        ("DNS", "NTP", "SNMP", "SSDP", "Memcached", "LDAP", "NetBIOS", "TFTP", "RPC"),
    )

    def when(self) -> pl.Expr:
        """Look at UDP from outside that is answered by much more."""
        is_large = pl.col("bytes_to_client") > self.min_bytes
        return (pl.col("l4") == UDP) & is_large & (pl.col("direction") == "remote_to_local")

    def refine(self) -> pl.Expr:
        """Compare what came with what went."""
        is_wanted = is_application(*self.applications) if self.applications else pl.lit(False)
        return (self._factor() > self.factor) & is_wanted

    def _factor(self) -> pl.Expr:
        return percent("bytes_to_client", "bytes_to_server") / 100

    def message(self) -> pl.Expr:
        """Name the service and the factor."""
        text = "{} on {}:{} answered {} with {} times what it was asked"
        factor = self._factor().round(1)
        return pl.format(text, "application", "server", "server_port", "client", factor)

    def values(self) -> dict[str, pl.Expr]:
        """Return the factor and its limit."""
        return {
            "factor": self._factor().round(2),
            "factor_limit": pl.lit(self.factor),
            "bytes_to_client": pl.col("bytes_to_client"),
        }


CHECKS = (TorTraffic, EncryptedDns, SmbAcrossTheBorder, DnsZoneTransfer, ReflectionAmplification)
