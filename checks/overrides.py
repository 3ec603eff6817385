"""A check's variants: what is set for scopes, and what the rest inherits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from checks.runner import Active
from checks.scopes import Scope, partition


@dataclass(frozen=True)
class Given:
    """What an override sets; None and missing parameters are inherited from the setting."""

    id: int
    scope: Scope
    is_enabled: bool | None
    parameters: Mapping[str, Any]
    score: int | None


def variants(
    base: Active, is_enabled: bool, parameters: Mapping[str, Any], given: Iterable[Given]
) -> tuple[list[Active], list[tuple[int, ValueError]]]:
    """Return the check's variants that are enabled, and overrides that the check refuses.

    ``parameters`` are the setting's own; a refused override takes nothing from where it holds.
    """
    built, refused = [], []
    for one in given:
        try:
            check = type(base.check).of({**parameters, **one.parameters})
        except ValueError as error:
            refused.append((one.id, error))
            continue
        score = base.score if one.score is None else one.score
        built.append((one.scope, (one, Active(check, base.id, score, source=f"override:{one.id}"))))
    parts, rest = partition(base.check.frame, built)
    found = [
        active._replace(where=where)
        for where, (one, active) in parts
        if (is_enabled if one.is_enabled is None else one.is_enabled)
    ]
    return ([base._replace(where=rest)] if is_enabled else []) + found, refused
