"""What a flow says of itself beyond its columns, as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from monitoring.ingest.detail import details
from tests.pipeline.conftest import flows

SAID: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"server_name": "example.org"}, {"server_name": "example.org"}),
    ({"server_name": ""}, {"server_name": ""}),
    ({"http_url": 'a"b\\c\n\t\x01é€'}, {"http_url": 'a"b\\c\n\t\x01é€'}),
    ({"http_url": "a\0b"}, {"http_url": "ab"}),
    ({"http_url": r"a\u0000b{}"}, {"http_url": r"a\u0000b{}"}),
    ({"http_url": '{"tls":null,}'}, {"http_url": '{"tls":null,}'}),
    ({"dns_rcode": 0, "dns_query_type": 28}, {"dns_rcode": 0, "dns_query_type": 28}),
    ({"entropy": 4.5}, {"entropy": 4.5}),
    ({"entropy": 1e-7}, {"entropy": 1e-7}),
    (
        {"tls_not_after": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)},
        {"tls_not_after": "2026-01-02T03:04:05Z"},
    ),
]


@pytest.mark.parametrize(("row", "said"), SAID)
def test_a_detail_is_what_the_row_says(row: dict[str, Any], said: dict[str, Any]) -> None:
    other = {"server_name": 'quoted "', "tls_version": "1.3"}
    alone, beside = details(flows(dict(row))), details(flows(dict(row), dict(other), {}))
    assert json.loads(alone[0]) == said
    assert [json.loads(text) if text else None for text in beside] == [said, other, None]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_what_is_no_number_is_not_said(value: float | None) -> None:
    assert details(flows({"entropy": value, "os_hint": "Linux"})).to_list() == [
        '{"os_hint":"Linux"}'
    ]
    assert details(flows({"entropy": value})).to_list() == [None]
