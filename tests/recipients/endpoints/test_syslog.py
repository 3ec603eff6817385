import json
import re
import socket

import pytest

from recipients.endpoints.syslog import cef
from tests.recipients.endpoints.test_kinds import a_message, an_alert, send
from tests.recipients.servers import Listener

#: RFC 5424 6: PRI VERSION TIMESTAMP HOST APP PROCID MSGID SD MSG.
LINE = re.compile(
    rb"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?:Z|[+-]\d\d:\d\d)) (\S{1,255}) "
    rb"(\S{1,48}) (\S{1,128}) (\S{1,32}) (\[(?:[^\]\\]|\\.)*\]) \xef\xbb\xbf(.*)",
    re.DOTALL,
)


def frames(data):
    """Return the messages of a stream whose octets are counted (RFC 6587)."""
    found = []
    while data:
        length, _, data = data.partition(b" ")
        found.append(data[: int(length)])
        data = data[int(length) :]
    return found


@pytest.mark.parametrize("entity", ["10.0.0.1", "2001:db8::1"])
def test_a_tls_listener_gets_whole_messages(server_context, loopback, entity):
    listener = Listener(server_context)
    items = [an_alert(entity=entity), an_alert(kind="released", message="two\nlines ü")]
    where = {"host": "127.0.0.1", "port": listener.port}
    send("syslog", a_message(items), loopback, transport="tls", **where)
    one, two = frames(listener.wait())
    listener.close()
    priority, _, _, app, _, kind, data, text = LINE.fullmatch(one).groups()
    assert (priority, app, kind) == (b"115", b"ntopweb", b"engaged")  # 14 * 8 + error
    assert b'delivery="5f0c" alert="7" check="test" state="engaged"' in data
    assert entity in text.decode()
    assert "two lines ü" in LINE.fullmatch(two)[8].decode()


def test_a_certificate_of_another_name_is_refused(authority, loopback):
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("other.example").configure_cert(context)
    listener = Listener(context)
    with pytest.raises(ssl.SSLCertVerificationError):
        send("syslog", a_message([an_alert()]), loopback, transport="tls", host="127.0.0.1",
             port=listener.port)  # fmt: skip
    listener.close()


def test_tcp_counts_octets_and_json_is_ntopngs(loopback):
    listener = Listener()
    item = an_alert(ntopng={"alert_id": 5, "json": "{}"}, message="ü")
    send("syslog", a_message([item]), loopback, transport="tcp", format="json", host="127.0.0.1",
         port=listener.port)  # fmt: skip
    (one,) = frames(listener.wait())
    listener.close()
    text = LINE.fullmatch(one)[8]
    assert json.loads(text) == {"alert_id": 5, "json": "{}", "message": "ü"}


def test_a_datagram_is_cut_at_a_whole_character(loopback):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        port = receiver.getsockname()[1]
        message = a_message([an_alert(message="ü" * 3000)])
        answer = send("syslog", message, loopback, host="127.0.0.1", port=port)
        data = receiver.recv(65_536)
    assert 2000 < len(data) <= 2048
    assert LINE.fullmatch(data)[8].decode().endswith("ü")
    assert "nothing confirms" in answer.text


def test_a_parameter_is_escaped(loopback):
    from recipients.registry import discover

    kind = discover()["syslog"].of({"host": "x"})
    line = kind.line(an_alert(check='a"]\\b'), "k")
    assert rb'check="a\"\]\\b"' in line and LINE.fullmatch(line)


@pytest.mark.parametrize("client", ["10.0.0.1", "2001:db8::1"])
def test_cef_is_escaped_and_names_both_ends(client):
    item = an_alert(title="a|b\\c", message="x=1\ny|z", client=client, server="192.0.2.1")
    text = cef(item)
    head, said = text.split("|", 7)[:7], text.split("|")[-1]
    assert text.startswith("CEF:0|ntopweb|ntopweb|1|test|a\\|b\\\\c|7|")
    assert "msg=x\\=1 y|z" in text
    assert f"src={client} dst=192.0.2.1" in text and "\n" not in text
    assert head[0] == "CEF:0" and said


def test_nobody_listens(loopback):
    with pytest.raises(OSError):
        send("syslog", a_message([an_alert()]), loopback, transport="tcp", host="127.0.0.1", port=1)
