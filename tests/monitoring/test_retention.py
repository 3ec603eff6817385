"""Which active flows are lost, and which are only late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitoring import retention
from monitoring.models import Flow, FlowLive
from tests.monitoring.builders import NOON, a_flow, a_live_flow, an_interface

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


#: Minutes ago: the interface's last batch, the newest row of its other flows; whether ours is lost.
CASES = [
    (6, None, True),  # the agent is silent
    (0, None, False),  # it still sends, and all that it sends is late
    (0, 7, False),
    (0, 4, False),
    (0, 2, True),  # it has long gone on, without this flow
]


@pytest.mark.parametrize("ends", ["live", "over"])
@pytest.mark.parametrize(("seen", "newest", "is_lost"), CASES)
def test_a_flow_that_is_late_is_not_lost(
    seen: int, newest: int | None, is_lost: bool, ends: str
) -> None:
    interface = an_interface(last_seen=NOON - seen * MINUTE)
    a_live_flow(interface=interface, time=NOON - 8 * MINUTE, client="2001:db8::1")
    if newest is not None:
        other = a_live_flow if ends == "live" else a_flow
        other(interface=interface, time=NOON - newest * MINUTE)
    assert retention.close_stale(NOON) == int(is_lost)
    assert Flow.objects.filter(client="2001:db8::1").count() == int(is_lost)
    assert FlowLive.objects.filter(client="2001:db8::1").count() == int(not is_lost)


def test_stale_flows_are_closed_some_at_a_time_until_none_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 3)
    interface = an_interface(last_seen=NOON - 6 * MINUTE)
    for _ in range(7):
        a_live_flow(interface=interface, time=NOON - 8 * MINUTE)
    assert retention.close_stale(NOON) == 7
    assert (FlowLive.objects.count(), Flow.objects.filter(event=3).count()) == (0, 7)
    assert retention.close_stale(NOON) == 0
