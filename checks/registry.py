"""All checks there are, by a walk over ``checks/definitions``; nothing is registered by hand."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType, ModuleType

from checks import definitions
from checks.base import Check


@cache
def discover() -> Mapping[str, type[Check]]:
    """Return the checks by key, in the order of keys; raises ValueError for a key used twice."""
    found: dict[str, type[Check]] = {}
    for module in _modules(definitions):
        for check in _checks_of(module):
            if check.key in found:
                raise ValueError(f"{module.__name__}: the key {check.key!r} is used twice")
            found[check.key] = check
    return MappingProxyType(dict(sorted(found.items())))


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for entry in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not entry.ispkg:
            yield import_module(entry.name)


def _checks_of(module: ModuleType) -> tuple[type[Check], ...]:
    """Return the module's table ``CHECKS``, or its one check."""
    own = (value for _, value in inspect.getmembers(module, inspect.isclass))
    one = tuple(v for v in own if issubclass(v, Check) and v.__module__ == module.__name__)
    return tuple(getattr(module, "CHECKS", one))
