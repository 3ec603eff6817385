"""Which occurrences a recipient wants: pure, with the reason where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from alerts.severity import Severity
from recipients.guard import Network
from recipients.occurrence import Occurrence

#: What each kind of event is in words, for who does not want it.
_KINDS = {
    "engaged": "that it engages",
    "escalated": "that it gets worse",
    "released": "that it is over",
    "acknowledged": "that somebody acknowledged it",
}


@dataclass(frozen=True)
class Filter:
    """A recipient's filters; what is empty filters nothing.

    As in ntopng, ``checks`` replace severity, category and family, and pools and networks say
    nothing of alerts that are about no host.
    """

    kinds: frozenset[str] = frozenset({"engaged", "escalated", "released"})
    minimum_rank: int = 0
    categories: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    checks: frozenset[str] = frozenset()
    pools: frozenset[int] = frozenset()
    interfaces: frozenset[int] = frozenset()
    networks: Sequence[Network] = ()

    def misses(self, seen: Occurrence) -> str:
        """Return why it is not for them; "" when it is."""
        if seen.kind not in self.kinds:
            return f"they are not told {_KINDS.get(seen.kind, seen.kind)}"
        return self._misses_check(seen) or self._misses_place(seen)

    def _misses_check(self, seen: Occurrence) -> str:
        if self.checks:
            check = seen.one("check")
            return "" if check in self.checks else f"the check {check} is not among theirs"
        if seen.rank < self.minimum_rank:
            return f"{seen.severity} is below {list(Severity)[self.minimum_rank]}"
        for label, wanted in (("category", self.categories), ("family", self.families)):
            if wanted and wanted.isdisjoint(seen.labels.get(label, ())):
                return f"the {label} {seen.one(label)} is not among theirs"
        return ""

    def _misses_place(self, seen: Occurrence) -> str:
        if self.interfaces and seen.interface_id not in self.interfaces:
            return f"the interface {seen.one('interface') or 'none'} is not among theirs"
        hosts = seen.labels.get("host", ())
        if self.pools and hosts and self.pools.isdisjoint(seen.pool_ids):
            return "no host of it is in their pools"
        if self.networks and hosts and not any(map(self._is_inside, hosts)):
            return "no host of it is in their networks"
        return ""

    def _is_inside(self, host: str) -> bool:
        address = ip_address(host)
        return any(address in network for network in self.networks)
