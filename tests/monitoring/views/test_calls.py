"""What a flow's page says of a call."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from monitoring.history.seen_flow import SeenFlow
from monitoring.views import flow_groups


def call_of(monkeypatch: pytest.MonkeyPatch, detail: dict[str, Any]) -> dict[str, str]:
    """Return the fields of the page's group of calls."""
    monkeypatch.setattr(flow_groups, "_identity", lambda flow: flow_groups.Group("", "", []))
    flow = cast(SeenFlow, SimpleNamespace(is_tcp=False, detail=detail))
    return {
        label: value
        for group in flow_groups.groups_of(flow)
        if group.title == "Call (RTP)"
        for label, value in group.fields
    }


def test_a_calls_quality_is_shown_with_its_units(monkeypatch: pytest.MonkeyPatch) -> None:
    detail = {"rtp_codec": "PCMU", "rtp_mos": 3.391, "rtp_loss": 10.0, "rtp_jitter_ms": 12.4}
    assert call_of(monkeypatch, detail | {"rtp_lost_to_client": 20}) == {
        "Codec": "PCMU",
        "Mean opinion score": "3.39 of 4.41, many users dissatisfied",
        "Loss, worse direction": "10.00 %",
        "Jitter, worse direction": "12 ms",
        "Lost to client": "20",
    }


def test_other_flows_have_no_such_group(monkeypatch: pytest.MonkeyPatch) -> None:
    assert call_of(monkeypatch, {"dns_query": "www.example.org"}) == {}


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (4.41, "users very satisfied"),
        (4.34, "users very satisfied"),
        (4.33, "users satisfied"),
        (3.1, "many users dissatisfied"),
        (3.09, "nearly all users dissatisfied"),
        (1.0, "not to be used"),
    ],
)
def test_a_score_is_explained(score: float, words: str) -> None:
    assert flow_groups.satisfaction(score) == words
