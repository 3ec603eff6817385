"""What is back-tested: a check, a change of it, a rule that is written, or all that is in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from django.utils import timezone

from checks import settings_store
from checks.base import Check
from checks.exclusions import Exclusions
from checks.models import CheckSetting, UserRule
from checks.registry import discover
from checks.rules import Definition, build
from checks.runner import Active

#: Rows of ``flow``; rows before a flow was named or ended are not stored.
STORED_EVENTS: Final = frozenset({"update", "end"})


class Subject(NamedTuple):
    """What would run (``proposed``), what runs at present, and the exclusions in force."""

    proposed: list[Active]
    present: list[Active]
    exclusions: Exclusions
    #: What a reader must know of the result.
    notes: list[str]


class NotStoredError(ValueError):
    """The rows that a check looks at are not stored."""


def why_not(check: Check | type[Check]) -> str:
    """Return why a check cannot be back-tested; "" where it can."""
    if check.frame != "flow":
        return "Only flows can be back-tested: of what this check looks at, only sums are kept."
    if not STORED_EVENTS & set(check.events):
        events = " and ".join(check.events)
        return f"It cannot be back-tested: rows “{events}” are gone when the flow's next row comes."
    return ""


def notes_of(check: Check) -> list[str]:
    """Return what is different from live although the check can be tested."""
    missing = sorted(set(check.events) - STORED_EVENTS)
    if not missing:
        return []
    words = " and ".join(missing)
    return [f"Live, it sees rows “{words}” too; here, the update and end rows of the same flows."]


def of(subject: Mapping[str, Any]) -> Subject:
    """Return what a stored subject means now.

    Raises NotStoredError, RuleError or ParameterError for a rule or parameters that cannot be,
    LookupError for a check that there is not.
    """
    snapshot, now = settings_store.read_snapshot(), timezone.now()
    exclusions = settings_store.in_force(snapshot.exclusions, now)
    runner = settings_store.build_runner()
    live = [entry for entry in runner.active if not entry.is_shadow]
    if subject.get("all"):
        flows = [entry for entry in live if not why_not(entry.check)]
        return Subject(flows, [], exclusions, [])
    tested = _rule(subject) if "rule" in subject else _check(subject)
    if reason := why_not(tested.check):
        raise NotStoredError(reason)
    key = subject.get("check") or subject["rule"].get("key", "")
    present = [entry for entry in live if entry.check.key == key]
    return Subject([tested], present, exclusions, notes_of(tested.check))


def _check(subject: Mapping[str, Any]) -> Active:
    key = str(subject.get("check"))
    rule = UserRule.objects.filter(key=key).first()
    if rule is not None:
        return Active(rule.build(), rule.number, rule.score)
    if key not in discover():
        raise LookupError(f"there is no check {key!r}")
    setting = CheckSetting.objects.get(key=key)
    parameters = subject.get("parameters", setting.parameters)
    score = subject.get("score") or setting.effective_score
    return Active(discover()[key].of(parameters), setting.pk, score)


def _rule(subject: Mapping[str, Any]) -> Active:
    said = {"key": "own_draft", **subject["rule"]}
    definition = Definition(**{**said, "events": tuple(said.get("events", ()))})
    return Active(build(definition), 0, definition.score)
