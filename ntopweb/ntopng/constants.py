"""Names and numbers that do not depend on what is seen."""

from __future__ import annotations

from typing import Any, Final

from checks.registry import discover
from monitoring.protocols import L4_NAMES
from ntopweb.ntopng.asking import Asked, Endpoint, reads
from ntopweb.ntopng.names import applications, categories
from ntopweb.ntopng.severities import SEVERITIES
from recipients.ntopng import number_of


def connect_test(asked: Asked) -> list[Any]:
    """Return nothing: the credentials are good."""
    return []


def alert_types(asked: Asked) -> list[dict[str, Any]]:
    """Return each check's key with ntopng's number; numbers repeat across entities."""
    checks = discover().items()
    return [{"type": key, "key": number_of(key, str(check.family)).alert} for key, check in checks]


def alert_severities(asked: Asked) -> list[dict[str, Any]]:
    """Return the severities."""
    return [{"severity": name, "id": number} for name, number in SEVERITIES.items()]


def l7_applications(asked: Asked) -> list[dict[str, Any]]:
    """Return nDPI's applications."""
    return [
        {"name": one.name, "appl_id": one.id, "cat_id": one.category}
        for one in applications().values()
    ]


def l7_categories(asked: Asked) -> list[dict[str, Any]]:
    """Return nDPI's categories with their applications."""
    return [
        {
            "name": name,
            "cat_id": number,
            "app_list": [
                {"name": one.name, "id": str(one.id)}
                for one in applications().values()
                if one.category == number
            ],
        }
        for name, number in categories().items()
    ]


def l4_protocols(asked: Asked) -> list[dict[str, Any]]:
    """Return the IP protocols that have a name."""
    return [
        {"name": name, "other": name.lower(), "id": number} for number, name in L4_NAMES.items()
    ]


def category_list(asked: Asked) -> list[dict[str, Any]]:
    """Return nDPI's categories by name."""
    return [{"id": str(number), "name": name} for name, number in sorted(categories().items())]


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "connect/test": reads(connect_test),
    "get/alert/type/consts": reads(alert_types),
    "get/alert/severity/consts": reads(alert_severities),
    "get/l7/application/consts": reads(l7_applications),
    "get/l7/category/consts": reads(l7_categories),
    "get/l4/protocol/consts": reads(l4_protocols),
    "get/category/list": reads(category_list),
}
