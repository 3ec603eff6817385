"""The OpenAPI document says all there is of the REST API, without a warning."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def test_it_is_made_without_a_warning() -> None:
    call_command("spectacular", fail_on_warn=True, validate=True, stdout=io.StringIO())


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> list[tuple[str, str]]:
    """Return (path, name) of every URL."""
    found = []
    for one in patterns:
        path = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            found += routes(one.url_patterns, path)
        else:
            found.append((path, one.name or ""))
    return found


def test_every_part_of_the_api_is_in_it(document: dict[str, Any]) -> None:
    patterns = get_resolver().url_patterns
    served = [name for path, name in routes(patterns) if path.startswith("api/v1/")]
    assert len(served) > 10
    described = [path for path in document["paths"] if path.startswith("/api/v1/")]
    assert len(described) == len(served)


def test_every_operation_has_a_description_and_a_name_of_its_own(
    document: dict[str, Any],
) -> None:
    operations = [
        operation
        for methods in document["paths"].values()
        for name, operation in methods.items()
        if name in ("get", "post", "put", "patch", "delete")
    ]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert [one["operationId"] for one in operations if not one.get("description")] == []
