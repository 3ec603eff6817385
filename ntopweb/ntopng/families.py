"""ntopng's families of alerts: which of our alerts each has, by the numbers of their checks."""

from __future__ import annotations

from typing import Final, NamedTuple

from django.db.models import Q

from alerts.models import Alert
from ntopweb.ntopng.envelope import INVALID_ARGUMENTS, Refused
from recipients.ntopng import CATEGORIES, category_of, number_of

#: ntopng's families by the name that queries have, and their entity's number.
FAMILIES: Final = {
    "interface": 0,
    "host": 1,
    "network": 2,
    "snmp": 3,
    "flow": 4,
    "mac": 5,
    "user": 7,
    "active_monitoring": 8,
    "system": 9,
}
#: Other names of them: those that paths and pages have.
_SYNONYMS: Final = {
    "am_host": "active_monitoring",
    "am": "active_monitoring",
    "snmp_device": "snmp",
}
LABELS: Final = {
    0: "Interface",
    1: "Host",
    2: "Network",
    3: "SNMP Device",
    4: "Flow",
    5: "MAC Device",
    7: "User",
    8: "Active Monitoring",
    9: "System",
    15: "Other",
}


class Known(NamedTuple):
    """A check's key and our family, with ntopng's number and category within an entity."""

    check: str
    family: str
    number: int
    category: int


def family_of(name: str) -> str:
    """Return a family by one of its names; raises INVALID_ARGUMENTS."""
    family = _SYNONYMS.get(name, name)
    if family not in FAMILIES:
        raise Refused(INVALID_ARGUMENTS, f"{name!r} is none of {', '.join(FAMILIES)}")
    return family


def entity_of(check: str, family: str) -> int:
    """Return the number of the entity of an alert of ours."""
    return number_of(check, family).entity


def in_entity(entity: int) -> Q:
    """Return the condition for the alerts of an entity."""
    pairs = [(check, family) for check, family in _pairs() if entity_of(check, family) == entity]
    condition = Q(pk__in=[])
    for family in {family for _, family in pairs}:
        checks = [check for check, own in pairs if own == family]
        condition |= Q(family=family, check_key__in=checks)
    return condition


def known_checks(entity: int) -> list[Known]:
    """Return the checks that have alerts in an entity."""
    return [
        Known(
            check,
            family,
            number_of(check, family).alert,
            CATEGORIES.get(category_of(check), 0),
        )
        for check, family in _pairs()
        if entity_of(check, family) == entity
    ]


def _pairs() -> list[tuple[str, str]]:
    """Return the checks and families that there are alerts of."""
    pairs = Alert.objects.order_by().values_list("check_key", "family").distinct()
    return [(str(check), str(family)) for check, family in pairs]
