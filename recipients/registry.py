"""All kinds of endpoints there are, by a walk over ``recipients/endpoints``."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType, ModuleType

from recipients import endpoints
from recipients.endpoints.base import Service


@cache
def discover() -> Mapping[str, type[Service]]:
    """Return the kinds by key, in the order of titles; raises ValueError for a key used twice."""
    found: dict[str, type[Service]] = {}
    for entry in pkgutil.iter_modules(endpoints.__path__):
        module = import_module(f"{endpoints.__name__}.{entry.name}")
        for kind in _kinds_of(module):
            if kind.key in found:
                raise ValueError(f"{module.__name__}: the key {kind.key!r} is used twice")
            found[kind.key] = kind
    ordered = sorted(found.items(), key=lambda pair: pair[1].title.lower())
    return MappingProxyType(dict(ordered))


def _kinds_of(module: ModuleType) -> Iterator[type[Service]]:
    """Yield the module's own kinds; a base for several has no title."""
    for _, value in inspect.getmembers(module, inspect.isclass):
        if issubclass(value, Service) and value.title and value.__module__ == module.__name__:
            yield value
