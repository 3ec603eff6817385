"""What is wrong with one flow: its total score, the predominant check, and the other issues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from alerts.models import Alert
from alerts.severity import severity_of
from checks.base import HIGHEST_SCORE


@dataclass(frozen=True)
class Issue:
    """A check that fired on the flow; ``alert`` is the id of its alert, None if not known."""

    check: str
    score: int
    alert: int | None = None

    @property
    def severity(self) -> str:
        """Return the severity of the score."""
        return str(severity_of(self.score))


@dataclass(frozen=True)
class Issues:
    """A flow's issues, the highest scored first; ``total`` is their sum, at most 250."""

    all: Sequence[Issue]
    total: int

    @classmethod
    def of(cls, issues: Iterable[Issue]) -> Self:
        """Return the issues in order."""
        ordered = sorted(issues, key=lambda issue: (-issue.score, issue.check))
        return cls(ordered, min(sum(issue.score for issue in ordered), HIGHEST_SCORE))

    @classmethod
    def of_sample(cls, flow: Mapping[str, Any]) -> Self:
        """Return the issues of a flow in an alert's snapshot."""
        return cls.of(Issue(one["check"], one["score"]) for one in flow.get("issues") or ())

    @property
    def predominant(self) -> Issue | None:
        """The highest scored; None when nothing is wrong."""
        return self.all[0] if self.all else None

    @property
    def others(self) -> Sequence[Issue]:
        """All but the predominant."""
        return self.all[1:]

    @property
    def severity(self) -> str:
        """Return the severity of the total."""
        return str(severity_of(self.total))


def issues_of_flow(
    checks: Sequence[int], client: str, server: str, interface_id: int | None
) -> Issues:
    """Return the issues of a stored flow, given the ids of the checks that fired on it.

    Each check has an alert that counts the flow; that alert gives key, score and link.
    """
    found: dict[int, Issue] = {}
    alerts = Alert.objects.filter(check_id__in=checks, client=client, server=server)
    rows = alerts.filter(interface=interface_id).order_by("id")
    for row in rows.values_list("check_id", "check_key", "score", "id"):
        found[row[0]] = Issue(*row[1:])
    return Issues.of(found.values())
