"""Every kind that speaks HTTP: what it sends, how it escapes and shortens, what answers mean."""

import hashlib
import hmac
import json
import time

import pytest

from checks.parameters import ParameterError
from recipients.endpoints.base import DeliveryError, Verdict
from recipients.registry import discover
from recipients.rendering import sample_item, write

EVIL = '<b>&"@everyone @channel <!channel> *bold* [x](http://evil) `code`'


def a_message(items=None, **how):
    items = [sample_item()] if items is None else items
    said = {"key": "5f0c", "reason": "news", "total": len(items), "severity": items[0].severity}
    return write(items, **{**said, "created_at": "2026-11-24T12:00:00+00:00", **how})


def an_alert(**fields):
    said = {"severity": "error", "score": 100, "fingerprint": "ab" * 16, "alert": 7}
    return sample_item(**{**said, **fields})


def service(kind, **parameters):
    return discover()[kind].of(parameters)


def send(kind, message, out, to=None, **parameters):
    made = service(kind, **parameters)
    return made.send(type(made).To.of(to or {}), message, out)


#: Kind → (parameters with the stub's URL, addressee).
KINDS = {
    "webhook": lambda url: ({"url": url}, {}),
    "telegram": lambda url: ({"token": "123:abc", "api": url}, {"chat": "-100"}),
    "slack": lambda url: ({"url": f"{url}/services/T/B/X"}, {}),
    "discord": lambda url: ({"url": f"{url}/api/webhooks/1/x"}, {"username": "net"}),
    "teams": lambda url: ({"url": f"{url}/workflows/x"}, {}),
    "mattermost": lambda url: ({"url": f"{url}/hooks/x"}, {"channel": "ops"}),
    "pagerduty": lambda url: ({"integration_key": "k" * 32, "api": url}, {}),
    "ntfy": lambda url: ({"server": url, "token": "tk_1"}, {"topic": "alerts"}),
    "matrix": lambda url: ({"server": url, "token": "t"}, {"room": "!a:b.example"}),
}
#: What a service's own answer to a success looks like.
DONE = {
    "slack": (200, b"ok"),
    "discord": (204, b""),
    "teams": (202, b""),
    "pagerduty": (202, b"{}"),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def to_stub(kind, stub, message, out):
    parameters, to = KINDS[kind](stub.url)
    return send(kind, message, out, to, **parameters)


def texts(value):
    """Yield every text in a JSON value."""
    if isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("entity", ["10.0.0.1", "2001:db8::1"])
def test_a_success_gives_the_answer(kind, stub, loopback, entity):
    status, body = DONE.get(kind, (200, b'{"ok":true}'))
    stub.answer = lambda request: (status, {}, body)
    answer = to_stub(kind, stub, a_message([an_alert(entity=entity)]), loopback)
    assert (answer.status, answer.text) == (status, body.decode())
    (request,) = stub.requests
    assert request.headers["content-type"].startswith("application/json")
    assert any(entity in text for text in texts(request.json))


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (429, Verdict.RETRY),
        (500, Verdict.RETRY),
        (503, Verdict.RETRY),
        (301, Verdict.DISABLED),
        (401, Verdict.DISABLED),
        (404, Verdict.DISABLED),
        (400, Verdict.REFUSED),
        (413, Verdict.REFUSED),
    ],
)
def test_a_status_means_the_same_everywhere(kind, stub, loopback, status, verdict):
    headers = {"Retry-After": "7", "Location": "https://new.example/"}
    stub.answer = lambda request: (status, headers, b"why")
    with pytest.raises(DeliveryError, match=str(status)) as refused:
        to_stub(kind, stub, a_message([an_alert()]), loopback)
    assert (refused.value.verdict, refused.value.status) == (verdict, status)
    if status == 429:
        assert refused.value.retry_after == 7


def test_names_of_hosts_ring_nobody_and_inject_nothing(kind, stub, loopback):
    to_stub(kind, stub, a_message([an_alert(entity=EVIL, message=EVIL)]), loopback)
    payload = stub.requests[0].json
    told = "\n".join(texts(payload))
    if kind == "telegram":
        assert "<b>&" not in told and "&lt;b&gt;&amp;" in payload["text"]
    if kind == "slack":
        parsed = [payload["text"], payload["blocks"][1]["text"]["text"]]  # a header is not
        assert all("<!channel>" not in one and "&lt;!channel&gt;" in one for one in parsed)
    if kind == "discord":
        assert payload["allowed_mentions"] == {"parse": []}
        assert "\\[x\\]\\(http://evil\\)" in payload["embeds"][0]["description"]
    if kind == "mattermost":
        assert "@channel" not in told and "\\[x\\]" in told
    if kind == "matrix":
        assert payload["m.mentions"] == {}
        assert '<b>&"' not in payload["formatted_body"].replace("<b>Test", "")
    if kind == "teams":
        body = payload["attachments"][0]["content"]["body"]
        assert {block["type"] for block in body} == {"RichTextBlock"}  # knows no markdown


#: The longest that each service takes of a text: (path in the payload, limit in characters).
LIMITS = {
    "telegram": lambda p: (p["text"].replace("&lt;", "<").replace("<b>", ""), 4100),
    "slack": lambda p: (p["blocks"][1]["text"]["text"], 3000),
    "discord": lambda p: (p["embeds"][0]["description"], 4096),
    "teams": lambda p: (json.dumps(p, ensure_ascii=False).encode(), 28_000),
    "mattermost": lambda p: (p["text"], 16_383),
    "pagerduty": lambda p: (p["payload"]["summary"], 1024),
    "ntfy": lambda p: (p["message"].encode(), 4096),
    "matrix": lambda p: (json.dumps(p, ensure_ascii=False).encode(), 65_000),
}


@pytest.mark.parametrize("letter", ["x", "ü"])
def test_a_long_message_is_cut_to_what_the_service_takes(kind, stub, loopback, letter):
    items = [an_alert(message=letter * 2000) for _ in range(30)]
    if discover()[kind].one_by_one:
        items = items[:1]
    to_stub(kind, stub, a_message(items), loopback)
    if kind in LIMITS:
        text, limit = LIMITS[kind](stub.requests[0].json)
        assert len(text) <= limit


def test_a_title_is_cut_to_what_the_service_takes(stub, loopback):
    message = a_message([an_alert(title="t" * 500, entity="e" * 500)])
    for kind, path in (
        ("slack", lambda p: len(p["blocks"][0]["text"]["text"]) <= 150),
        ("discord", lambda p: len(p["embeds"][0]["title"]) <= 256),
    ):
        to_stub(kind, stub, message, loopback)
        assert path(stub.requests[-1].json)


def test_a_webhook_is_signed_with_the_time(stub, loopback):
    message = a_message([an_alert()])
    headers = "X-Team: network\nX-Two: 2"
    send("webhook", message, loopback, url=stub.url, shared_secret="s3", headers=headers)
    (request,) = stub.requests
    timestamp = request.headers["x-ntopweb-timestamp"]
    assert abs(int(timestamp) - time.time()) < 60
    signed = f"{timestamp}.".encode() + request.body
    expected = hmac.new(b"s3", signed, hashlib.sha256).hexdigest()
    assert request.headers["x-ntopweb-signature"] == f"sha256={expected}"
    assert (request.headers["x-team"], request.headers["x-two"]) == ("network", "2")
    assert request.headers["idempotency-key"] == "5f0c"
    assert "s3" not in request.body.decode()
    said = request.json
    assert (said["version"], said["id"], said["total"]) == (1, "5f0c", 1)
    assert said["alerts"][0]["fingerprint"] == "ab" * 16


def test_a_webhook_in_ntopngs_format_has_its_keys(stub, loopback):
    item = an_alert(ntopng={"alert_id": 5, "ip": "10.0.0.1"})
    send("webhook", a_message([item]), loopback, url=stub.url, shared_secret="s3", format="ntopng")
    assert stub.requests[0].json == {
        "version": "0.2",
        "sharedsecret": "s3",
        "alerts": [{"alert_id": 5, "ip": "10.0.0.1"}],
    }


def test_a_webhook_may_log_in(stub, loopback):
    send("webhook", a_message(), loopback, url=stub.url, username="u", password="p")
    assert stub.requests[0].headers["authorization"] == "Basic dTpw"


@pytest.mark.parametrize(
    ("kind", "action"), [("engaged", "trigger"), ("escalated", "trigger"), ("released", "resolve"),
                         ("acknowledged", "acknowledge")],
)  # fmt: skip
def test_pagerduty_opens_and_resolves_the_same_incident(stub, loopback, kind, action):
    message = a_message([an_alert(kind=kind)])
    send("pagerduty", message, loopback, integration_key="k" * 32, api=stub.url)
    (request,) = stub.requests
    assert request.path == "/v2/enqueue"
    assert request.json["event_action"] == action
    assert request.json["dedup_key"] == "ab" * 16 + "-7"
    assert request.json["payload"]["severity"] == "error"


def test_matrix_puts_a_transaction_that_comes_once(stub, loopback):
    to_stub("matrix", stub, a_message([an_alert()]), loopback)
    (request,) = stub.requests
    path = "/_matrix/client/v3/rooms/%21a%3Ab.example/send/m.room.message/5f0c"
    assert (request.method, request.path) == ("PUT", path)
    assert request.headers["authorization"] == "Bearer t"


@pytest.mark.parametrize(
    ("kind", "body", "seconds"),
    [
        ("telegram", b'{"ok":false,"parameters":{"retry_after":30}}', 30),
        ("discord", b'{"message":"slow","retry_after":1.5}', 1.5),
        ("matrix", b'{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2500}', 2.5),
    ],
)
def test_some_say_in_the_answer_when_to_try_again(kind, stub, loopback, body, seconds):
    stub.answer = lambda request: (429, {}, body)
    with pytest.raises(DeliveryError) as refused:
        to_stub(kind, stub, a_message([an_alert()]), loopback)
    assert refused.value.retry_after == seconds


def test_a_telegram_chat_that_refuses_disables_only_itself(stub, loopback):
    stub.answer = lambda request: (403, {}, b"bot was blocked by the user")
    with pytest.raises(DeliveryError) as refused:
        to_stub("telegram", stub, a_message([an_alert()]), loopback)
    assert refused.value.verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    ("kind", "parameters", "reason"),
    [
        ("webhook", {}, "url: is missing"),
        ("webhook", {"url": "ftp://x"}, "url: must begin with http"),
        ("webhook", {"url": "http://x", "headers": "Host: y"}, "headers: Host is set by"),
        ("webhook", {"url": "http://x", "headers": "no colon"}, "headers: 'no colon' is no"),
        ("webhook", {"url": "http://x", "headers": "X-A: ü"}, "headers: X-A has characters"),
        ("webhook", {"url": "http://x", "colour": 1}, "colour: is no parameter"),
        ("telegram", {"token": "abc"}, "token: must be as 123456:ABC-def"),
        ("email", {"server": "x", "sender": "nobody"}, "sender: must be an address"),
        ("shell", {"script": "../x.sh"}, "script: must be the name of a file"),
        ("shell", {"script": "x.exe"}, "script: must be the name of a file"),
        ("pagerduty", {"integration_key": "short"}, "integration_key: must be 32"),
        ("apprise", {"url": "no url"}, "url: must be a URL"),
        ("syslog", {"host": "x", "port": 70000}, "port: must be from 0 to 65535"),
    ],
)
def test_wrong_parameters_are_refused_by_name(kind, parameters, reason):
    with pytest.raises(ParameterError, match=reason):
        service(kind, **parameters)


def test_every_file_of_the_folder_is_a_kind():
    from pathlib import Path

    import recipients.endpoints as folder

    files = {path.stem for path in Path(folder.__path__[0]).glob("*.py")} - {"__init__", "base"}
    assert files == set(discover())


def test_a_kind_imports_no_other_kind():
    import ast
    from pathlib import Path

    import recipients.endpoints as folder

    for path in Path(folder.__path__[0]).glob("*.py"):
        tree = ast.parse(path.read_text())
        names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        others = {n for n in names if n and n.startswith("recipients.endpoints")}
        assert others <= {"recipients.endpoints.base"}, path
