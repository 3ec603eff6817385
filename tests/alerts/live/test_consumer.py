import asyncio
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async as in_database
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser

from alerts import actions
from alerts.lifecycle import process_round
from alerts.live import consumer
from alerts.live.messages import MOST_EVENTS, last_event
from alerts.live.publisher import Publisher, send
from alerts.models import Alert
from alerts.routing import websocket_urlpatterns
from tests.alerts.builders import NOON, a_flow, said
from tests.alerts.live.socket import Socket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def layer(settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


@pytest.fixture
def engage(interface, put):
    """Engage an alert of this identity and return it."""

    def engage(identity):
        put("flow", [a_flow(interface_id=interface.pk)], [said(0, identity=identity)])
        process_round(NOON)
        return Alert.objects.get(identity=identity)

    return engage


def client(user, path="/ws/alerts/"):
    return Socket(URLRouter(websocket_urlpatterns), path, user)


async def connect(user, path="/ws/alerts/"):
    """Return the socket and the first message."""
    socket = client(user, path)
    await socket.connect()
    return socket, await socket.message()


async def close_code(socket):
    await socket.connect()
    return await socket.close_code()


@pytest.mark.parametrize("who", ["admin", "operator", "viewer"])
async def test_who_may_view_alerts_follows_them(cast, engage, who):
    socket, first = await connect(cast[who])
    assert (first["kind"], first["events"], first["engaged"]["total"]) == ("alerts", [], 0)
    publisher = await in_database(Publisher)()
    alert = await in_database(engage)("a")
    await in_database(publisher.note_actions)()
    await in_database(publisher.flush)(0.0)
    message = await socket.message()
    assert [e["alert"]["id"] for e in message["events"]] == [alert.pk]
    assert message["engaged"] == {"total": 1, "unacknowledged": 1, "by_severity": {"error": 1}}
    await socket.disconnect()


async def test_a_stranger_is_refused(cast):
    assert await close_code(client(cast["stranger"])) == consumer.NOT_ALLOWED


async def test_nobody_is_refused(db):
    assert await close_code(client(AnonymousUser())) == consumer.NOT_ALLOWED


@pytest.mark.parametrize("query", ["last=x", "last=-1", "last=99999999999999999999", "kinds=nix"])
async def test_a_bad_question_is_refused(cast, query):
    socket = client(cast["admin"], f"/ws/live/?{query}")
    assert await close_code(socket) == consumer.BAD_REQUEST


async def test_each_kind_takes_its_own_permission(cast):
    assert await close_code(client(cast["viewer"], "/ws/live/?kinds=traffic")) == 4403
    assert await close_code(client(cast["viewer"], "/ws/live/?kinds=alerts,traffic")) == 4403
    socket, first = await connect(cast["viewer"], "/ws/live/")
    assert first["kind"] == "alerts"
    await socket.disconnect()


async def test_a_client_resumes_after_the_last_event_it_saw(cast, engage):
    await in_database(engage)("a")
    seen = await in_database(last_event)()
    missed = await in_database(engage)("b")
    socket, first = await connect(cast["viewer"], f"/ws/alerts/?last={seen}")
    assert [e["alert"]["id"] for e in first["events"]] == [missed.pk]
    assert first["complete"] is True
    await socket.disconnect()


async def test_who_is_far_behind_is_told_to_read_anew(cast, engage):
    def many():
        for n in range(MOST_EVENTS + 1):
            engage(str(n))

    await in_database(many)()
    socket, first = await connect(cast["viewer"], "/ws/alerts/?last=0")
    assert (len(first["events"]), first["complete"]) == (MOST_EVENTS, False)
    assert first["last"] == await in_database(last_event)()
    await socket.disconnect()


async def test_a_message_that_was_lost_is_made_up_for(cast, engage):
    socket, first = await connect(cast["viewer"])
    lost, later = await in_database(engage)("a"), await in_database(engage)("b")
    last = await in_database(last_event)()
    push = {"type": "live.push", "previous": last - 1, "last": last, "text": '{"wrong": 1}'}
    await get_channel_layer().group_send("live.alerts", push)
    message = await socket.message()
    assert message["previous"] == first["last"]
    assert [e["alert"]["id"] for e in message["events"]] == [lost.pk, later.pk]
    await socket.disconnect()


async def test_what_is_known_already_is_not_told_twice(cast, engage):
    await in_database(engage)("a")
    socket, first = await connect(cast["viewer"])
    stale = {"type": "live.push", "previous": 0, "last": first["last"], "text": "{}"}
    await get_channel_layer().group_send("live.alerts", stale)
    assert await socket.receive_nothing()
    await socket.disconnect()


async def test_what_a_user_does_is_told_with_the_name(cast, engage):
    alert = await in_database(engage)("a")
    socket, first = await connect(cast["viewer"])
    await in_database(actions.acknowledge)(cast["operator"], [alert.pk], NOON)
    publisher = await in_database(Publisher)()
    publisher._last = first["last"]
    publisher.note_actions()
    await in_database(publisher.flush)(0.0)
    (event,) = (await socket.message())["events"]
    assert (event["kind"], event["user"], event["alert"]["acknowledged"]) == (
        "acknowledged",
        "operator",
        True,
    )
    await socket.disconnect()


async def test_a_slow_client_is_dropped_with_a_code(cast, monkeypatch):
    monkeypatch.setattr(consumer, "MOST_WAITING", 2)
    monkeypatch.setattr(consumer.AlertsConsumer, "send", lambda self, **_: asyncio.sleep(60))
    socket = client(cast["viewer"])
    await socket.connect()
    for _ in range(5):
        push = {"type": "live.push", "previous": None, "last": None, "text": "{}"}
        await get_channel_layer().group_send("live.alerts", push)
    assert await socket.close_code() == consumer.TOO_SLOW
    await socket.disconnect()


async def test_who_loses_the_right_is_closed(cast, monkeypatch):
    monkeypatch.setattr(consumer, "CHECK_EVERY", 0.05)
    socket, _ = await connect(cast["viewer"])
    assert await socket.message() == {"kind": "alive"}
    await in_database(cast["viewer"].user_permissions.clear)()
    assert await socket.close_code() == consumer.NOT_ALLOWED
    await socket.disconnect()


async def test_interfaces_with_news_are_named(cast):
    socket, _ = await connect(cast["operator"], "/ws/live/")
    assert await in_database(send)({"kind": "traffic", "interfaces": [3]})
    assert await socket.message() == {"kind": "traffic", "interfaces": [3]}
    await socket.disconnect()


def test_many_rounds_are_one_message_and_never_one_per_alert(engage, monkeypatch):
    told = []
    monkeypatch.setattr("alerts.live.publisher.send", told.append)
    publisher = Publisher()
    publisher.flush(0.0)
    assert told == []
    for n in range(20):
        engage(str(n))
        publisher.note_actions()
        publisher.flush(n * 0.01)
    publisher.flush(0.31)
    assert [len(message["events"]) for message in told] == [1, 19]
    assert told[1]["previous"] == told[0]["last"]


def test_alerts_that_only_repeat_are_named_with_their_counts(interface, put, monkeypatch):
    told = []
    monkeypatch.setattr("alerts.live.publisher.send", told.append)
    publisher = Publisher()
    for n in (1, 2, 3):
        put("flow", [a_flow(flow_id=n, interface_id=interface.pk)], [said(0)])
        publisher.add(process_round(NOON + timedelta(seconds=n)))
    publisher.flush(0.0)
    alerts, traffic = told
    assert [(r["id"], r["count"]) for r in alerts["repeated"]] == [(Alert.objects.get().pk, 3)]
    assert traffic == {"kind": "traffic", "interfaces": [interface.pk]}


def test_without_redis_the_lifecycle_goes_on(settings):
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"]},
        }
    }
    assert send({"kind": "traffic", "interfaces": []}) is False


def test_the_publisher_says_when_it_has_something_to_tell(db):
    publisher = Publisher()
    assert publisher.due_in(7.0) == float("inf")
    publisher.note_actions()
    assert publisher.due_in(7.0) == 0
    publisher.flush(7.0)
    publisher.note_actions()
    assert publisher.due_in(7.1) == pytest.approx(0.2)
    assert publisher.due_in(9.0) == 0
