"""A cause hides its symptoms: which engaged alert hides an occurrence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recipients.matchers import Matcher, hold
from recipients.occurrence import LABELS, Labels, Occurrence


@dataclass(frozen=True, slots=True)
class Equal:
    """A label of the cause and one of the symptom that must share a value."""

    cause: str
    symptom: str

    @classmethod
    def parse_all(cls, text: str) -> tuple[Equal, ...]:
        """Return the pairs of “interface, attacker=client”; raises ValueError."""
        return tuple(cls._parse(part.strip()) for part in text.split(",") if part.strip())

    @classmethod
    def _parse(cls, part: str) -> Equal:
        cause, _, symptom = (word.strip() for word in part.partition("="))
        pair = cls(cause, symptom or cause)
        for label in (pair.cause, pair.symptom):
            if label not in LABELS:
                raise ValueError(f"{label!r} is none of {', '.join(LABELS)}")
        return pair

    def holds(self, cause: Labels, symptom: Labels) -> bool:
        """Return whether both share a value."""
        return not set(cause.get(self.cause, ())).isdisjoint(symptom.get(self.symptom, ()))


@dataclass(frozen=True, slots=True)
class Cause:
    """An engaged alert that may hide others."""

    alert: int
    title: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Inhibition:
    """A rule: while a cause is engaged, its symptoms are not told."""

    name: str
    cause: tuple[Matcher, ...]
    symptom: tuple[Matcher, ...]
    equal: tuple[Equal, ...]

    def hides(self, cause: Cause, occurrence: Occurrence) -> bool:
        """Return whether the cause hides it; nothing hides itself, and no cause another cause."""
        return (
            cause.alert != occurrence.alert
            and hold(self.cause, cause.labels)
            and hold(self.symptom, occurrence.labels)
            and not hold(self.cause, occurrence.labels)
            and all(pair.holds(cause.labels, occurrence.labels) for pair in self.equal)
        )


def hidden_by(
    occurrence: Occurrence, rules: Sequence[Inhibition], causes: Iterable[Cause]
) -> tuple[Inhibition, Cause] | None:
    """Return the first rule and cause that hide it; None when nothing does."""
    known = list(causes)
    for rule in rules:
        if hold(rule.symptom, occurrence.labels):
            for cause in known:
                if rule.hides(cause, occurrence):
                    return rule, cause
    return None
