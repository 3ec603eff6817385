"""Acknowledging and deleting alerts by family."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from alerts import actions
from ntopweb.ntopng.alerts.choosing import chosen
from ntopweb.ntopng.asking import Asked, Endpoint, writes
from ntopweb.ntopng.envelope import INVALID_ARGUMENTS, Refused
from ntopweb.ntopng.families import FAMILIES


def acknowledged(family: str | None, asked: Asked) -> list[Any]:
    """Note that the caller knows of the alerts that the filters leave; ``label`` is a comment."""
    label = asked.parameters.text("label")
    ids = chosen(asked, family, timeless=True).values_list("pk", flat=True)
    try:
        actions.acknowledge(asked.user, ids, asked.now, label)
    except ValueError as error:
        raise Refused(INVALID_ARGUMENTS, str(error)) from error
    return []


def deleted(family: str | None, asked: Asked) -> list[Any]:
    """Delete the alerts that the filters leave; without a row, both times must be given."""
    timeless = "row_id" in asked.parameters
    ids = chosen(asked, family, timeless=timeless).values_list("pk", flat=True)
    actions.delete(asked.user, ids)
    return []


def _endpoints() -> dict[str, Endpoint]:
    found = {
        "acknowledge/all/alerts": writes(partial(acknowledged, None), actions.PERMISSION),
        "delete/all/alerts": writes(partial(deleted, None), actions.MAY_DELETE),
    }
    for family in FAMILIES:
        path = {"active_monitoring": "am_host", "snmp": "snmp/device"}.get(family, family)
        found[f"acknowledge/{path}/alerts"] = writes(
            partial(acknowledged, family), actions.PERMISSION
        )
        found[f"delete/{path}/alerts"] = writes(partial(deleted, family), actions.MAY_DELETE)
    return found


ENDPOINTS: Final[dict[str, Endpoint]] = _endpoints()
