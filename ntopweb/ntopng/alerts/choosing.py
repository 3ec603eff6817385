"""Which alerts a call is about: interface, family, status, times, and filters as ``value;op``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet

from alerts.models import Alert, State
from monitoring.history.addresses import within
from monitoring.protocols import l4_number
from ntopweb.ntopng.asking import SYSTEM_INTERFACE, Asked
from ntopweb.ntopng.envelope import INVALID_ARGUMENTS, Refused
from ntopweb.ntopng.families import FAMILIES, family_of, in_entity, known_checks
from ntopweb.ntopng.parameters import Condition
from ntopweb.ntopng.severities import SEVERITIES

_STATUSES: Final = {
    "any": Q(),
    "engaged": Q(state=State.ENGAGED),
    "historical": Q(acknowledged_at__isnull=True),
    "acknowledged": Q(acknowledged_at__isnull=False),
}
#: Families that are about the platform, whose alerts belong to no interface.
_OF_PLATFORM: Final = ("system", "user")
_LOOKUPS: Final = {"eq": "", "lt": "__lt", "lte": "__lte", "gt": "__gt", "gte": "__gte"}


def of_interface(asked: Asked, families: tuple[str, ...] = ()) -> Q:
    """Return the condition for the alerts of ``ifid``, the platform's own where they count."""
    text = asked.parameters.text("ifid")
    own = Q(interface__isnull=True) if asked.allowed is None else Q(pk__in=[])
    if text == str(SYSTEM_INTERFACE):
        return own
    interface = Q(interface=asked.interface())
    return interface | own if not families or set(families) & set(_OF_PLATFORM) else interface


def chosen(
    asked: Asked, family: str | None = None, *, timeless: bool = False, status: str = "any"
) -> QuerySet[Alert]:
    """Return the alerts that a call's parameters leave, of a family or of all.

    Times are the alert's: it was seen within begin and end. With ``timeless`` they may be missing.
    Raises Refused for wrong parameters.
    """
    wanted = status_of(asked, status) & of_interface(asked, (family,) if family else ())
    if family:
        wanted &= in_entity(FAMILIES[family_of(family)])
    if not timeless or "epoch_begin" in asked.parameters:
        wanted &= within_times(*asked.parameters.span(asked.now))
    return Alert.objects.filter(wanted, filters(asked, family)).select_related("interface")


def status_of(asked: Asked, default: str) -> Q:
    """Return the condition for the alerts of ``status``."""
    status = asked.parameters.text("status", default)
    if status not in _STATUSES:
        raise Refused(INVALID_ARGUMENTS, f"status is none of {', '.join(_STATUSES)}")
    return _STATUSES[status]


def within_times(begin: datetime, end: datetime) -> Q:
    """Return the condition for the alerts that were seen between two times."""
    return Q(last_seen__gte=begin, first_seen__lte=end)


def filters(asked: Asked, family: str | None) -> Q:
    """Return the condition of the filters among the parameters, all of which must hold."""
    wanted = Q()
    for name, read in _FILTERS.items():
        for condition in asked.parameters.conditions(name):
            found = read(condition, family)
            is_not = condition.operator in ("neq", "nin")
            wanted &= ~found if is_not else found
    return wanted


_Read = Callable[[Condition, str | None], Q]


def _either_end(condition: Condition, family: str | None) -> Q:
    return _place("client", condition) | _place("server", condition)


def _place(column: str, condition: Condition) -> Q:
    if condition.operator not in ("eq", "neq", "in", "nin"):
        raise Refused(INVALID_ARGUMENTS, "an address is equal to another, or is not")
    try:
        return within(column, condition.value.partition("@")[0])
    except ValueError as error:
        raise Refused(INVALID_ARGUMENTS, str(error)) from error


def _end(column: str) -> _Read:
    return lambda condition, family: _place(column, condition)


def _numbered(column: str, read: Callable[[str], Any] = int) -> _Read:
    def reads(condition: Condition, family: str | None) -> Q:
        try:
            value = read(condition.value)
        except (ValueError, KeyError):
            reason = f"{column}: {condition.value!r} is none"
            raise Refused(INVALID_ARGUMENTS, reason) from None
        return Q(**{column + _LOOKUPS.get(condition.operator, ""): value})

    return reads


def _small(text: str) -> int:
    number = int(text)
    if abs(number) >= 2**31:
        raise ValueError(text)
    return number


def _alert_id(condition: Condition, family: str | None) -> Q:
    """Return the condition for a number of ntopng's, within the family or in any."""
    entities = [FAMILIES[family_of(family)]] if family else [*FAMILIES.values(), 15]
    wanted = Q(pk__in=[])
    for entity in entities:
        checks = [one.check for one in known_checks(entity) if str(one.number) == condition.value]
        wanted |= in_entity(entity) & Q(check_key__in=checks)
    return wanted


def _severity(condition: Condition, family: str | None) -> Q:
    """Return the condition for severities by ntopng's number, in its order."""
    try:
        asked = int(condition.value)
    except ValueError:
        raise Refused(INVALID_ARGUMENTS, "severity is no number") from None
    known = {"lt": int.__lt__, "lte": int.__le__, "gt": int.__gt__, "gte": int.__ge__}
    holds = known.get(condition.operator, int.__eq__)
    return Q(severity__in=[name for name, number in SEVERITIES.items() if holds(number, asked)])


def _text(column: str) -> _Read:
    return lambda condition, family: Q(**{f"{column}__icontains": condition.value})


_FILTERS: Final[dict[str, _Read]] = {
    "alert_id": _alert_id,
    "row_id": _numbered("pk", _small),
    "severity": _severity,
    "score": _numbered("score", _small),
    "ip": _either_end,
    "cli_ip": _end("client"),
    "srv_ip": _end("server"),
    "cli_port": _numbered("client_port", _small),
    "srv_port": _numbered("server_port", _small),
    "vlan_id": _numbered("vlan", _small),
    "l4proto": _numbered("flows__0__l4", l4_number),
    "l7proto": _text("flows__0__application"),
    "name": _text("entity"),
    "network_name": _text("entity"),
    "srv_name": _text("flows__0__server_name"),
}
