"""Settings, overrides and rules as YAML, out and in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import yaml
from django.core.exceptions import ValidationError
from django.db import DataError, transaction
from django.forms.models import model_to_dict

from checks.models import CheckSetting, Override, UserRule, sync_settings
from checks.models.rule import OWN
from monitoring.models import HostPool, Interface

VERSION: Final = 1
_RULE: Final = (
    *("title", "description", "mode", "frame", "condition", "message", "score", "category"),
    *("cooldown", "identity", "events", "attack", "attacker", "victim"),
)
_LONGEST: Final = 5_000_000


class ExchangeError(ValueError):
    """A document that is refused as a whole; ``reasons`` say where and why."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = list(reasons)
        super().__init__("; ".join(self.reasons))


def dump() -> str:
    """Return all settings, overrides and rules; only what differs from a check's own values."""
    sync_settings()
    document = {
        "version": VERSION,
        "checks": {row.key: _setting(row) for row in CheckSetting.objects.all() if row.kind},
        "overrides": [
            _override(row) for row in Override.objects.select_related("pool", "interface__agent")
        ],
        "rules": [{"key": row.key, **model_to_dict(row, _RULE)} for row in UserRule.objects.all()],
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


def _setting(row: CheckSetting) -> dict[str, Any]:
    said: dict[str, Any] = {"enabled": row.is_enabled}
    return said | _given(parameters=row.parameters, score=row.score)


def _override(row: Override) -> dict[str, Any]:
    place = {row.scope.kind: str(row.pool or row.interface or row.network)}
    if row.interface is not None:
        place["agent"] = row.interface.agent.name
    own = _given(enabled=row.is_enabled, parameters=row.parameters, score=row.score)
    return {"check": row.check_key, **place, **own}


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, {})}


def load(text: str, by: Any) -> int:
    """Apply a document as a whole or not at all; return how many entries it had.

    What it does not mention stays; a check that it mentions without values has its own. Raises
    ExchangeError naming every entry that is refused.
    """
    document = _read(text)
    reasons: list[str] = []
    entries: list[tuple[str, Callable[..., None], tuple[Any, ...]]] = [
        *((f"checks.{key}", _apply_setting, (key, said)) for key, said in _checks(document)),
        *(
            (f"overrides[{n}]", _apply_override, (said,))
            for n, said in _list(document, "overrides")
        ),
        *((f"rules[{n}]", _apply_rule, (said,)) for n, said in _list(document, "rules")),
    ]
    sync_settings()
    with transaction.atomic():
        for place, apply, args in entries:
            try:
                with transaction.atomic():
                    apply(*args, by)
            except ValidationError as error:
                reasons.append(f"{place}: {'; '.join(error.messages)}")
            except (TypeError, ValueError, LookupError, DataError) as error:
                reasons.append(f"{place}: {error}")
        if reasons:
            raise ExchangeError(reasons)
    return len(entries)


def _read(text: str) -> Mapping[str, Any]:
    if len(text) > _LONGEST:
        raise ExchangeError(["the document is too long"])
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ExchangeError([f"no YAML: {error}"]) from error
    if not isinstance(document, Mapping) or document.get("version") != VERSION:
        raise ExchangeError([f"version: must be {VERSION}"])
    unknown = set(document) - {"version", "checks", "overrides", "rules"}
    if unknown:
        raise ExchangeError([f"{name}: is not known" for name in sorted(map(str, unknown))])
    return document


def _checks(document: Mapping[str, Any]) -> list[tuple[str, Any]]:
    said = document.get("checks") or {}
    if not isinstance(said, Mapping):
        raise ExchangeError(["checks: must be a mapping of keys"])
    return list(said.items())


def _list(document: Mapping[str, Any], name: str) -> list[tuple[int, Any]]:
    said = document.get(name) or []
    if not isinstance(said, list):
        raise ExchangeError([f"{name}: must be a list"])
    return list(enumerate(said))


def _only(said: Any, *known: str) -> Mapping[str, Any]:
    if not isinstance(said, Mapping):
        raise ValueError("must be a mapping")
    for name in said:
        if name not in known:
            raise ValueError(f"{name} is not known; there are: {', '.join(known)}")
    return said


def _switch(values: Mapping[str, Any], otherwise: bool | None) -> bool | None:
    said = values.get("enabled", otherwise)
    if said is not None and not isinstance(said, bool):
        raise ValueError(f"enabled: must be true or false, is {said!r}")
    return said


def _score(values: Mapping[str, Any]) -> int | None:
    said = values.get("score")
    if said is not None and (isinstance(said, bool) or not isinstance(said, int)):
        raise ValueError(f"score: must be a whole number, is {said!r}")
    return said


def _parameters(values: Mapping[str, Any]) -> dict[str, Any]:
    said = values.get("parameters", {})
    if not isinstance(said, Mapping):
        raise ValueError("parameters: must be a mapping of names to values")
    return dict(said)


def _apply_setting(key: str, said: Any, by: Any) -> None:
    values = _only(said, "enabled", "parameters", "score")
    try:
        row = CheckSetting.objects.get(key=key)
    except CheckSetting.DoesNotExist:
        raise LookupError("there is no such check") from None
    row.parameters = _parameters(values)
    row.change(by=by, is_enabled=_switch(values, row.is_enabled), score=_score(values))


def _apply_override(said: Any, by: Any) -> None:
    known = ("check", "pool", "network", "interface", "agent", "enabled", "parameters", "score")
    values = _only(said, *known)
    place = {
        "pool": _pool(values["pool"]) if "pool" in values else None,
        "network": values.get("network", ""),
        "interface": _interface(values) if "interface" in values else None,
    }
    found = Override.objects.filter(check_key=values.get("check", ""), **place).first()
    row = found or Override(check_key=values.get("check", ""), **place)
    row.is_enabled, row.score = _switch(values, None), _score(values)
    row.parameters = _parameters(values)
    row.keep(by=by)


def _pool(name: Any) -> HostPool:
    if (pool := HostPool.objects.filter(name=name).first()) is None:
        raise LookupError(f"there is no pool {name!r}")
    return pool


def _interface(values: Mapping[str, Any]) -> Interface:
    """Return the interface of a name, of its agent where that is said."""
    agent = {"agent__name": values["agent"]} if "agent" in values else {}
    found = Interface.objects.filter(name=values["interface"], **agent)[:2]
    if len(found) > 1:
        raise LookupError(f"interface {values['interface']!r} is of several agents: name its agent")
    if not found:
        raise LookupError(f"there is no interface {values['interface']!r}")
    return found[0]


def _apply_rule(said: Any, by: Any) -> None:
    values = _only(said, "key", *_RULE)
    key = values.get("key", "")
    row = UserRule.objects.filter(key=key).first() or UserRule(key=_own(key))
    for name in values.keys() - {"key"}:
        setattr(row, name, values[name])
    row.keep(by=by)


def _own(key: Any) -> str:
    """Return the key of a new rule; raises ValueError for one that a check could have."""
    if isinstance(key, str) and (not key or key.startswith(OWN)):
        return key
    raise ValueError(f"key: must begin with {OWN}, is {key!r}")
