"""From rows to what the plan needs: occurrences, recipients' policies, what holds back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from django.db.models import Q

from alerts.evidence import title_of
from alerts.models import Alert, AlertEvent, State
from alerts.severity import Severity, severity_of
from monitoring.models import Host, LocalNetwork
from recipients.inhibition import Cause, Equal, Inhibition
from recipients.matchers import parse_matchers
from recipients.matching import Filter
from recipients.models import InhibitionRule, MaintenanceWindow, Recipient, Silence
from recipients.ntopng import category_of
from recipients.occurrence import Occurrence, fingerprint
from recipients.planning import Policy, Quiet, Rules
from recipients.windows import Hours

#: So many engaged alerts may hide others; the highest scored ones.
_MOST_CAUSES: Final = 5000


def occurrences_of(events: Sequence[AlertEvent]) -> list[Occurrence]:
    """Return events, with their alerts and interfaces loaded, as the plan sees them."""
    places = _Places(event.alert for event in events)
    return [_occurrence(event, places) for event in events]


def _occurrence(event: AlertEvent, places: _Places) -> Occurrence:
    alert = event.alert
    severity = severity_of(event.score)
    labels = labels_of(alert, places) | {"severity": (str(severity),)}
    return Occurrence(
        event=event.pk,
        kind=event.kind,
        at=event.at,
        alert=alert.pk,
        fingerprint=fingerprint(alert.check_id, alert.identity, alert.interface_id),
        labels=labels,
        score=event.score,
        severity=str(severity),
        rank=severity.rank,
        is_engaged=alert.is_engaged,
        is_acknowledged=alert.is_acknowledged,
        interface_id=alert.interface_id,
        pool_ids=frozenset(number for number, _ in places.pools(alert)),
    )


def labels_of(alert: Alert, places: _Places) -> dict[str, tuple[str, ...]]:
    """Return what can be asked of an alert."""
    hosts = _hosts(alert)
    found = {
        "check": alert.check_key,
        "category": category_of(alert.check_key),
        "family": alert.family,
        "severity": alert.severity,
        "entity": alert.entity,
        "interface": alert.interface.name if alert.interface else None,
        "vlan": str(alert.vlan),
        "client": alert.client,
        "server": alert.server,
        "attacker": alert.attacker,
        "victim": alert.victim,
    }
    labels = {name: (str(value),) for name, value in found.items() if value}
    return labels | {
        "host": hosts,
        "pool": tuple(name for _, name in places.pools(alert)),
        "network": tuple(dict.fromkeys(n for host in hosts for n in places.networks(host))),
    }


def labels_of_all(alerts: Sequence[Alert]) -> list[dict[str, tuple[str, ...]]]:
    """Return what can be asked of each, looked up at once."""
    places = _Places(alerts)
    return [labels_of(alert, places) for alert in alerts]


def _hosts(alert: Alert) -> tuple[str, ...]:
    sides = (alert.client, alert.server, alert.attacker, alert.victim)
    return tuple(dict.fromkeys(str(side) for side in sides if side))


class _Places:
    """Pools and local networks of the hosts of some alerts, looked up at once."""

    def __init__(self, alerts: Iterable[Alert]) -> None:
        self._networks = _local_networks()
        self._pools: dict[tuple[int, int, str], tuple[int, str]] = {}
        addresses = {host for alert in alerts for host in _hosts(alert)}
        rows = Host.objects.filter(address__in=addresses, pool__isnull=False)
        columns = ("interface_id", "vlan", "address", "pool_id", "pool__name")
        for interface, vlan, address, pool, name in rows.values_list(*columns):
            self._pools[interface, vlan, address] = (pool, name)

    def pools(self, alert: Alert) -> list[tuple[int, str]]:
        """Return id and name of the pools of its hosts."""
        keys = ((alert.interface_id or 0, alert.vlan, host) for host in _hosts(alert))
        return list(dict.fromkeys(self._pools[key] for key in keys if key in self._pools))

    def networks(self, host: str) -> list[str]:
        """Return the names of the local networks that a host is in."""
        address = ip_address(host)
        return [name for network, name in self._networks if address in network]


def _local_networks() -> list[tuple[IPv4Network | IPv6Network, str]]:
    return [(ip_network(row.network), str(row)) for row in LocalNetwork.objects.all()]


def policies(only: Collection[int] | None = None) -> list[Policy]:
    """Return the enabled recipients that are sent something; ``only`` those ids if given."""
    rows = Recipient.objects.filter(is_enabled=True, is_builtin=False).order_by("pk")
    if only is not None:
        rows = rows.filter(pk__in=only)
    found = rows.select_related("endpoint").prefetch_related("pools", "interfaces")
    return [policy_of(row) for row in found if not row.endpoint.service_class.is_interface]


def policy_of(row: Recipient) -> Policy:
    """Return a recipient as the plan sees it."""
    return Policy(
        id=row.pk,
        name=row.name,
        filter=_filter(row),
        hours=Hours.parse(row.hours, row.zone),
        is_single=row.mode == Recipient.Mode.SINGLE,
        group_by=tuple(row.group_by),
        wait=row.wait_seconds,
        interval=row.interval_seconds,
        quiet=row.quiet_seconds,
        repeat=row.repeat_seconds,
        per_hour=row.messages_per_hour,
    )


def _filter(row: Recipient) -> Filter:
    kinds = {"engaged", "escalated"} if row.tell_engaged else set()
    kinds |= {"released"} if row.tell_released else set()
    kinds |= {"acknowledged"} if row.tell_acknowledged else set()
    return Filter(
        kinds=frozenset(kinds),
        minimum_rank=Severity(row.minimum_severity).rank,
        categories=frozenset(row.categories),
        families=frozenset(row.families),
        checks=frozenset(row.checks),
        pools=frozenset(pool.pk for pool in row.pools.all()),
        interfaces=frozenset(one.pk for one in row.interfaces.all()),
        networks=tuple(ip_network(text) for text in row.networks),
    )


def rules(now: datetime) -> Rules:
    """Return what holds back at that time."""
    inhibitions = [_inhibition(row) for row in InhibitionRule.objects.filter(is_enabled=True)]
    return Rules(
        silences=[
            Quiet(row.comment or f"Silence {row.pk}", parse_matchers(row.matchers), row.ends_at)
            for row in Silence.objects.filter(starts_at__lte=now, ends_at__gt=now)
        ],
        windows=_open_windows(now),
        inhibitions=inhibitions,
        causes=_causes(inhibitions),
    )


def _open_windows(now: datetime) -> list[Quiet]:
    found = []
    for row in MaintenanceWindow.objects.filter(is_enabled=True):
        if until := row.recurrence().active_until(now):
            found.append(Quiet(row.name, parse_matchers(row.matchers), until))
    return found


def _inhibition(row: InhibitionRule) -> Inhibition:
    return Inhibition(
        name=row.name,
        cause=parse_matchers(row.cause),
        symptom=parse_matchers(row.symptom),
        equal=Equal.parse_all(row.equal),
    )


def _causes(inhibitions: Sequence[Inhibition]) -> list[Cause]:
    """Return the engaged alerts that may hide others, the highest scored ones."""
    if not inhibitions:
        return []
    wanted = Q()
    for rule in inhibitions:
        wanted |= _about(rule)
    rows = Alert.objects.filter(wanted, state=State.ENGAGED).select_related("interface")
    alerts = list(rows.order_by("-score", "id")[:_MOST_CAUSES])
    places = _Places(alerts)
    return [Cause(a.pk, title_of(a.check_key), labels_of(a, places)) for a in alerts]


def _about(rule: Inhibition) -> Q:
    """Return a condition that the rule's causes fulfil: their checks, where it names some."""
    for matcher in rule.cause:
        if matcher.label == "check" and matcher.op in ("=", "in"):
            return Q(check_key__in=[part.strip() for part in matcher.value.split(",")])
    return Q(pk__isnull=False)
