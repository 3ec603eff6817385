"""Connection attempts faster than a host should make or get. Source: ntopng; ATT&CK T1498.001."""

from __future__ import annotations

from dataclasses import dataclass

from checks.base import BothSides, number


@dataclass(frozen=True)
class SynFlood(BothSides):
    """Fires while a host sends, or receives, more than ``threshold`` SYN in one second."""

    title = "SYN flood"
    default_enabled = False
    attack = "T1498.001"
    needs = "packets"
    sent = "syn_sent_per_second"
    received = "syn_received_per_second"
    noun = "SYN/s"

    threshold: float = number("SYN", 256, unit="SYN/s", minimum=1, maximum=65_535)
