"""The words that checks are sorted by."""

from __future__ import annotations

from enum import StrEnum


class Category(StrEnum):
    """What a check is about, after ntopng."""

    SECURITY = "security"
    NETWORK = "network"
    SYSTEM = "system"
    INTERNALS = "internals"
    OTHER = "other"


class Family(StrEnum):
    """Who a finding is about; the tab a check stands under."""

    FLOW = "flow"
    HOST = "host"
    INTERFACE = "interface"
    NETWORK = "network"
    SYSTEM = "system"


class Side(StrEnum):
    """The two ways to look at a host."""

    ATTACKER = "attacker"
    VICTIM = "victim"
