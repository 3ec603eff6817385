"""Who takes part: the machines of a small company, and servers outside.

Local machines have private addresses (RFC 1918, 4193), servers outside documentation addresses
(RFC 5737, 3849); well-known public resolvers appear with their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from capture_agent.demonstration.packets import Endpoint

OFFICE, SERVERS, THINGS = 10, 20, 30
_ULA: Final = "fd5e:a1b2:c3d4"
_GATEWAY_MAC: Final = "00:0c:42:10:00:01"


@dataclass(frozen=True)
class Machine:
    """A local machine: its place (network and number), the first half of its MAC, its system."""

    name: str
    network: int
    number: int
    vendor: str = "00:1b:21"
    system: str = "linux"
    v4: Endpoint = field(init=False)
    v6: Endpoint = field(init=False)

    def __post_init__(self) -> None:
        mac = f"{self.vendor}:{self.network:02x}:00:{self.number:02x}"
        ttl = 128 if self.system == "windows" else 64
        four = f"192.168.{self.network}.{self.number}"
        six = f"{_ULA}:{self.network}::{self.number:x}"
        object.__setattr__(self, "v4", Endpoint(mac, four, ttl))
        object.__setattr__(self, "v6", Endpoint(mac, six, ttl))

    def at(self, version: int) -> Endpoint:
        """Return the machine's address of a family."""
        return self.v6 if version == 6 else self.v4


def remote(address: str, ttl: int = 52) -> Endpoint:
    """Return an address outside, as the capture sees it: behind the gateway."""
    return Endpoint(_GATEWAY_MAC, address, ttl)


_DELL, _APPLE, _LENOVO = "f8:bc:12", "a4:83:e7", "54:e1:ad"
_HP, _SYNOLOGY, _VMWARE = "3c:d9:2b", "00:11:32", "00:50:56"
_AXIS, _SIEMENS, _SAMSUNG, _GOOGLE = "00:40:8c", "00:1b:1b", "8c:77:12", "3c:5a:b4"
_SNOM, _RASPBERRY = "00:04:13", "b8:27:eb"

MACHINES: Final = {
    machine.name: machine
    for machine in (
        Machine("gateway", OFFICE, 1, "00:0c:42"),
        Machine("ws-anna", OFFICE, 21, _DELL, "windows"),
        Machine("ws-ben", OFFICE, 22, _DELL, "windows"),
        Machine("ws-carla", OFFICE, 23, _LENOVO, "windows"),
        Machine("ws-dmitri", OFFICE, 24, _LENOVO, "linux"),
        Machine("ws-emma", OFFICE, 25, _APPLE, "apple"),
        Machine("ws-farid", OFFICE, 26, _DELL, "windows"),
        Machine("laptop-hana", OFFICE, 27, _APPLE, "apple"),
        Machine("laptop-guest", OFFICE, 28, _LENOVO, "linux"),
        Machine("iphone-anna", OFFICE, 41, _APPLE, "apple"),
        Machine("pixel-ben", OFFICE, 42, _GOOGLE, "linux"),
        Machine("galaxy-carla", OFFICE, 43, _SAMSUNG, "linux"),
        Machine("printer-office", OFFICE, 51, _HP, "thing"),
        Machine("printer-lab", OFFICE, 52, _HP, "thing"),
        Machine("dns", SERVERS, 2, _VMWARE),  # also DHCP and NTP
        Machine("mail", SERVERS, 10, _VMWARE),
        Machine("web", SERVERS, 20, _VMWARE),
        Machine("db", SERVERS, 30, _VMWARE),
        Machine("nas", SERVERS, 40, _SYNOLOGY),
        Machine("monitor", SERVERS, 50, _VMWARE),  # SNMP poller and syslog
        Machine("pbx", SERVERS, 60, _VMWARE),
        Machine("camera-door", THINGS, 11, _AXIS, "thing"),
        Machine("camera-yard", THINGS, 12, _AXIS, "thing"),
        Machine("plc-press", THINGS, 21, _SIEMENS, "thing"),
        Machine("hmi-press", THINGS, 22, _SIEMENS, "windows"),
        Machine("thermostat", THINGS, 31, _RASPBERRY, "thing"),
        Machine("mqtt-broker", THINGS, 32, _RASPBERRY),
        Machine("tv-meeting", THINGS, 41, _SAMSUNG, "linux"),
        Machine("phone-desk-1", THINGS, 61, _SNOM, "thing"),
        Machine("phone-desk-2", THINGS, 62, _SNOM, "thing"),
    )
}

WORKSTATIONS: Final = tuple(name for name in MACHINES if name.startswith(("ws-", "laptop-hana")))
PHONES: Final = ("iphone-anna", "pixel-ben", "galaxy-carla")

#: Public resolvers and root servers that the company's DNS server asks.
RESOLVERS: Final = (
    "1.1.1.1", "8.8.8.8", "9.9.9.9", "77.88.8.8", "223.5.5.5", "193.0.14.129", "202.12.27.33",
    "2606:4700:4700::1111", "2001:4860:4860::8888", "2620:fe::fe",
)  # fmt: skip

#: On the lists of blacklisted addresses and names that the project seeds.
LISTED_SERVER: Final = "203.0.113.66"
LISTED_CLIENT: Final = "198.51.100.23"
LISTED_NAME: Final = "malware.example"


@dataclass(frozen=True)
class Site:
    """A service outside: its name, its place among the documentation addresses, its habits."""

    name: str
    number: int
    issuer: str = "DigiCert Inc"
    modern: bool = True  # TLS 1.3; otherwise 1.2 with a certificate in the clear
    kilobytes: int = 400  # of a visit, at most

    def at(self, version: int) -> Endpoint:
        """Return the site's address of a family."""
        return remote(self.address(version))

    def address(self, version: int) -> str:
        """Return the site's address of a family as text."""
        return f"2001:db8:100::{self.number:x}" if version == 6 else f"192.0.2.{self.number}"


SITES: Final = (
    Site("www.reddit.com", 10, kilobytes=300),
    Site("www.youtube.com", 11, "Google Trust Services", kilobytes=9_000),
    Site("github.com", 12, "Sectigo Limited", modern=False, kilobytes=700),
    Site("www.wikipedia.org", 13, "Let's Encrypt", modern=False),
    Site("www.salesforce.com", 14, kilobytes=1_200),
    Site("discord.com", 15, "Google Trust Services", kilobytes=2_500),
    Site("slack.com", 16, modern=False, kilobytes=800),
    Site("www.linkedin.com", 17),
    Site("www.netflix.com", 18, kilobytes=12_000),
    Site("www.dropbox.com", 19, modern=False, kilobytes=4_000),
    Site("www.amazon.com", 20, "Amazon"),
    Site("web.whatsapp.com", 21, kilobytes=200),
    Site("www.ebay.com", 22, "Sectigo Limited"),
    Site("open.spotify.com", 23, modern=False, kilobytes=3_000),
    Site("www.instagram.com", 24, kilobytes=2_000),
    Site("mail.example.org", 25, "Let's Encrypt", modern=False, kilobytes=250),
)  # fmt: skip
