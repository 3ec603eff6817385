import email
import email.policy
import socket
import ssl

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from recipients.endpoints.base import DeliveryError, Verdict
from tests.recipients.endpoints.test_kinds import a_message, an_alert, send


class Mailbox:
    """Keeps what comes; answers what a test says at RCPT and DATA."""

    def __init__(self):
        self.mails, self.refuse, self.data = [], {}, ""

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.data:
            return self.data
        self.mails.append((session.ssl is not None, envelope))
        return "250 2.0.0 queued as 4711"


def _login(server, session, envelope, mechanism, data):
    is_right = (data.login, data.password) == (b"ops", b"pw")
    return AuthResult(success=is_right, handled=False)


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def smtp(server_context):
    box = Mailbox()
    box.port = _free_port()
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=box.port,
        tls_context=server_context,
        require_starttls=True,
        authenticator=_login,
        auth_required=True,
    )
    controller.start()
    yield box
    controller.stop()


def mail(box, out, message=None, to=None, **parameters):
    said = {"server": "localhost", "port": box.port, "sender": "NetOps <net@example.org>"}
    login = {"username": "ops", "password": "pw"}
    to = to or {"to": "a@example.org, b@example.org", "cc": "c@example.org"}
    return send(
        "email", message or a_message([an_alert()]), out, to, **{**said, **login, **parameters}
    )


@pytest.fixture
def out(loopback):
    from dataclasses import replace

    return replace(loopback, resolve=lambda host, port: ["127.0.0.1"])


@pytest.mark.parametrize("entity", ["10.0.0.1", "2001:db8::1"])
def test_a_mail_goes_by_starttls_and_login_in_text_and_html(smtp, out, entity):
    answer = mail(smtp, out, a_message([an_alert(entity=entity, message="<i>odd</i>")]))
    assert answer.text == "2.0.0 queued as 4711"
    ((is_tls, envelope),) = smtp.mails
    assert is_tls
    assert envelope.rcpt_tos == ["a@example.org", "b@example.org", "c@example.org"]
    found = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert found["From"] == "NetOps <net@example.org>"
    assert found["Message-ID"] == "<5f0c@example.org>"
    assert found["Auto-Submitted"] == "auto-generated"
    assert entity in found["Subject"]
    text, html = (found.get_body([kind]).get_content() for kind in ("plain", "html"))
    assert entity in text and "<i>odd</i>" in text
    assert entity in html and "&lt;i&gt;odd&lt;/i&gt;" in html


def test_a_subject_injects_no_header(smtp, out):
    mail(smtp, out, a_message([an_alert(entity="x\r\nBcc: evil@example.org")]))
    found = email.message_from_bytes(smtp.mails[0][1].content, policy=email.policy.default)
    assert found["Bcc"] is None and "evil@example.org" not in smtp.mails[0][1].rcpt_tos


def test_some_refused_addressees_are_named_and_the_others_have_it(smtp, out):
    smtp.refuse["b@example.org"] = "550 5.1.1 no such user"
    assert "refused: b@example.org" in mail(smtp, out).text
    assert len(smtp.mails) == 1


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [("550 5.1.1 no such user", Verdict.REFUSED), ("450 4.2.1 try later", Verdict.RETRY)],
)
def test_all_refused_is_for_good_or_for_now(smtp, out, reply, verdict):
    smtp.refuse = dict.fromkeys(["a@example.org", "b@example.org", "c@example.org"], reply)
    with pytest.raises(DeliveryError, match=reply[4:]) as refused:
        mail(smtp, out)
    assert refused.value.verdict is verdict


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [("554 5.7.1 spam", Verdict.REFUSED), ("452 4.3.1 disk full", Verdict.RETRY)],
)
def test_a_refused_content_is_for_good_or_for_now(smtp, out, reply, verdict):
    smtp.data = reply
    with pytest.raises(DeliveryError) as refused:
        mail(smtp, out)
    assert (refused.value.verdict, refused.value.status) == (verdict, int(reply[:3]))


def test_a_wrong_password_disables_the_endpoint(smtp, out):
    with pytest.raises(DeliveryError, match="535") as refused:
        mail(smtp, out, password="wrong")
    assert refused.value.verdict is Verdict.DISABLED


def test_a_certificate_of_nobody_is_refused(smtp, out, settings):
    settings.OUTBOUND_CA_FILE = ""
    with pytest.raises(ssl.SSLCertVerificationError):
        mail(smtp, out)
    assert not smtp.mails


def test_a_server_without_starttls_is_not_spoken_to_in_clear(out):
    box = Mailbox()
    box.port = _free_port()
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        with pytest.raises(DeliveryError, match="STARTTLS") as refused:
            mail(box, out, username="", password="")
        assert refused.value.verdict is Verdict.DISABLED
        assert mail(box, out, username="", password="", security="none").status == 250
        assert not box.mails[0][0]
    finally:
        controller.stop()


def test_a_server_that_is_away_is_tried_again(out):
    box = Mailbox()
    box.port = 1
    with pytest.raises(ConnectionRefusedError):
        mail(box, out)
