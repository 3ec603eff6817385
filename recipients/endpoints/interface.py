"""The interface itself: everything stands there; ntopng's built-in recipient, alert_store_db."""

from __future__ import annotations

from dataclasses import dataclass

from recipients.endpoints.base import Service


@dataclass(frozen=True)
class Interface(Service):
    """Sends nothing: alerts are on the pages within a second, whatever else is set here."""

    title = "In the interface"
    icon = "dvr"
    is_interface = True
