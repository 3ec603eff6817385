"""More in one second than a host should send or receive. Source: ntopng; ATT&CK T1498.

Each check runs twice: the host that sends attacks, the host that receives suffers.
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.base import BothSides, Category, number


@dataclass(frozen=True)
class SynFlood(BothSides):
    """Fires while a host sends, or receives, more than ``threshold`` TCP SYN in one second."""

    key = "syn_flood"
    title = "SYN Flood"
    default_enabled = False
    attack = "T1498.001"
    needs = "packets"
    sent = "syn_sent_per_second"
    received = "syn_received_per_second"
    noun = "SYN/s"

    threshold: float = number("SYN", 256, unit="SYN/s", minimum=1, maximum=65_535)


@dataclass(frozen=True)
class FlowFlood(BothSides):
    """Fires while more than ``threshold`` flows from, or to, a host begin in one second."""

    key = "flow_flood"
    title = "Flow Flood"
    default_enabled = False
    attack = "T1498"
    sent = "new_flows_per_second"
    received = "new_flows_received_per_second"
    noun = "new flows/s"

    threshold: float = number("New flows", 256, unit="flows/s", minimum=1, maximum=65_535)


@dataclass(frozen=True)
class DnsFlood(BothSides):
    """Fires while a host sends, or receives, more than ``threshold`` DNS messages in one second."""

    key = "dns_flood"
    title = "DNS Flood"
    default_enabled = False
    attack = "T1498.002"
    sent = "dns_sent_per_second"
    received = "dns_received_per_second"
    noun = "DNS messages/s"

    threshold: float = number("DNS", 750, unit="messages/s", minimum=1, maximum=65_535)


@dataclass(frozen=True)
class IcmpFlood(BothSides):
    """Fires while a host sends, or receives, more than ``threshold`` ICMP packets in one second."""

    key = "icmp_flood"
    title = "ICMP Flood"
    default_enabled = False
    attack = "T1498.001"
    sent = "icmp_sent_per_second"
    received = "icmp_received_per_second"
    noun = "ICMP packets/s"

    threshold: float = number("ICMP", 250, unit="packets/s", minimum=1, maximum=65_535)


@dataclass(frozen=True)
class SnmpFlood(BothSides):
    """Fires while a host sends, or receives, more than ``threshold`` SNMP requests in one second.

    Requests are packets with a payload to UDP or TCP port 161.
    """

    key = "snmp_flood"
    title = "SNMP Flood"
    default_enabled = False
    attack = "T1498.001"
    needs = "packets"
    sent = "snmp_sent_per_second"
    received = "snmp_received_per_second"
    noun = "SNMP requests/s"

    threshold: float = number("SNMP", 750, unit="requests/s", minimum=1, maximum=65_535)


@dataclass(frozen=True)
class RstScan(BothSides):
    """Fires while a host sends, or receives, more than ``threshold`` TCP RST in one second."""

    key = "rst_scan"
    title = "RST Scan"
    category = Category.NETWORK
    default_enabled = False
    attack = "T1595"
    needs = "packets"
    sent = "rst_sent_per_second"
    received = "rst_received_per_second"
    noun = "RST/s"

    threshold: float = number("RST", 256, unit="RST/s", minimum=1, maximum=65_535)


CHECKS = (SynFlood, FlowFlood, DnsFlood, IcmpFlood, SnmpFlood, RstScan)
