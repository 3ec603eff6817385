"""What can be followed live, and who may."""

from __future__ import annotations

from typing import Any, Final

#: The permission that following each kind takes.
PERMISSIONS: Final = {
    "alerts": "alerts.view_alert",  # alerts that changed
    "traffic": "monitoring.view_interface",  # interfaces of which something new is stored
}


def group(kind: str) -> str:
    """Return the channel layer's group of a kind."""
    return f"live.{kind}"


def allowed(user: Any, kinds: frozenset[str]) -> frozenset[str]:
    """Return those of the kinds that the user may follow; asks the database."""
    return frozenset(kind for kind in kinds if user.has_perm(PERMISSIONS[kind]))
