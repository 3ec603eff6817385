"""E-mail by SMTP, in text and HTML. The Message-ID is the delivery's key, at every attempt."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any

from django.template.loader import render_to_string

from checks.parameters import choice, number, switch
from recipients.endpoints.base import (
    Addressee,
    Answer,
    DeliveryError,
    Message,
    Outbound,
    Service,
    Verdict,
)
from recipients.parameters import emails, line, secret

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True)
class Mailboxes(Addressee):
    """Who gets it."""

    to: tuple[str, ...] = emails("To", is_required=True)
    cc: tuple[str, ...] = emails("Cc")


@dataclass(frozen=True)
class Email(Service):
    """An SMTP server."""

    title = "E-mail"
    icon = "mail"
    hint = "Without STARTTLS or TLS neither password nor message are protected on their way."
    To = Mailboxes
    takes_reports = True

    server: str = line("Server", is_required=True, help="A host, as mail.example.org.")
    security: str = choice("Security", "starttls", ("starttls", "tls", "none"))
    port: float = number(
        "Port", 0, maximum=65_535, is_integer=True, help="0: 587, 465 or 25 by security."
    )
    sender: str = line(
        "Sender",
        is_required=True,
        pattern=r"[^\r\n]*[^@\s]+@[^@\s]+",
        looks="an address, as ntopweb@example.org",
    )
    username: str = line("User name")
    password: str = secret("Password")
    attach_report: bool = switch(
        "Attach reports",
        False,
        help="A PDF of the last day of each alert's host, of three hosts at most.",
    )

    @property
    def wants_reports(self) -> bool:
        """Return whether a message of alerts is to carry reports of their hosts."""
        return self.attach_report

    def send(self, to: Mailboxes, message: Message, out: Outbound) -> Answer:
        """Send one mail to all addressees; those that the server refuses are named."""
        mail = compose(message, self.sender, to)
        try:
            with self._connect(out) as server:
                refused = server.send_message(mail, to_addrs=[*to.to, *to.cc])
                said = server.accepted
        except smtplib.SMTPException as error:
            raise _judge(error) from error
        names = f"; refused: {', '.join(refused)}" if refused else ""
        return Answer(250, f"{said}{names}")

    def _connect(self, out: Outbound) -> Smtp:
        port = int(self.port) or _PORTS[self.security]
        server = Smtp(self.server, port, out, is_tls=self.security == "tls")
        try:
            if self.security == "starttls":
                server.starttls(context=out.context())
            if self.username:
                server.login(self.username, self.password)
        except BaseException:
            server.close()
            raise
        return server


class Smtp(smtplib.SMTP):
    """smtplib's client over a connection under the guard; keeps what the server said at the end."""

    accepted = ""

    def __init__(self, host: str, port: int, out: Outbound, *, is_tls: bool) -> None:
        self._out, self._is_tls = out, is_tls
        super().__init__(host, port, local_hostname="ntopweb", timeout=out.timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        raw = self._out.connect(host, port)
        if not self._is_tls:
            return raw
        return self._out.context().wrap_socket(raw, server_hostname=host)

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Send the mail and keep the answer."""
        code, said = super().data(msg)
        self.accepted = said.decode("utf-8", "replace")
        return code, said


def compose(message: Message, sender: str, to: Mailboxes) -> EmailMessage:
    """Return the mail. Line ends in a subject cannot get here: words of a subject are one line."""
    name, address = parseaddr(sender)
    mail = EmailMessage()
    mail["From"] = Address(name or "ntopweb", addr_spec=address)
    mail["To"] = _addresses(to.to)
    if to.cc:
        mail["Cc"] = _addresses(to.cc)
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(datetime.fromisoformat(message.created_at))
    mail["Message-ID"] = f"<{message.key}@{address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notices back
    mail.set_content(message.text)
    html = render_to_string("recipients/email.html", {"message": message})
    mail.add_alternative(html, subtype="html")
    for one in message.attachments:
        main, _, sub = one.media_type.partition("/")
        mail.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name)
    return mail


def _addresses(texts: Sequence[str]) -> list[Address]:
    return [Address(addr_spec=text) for text in texts]


def _judge(error: smtplib.SMTPException) -> DeliveryError:
    """Return what an SMTP error means: 4xx may pass, 5xx is for good (RFC 5321)."""
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return DeliveryError(f"the server cannot do that: {error}", Verdict.DISABLED)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = {name: (code, _text(said)) for name, (code, said) in error.recipients.items()}
        words = "; ".join(f"{name}: {code} {said}" for name, (code, said) in codes.items())
        worst = max(code for code, _ in codes.values())
        is_final = all(code >= 500 for code, _ in codes.values())
        return DeliveryError(words, Verdict.REFUSED if is_final else Verdict.RETRY, status=worst)
    if isinstance(error, smtplib.SMTPResponseException):
        verdict = Verdict.RETRY
        if error.smtp_code >= 500:
            is_content = isinstance(error, smtplib.SMTPDataError)
            verdict = Verdict.REFUSED if is_content else Verdict.DISABLED
        words = f"{error.smtp_code} {_text(error.smtp_error)}"
        return DeliveryError(words, verdict, status=error.smtp_code)
    return DeliveryError(str(error))


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
