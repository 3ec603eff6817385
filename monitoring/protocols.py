"""Names of numbers on the wire. Source: IANA's registries of protocols and DNS parameters."""

from __future__ import annotations

from typing import Final

L4_NAMES: Final = {
    1: "ICMP",
    2: "IGMP",
    4: "IPIP",
    6: "TCP",
    8: "EGP",
    17: "UDP",
    41: "IPv6",
    46: "RSVP",
    47: "GRE",
    50: "ESP",
    51: "AH",
    58: "ICMPv6",
    88: "EIGRP",
    89: "OSPF",
    103: "PIM",
    112: "VRRP",
    115: "L2TP",
    132: "SCTP",
    136: "UDPLite",
}
_L4_IDS: Final = {name.lower(): number for number, name in L4_NAMES.items()}

DNS_TYPES: Final = {
    1: "A",
    2: "NS",
    5: "CNAME",
    6: "SOA",
    12: "PTR",
    15: "MX",
    16: "TXT",
    28: "AAAA",
    33: "SRV",
    35: "NAPTR",
    43: "DS",
    48: "DNSKEY",
    64: "SVCB",
    65: "HTTPS",
    255: "ANY",
}
DNS_RCODES: Final = {
    0: "NOERROR",
    1: "FORMERR",
    2: "SERVFAIL",
    3: "NXDOMAIN",
    4: "NOTIMP",
    5: "REFUSED",
}
#: RFC 9293 and RFC 3168, lowest bit first.
TCP_FLAGS: Final = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")
#: Zeek's conn_state in words.
CONNECTION_STATES: Final = {
    "S0": "Attempt seen, no answer",
    "S1": "Established, not closed",
    "SF": "Established and closed",
    "REJ": "Attempt rejected",
    "S2": "Closed by the client only",
    "S3": "Closed by the server only",
    "RSTO": "Aborted by the client",
    "RSTR": "Aborted by the server",
    "RSTOS0": "SYN, then RST by the client",
    "RSTRH": "SYN-ACK, then RST by the server",
    "SH": "SYN, then FIN by the client",
    "SHR": "SYN-ACK, then FIN by the server",
    "OTH": "No SYN seen",
}


def l4_name(number: int) -> str:
    """Return the name of an IP protocol, or "IP <number>" for one without."""
    return L4_NAMES.get(number, f"IP {number}")


def l4_number(name: str) -> int:
    """Return the number of an IP protocol given by name or number; raises ValueError."""
    if name.isdecimal() and int(name) < 256:
        return int(name)
    if (number := _L4_IDS.get(name.lower())) is None:
        raise ValueError(f"{name!r} is no IP protocol: give its name, as TCP, or its number")
    return number


def tcp_flag_names(flags: int) -> list[str]:
    """Return the names of the TCP flags in the byte, in the order of their bits."""
    return [name for bit, name in enumerate(TCP_FLAGS) if flags >> bit & 1]


def mac_text(number: int) -> str:
    """Return a 48-bit number as "00:1b:63:84:45:e6"; 0, which is unknown, as ""."""
    return number.to_bytes(6, "big").hex(":") if number else ""
