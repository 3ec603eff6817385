"""Parameters of services and addressees, beside those that checks have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from checks.parameters import Items, Parameter, Text, parameters_of, parse

__all__ = ["Configured", "Headers", "Line", "Secret", "Url", "emails", "headers", "line", "secret"]


@dataclass(frozen=True, kw_only=True)
class Line(Text):
    """A line of text that may have to be there, and to look in some way."""

    is_required: bool = False
    pattern: str = ""
    looks: str = ""

    def parse(self, value: object) -> str:
        """Accept text; refuse what is missing or does not look as it should."""
        found = super().parse(value)
        if not found:
            if self.is_required:
                raise ValueError("is missing")
            return found
        if self.pattern and not re.fullmatch(self.pattern, found):
            raise ValueError(f"must be {self.looks}")
        return found


@dataclass(frozen=True, kw_only=True)
class Secret(Line):
    """A line that is encrypted at rest and never shown."""

    kind = "secret"
    longest: int = 4000


@dataclass(frozen=True, kw_only=True)
class Url(Line):
    """An address of the web; one with a secret in it is declared by :func:`secret`."""

    kind = "url"
    longest: int = 2000

    def parse(self, value: object) -> str:
        """Accept http:// and https:// with a host."""
        found = super().parse(value)
        if found:
            check_url(found)
        return found


@dataclass(frozen=True, kw_only=True)
class SecretUrl(Secret):
    """An address of the web that is a password too, as an incoming webhook's."""

    def parse(self, value: object) -> str:
        """Accept http:// and https:// with a host."""
        found = super().parse(value)
        if found:
            check_url(found)
        return found


def check_url(text: str) -> None:
    """Refuse what is no address of the web; the reason does not repeat it: it may be secret."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError("is no URL") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must begin with http:// or https:// and name a host")


@dataclass(frozen=True, kw_only=True)
class Headers(Parameter):
    """Lines as “X-Team: network”, for HTTP."""

    kind = "lines"

    def parse(self, value: object) -> str:
        """Accept one header a line; refuse what would break or belongs to the request itself."""
        if not isinstance(value, str):
            raise ValueError("must be text")
        rows = [row.strip() for row in value.splitlines() if row.strip()]
        for row in rows:
            _check_header(row)
        return "\n".join(rows)


#: What the request itself sets (RFC 9110), and what signs it.
_OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection"})
#: What is a password, and so belongs into a field that is encrypted and never shown.
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})


def _check_header(row: str) -> None:
    name, colon, value = row.partition(":")
    if not colon or not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
        raise ValueError(f"{row[:40]!r} is no header, as X-Team: network")
    if name.lower() in _OWN_HEADERS:
        raise ValueError(f"{name} is set by the request itself")
    if name.lower() in _SECRET_HEADERS:
        raise ValueError(f"{name} is a secret: give it in the field Authorization")
    if not value.strip().isprintable() or not value.isascii():
        raise ValueError(f"{name} has characters that no header may have")


def header_pairs(text: str) -> dict[str, str]:
    """Return the parsed lines as a mapping."""
    pairs = (row.split(":", 1) for row in text.splitlines() if row)
    return {name: value.strip() for name, value in pairs}


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise ValueError(f"{text[:80]!r} is no e-mail address") from None
    return text


def emails(title: str, *, is_required: bool = False, help: str = "") -> Any:
    """Declare a list of e-mail addresses."""
    return _field(Emails(title=title, default=(), item=_email, is_required=is_required, help=help))


@dataclass(frozen=True, kw_only=True)
class Emails(Items):
    """A list of e-mail addresses, of which there may have to be one."""

    is_required: bool = False

    def parse(self, value: object) -> tuple[str, ...]:
        """Return the addresses; refuse an empty list that must not be."""
        found = super().parse(value)
        if self.is_required and not found:
            raise ValueError("is missing")
        return found


def line(title: str, default: str = "", **how: Any) -> Any:
    """Declare a line of text."""
    return _field(Line(title=title, default=default, **how))


def url(title: str, default: str = "", **how: Any) -> Any:
    """Declare an address of the web."""
    return _field(Url(title=title, default=default, **how))


def secret(title: str, *, is_url: bool = False, **how: Any) -> Any:
    """Declare a secret."""
    kind = SecretUrl if is_url else Secret
    return _field(kind(title=title, default="", **how))


def headers(title: str, *, help: str = "") -> Any:
    """Declare HTTP headers."""
    return _field(Headers(title=title, default="", help=help))


def _field(parameter: Parameter) -> Any:
    return field(default=parameter.default, metadata={"parameter": parameter})


@dataclass(frozen=True)
class Configured:
    """A frozen dataclass whose fields are its parameters."""

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Self:
        """Return it with these parameters; raises ParameterError naming each that is refused."""
        missing = {
            name: ""
            for name, parameter in parameters_of(cls).items()
            if getattr(parameter, "is_required", False) and name not in values
        }
        return cls(**parse(cls, {**missing, **values}))
