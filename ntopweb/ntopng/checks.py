"""Switching checks on and off."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError

from checks.models import CheckSetting, sync_settings
from checks.settings_store import forget_runner
from ntopweb.ntopng.asking import Asked, Endpoint, writes
from ntopweb.ntopng.envelope import INVALID_ARGUMENTS, Refused


def enabled(asked: Asked) -> list[Any]:
    """Switch a check on."""
    return _switch(asked, is_enabled=True)


def disabled(asked: Asked) -> list[Any]:
    """Switch a check off."""
    return _switch(asked, is_enabled=False)


def _switch(asked: Asked, *, is_enabled: bool) -> list[Any]:
    key, family = asked.parameters.required("script_key"), asked.parameters.required("check_subdir")
    sync_settings()
    setting = CheckSetting.objects.filter(key=key).first()
    kind = setting.kind if setting else None
    if setting is None or kind is None or family not in _subdirs(str(kind.family)):
        raise Refused(INVALID_ARGUMENTS, f"there is no check {key!r} in {family!r}")
    try:
        setting.change(by=asked.user, is_enabled=is_enabled)
    except ValidationError as error:
        raise Refused(INVALID_ARGUMENTS, "; ".join(error.messages)) from error
    forget_runner()
    return []


def _subdirs(family: str) -> tuple[str, ...]:
    """Return ntopng's folders that may have a check of a family of ours."""
    devices = ("snmp_device", "syslog", "mac") if family in ("interface", "system") else ()
    return (family, *devices)


_MAY: Final = "checks.change_checksetting"

ENDPOINTS: Final[dict[str, Endpoint]] = {
    "enable/check": writes(enabled, _MAY, is_global=True),
    "disable/check": writes(disabled, _MAY, is_global=True),
}
