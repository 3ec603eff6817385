"""What a type of device may never, or only, say. Source: ntopng's device applications; T1071.

ntopng keeps a matrix of types of devices and applications. Here a type is where its devices are: an
address or a network.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final, NamedTuple

import polars as pl

from checks.addresses import inside
from checks.base import About, FlowCheck
from checks.conditions import is_application
from checks.parameters import ParameterError, names

_ROLES: Final = ("client", "server")
_VERDICTS: Final = ("only", "never")
#: Part of the score that the client gets when it offends, and when the server does (ntopng's).
_CLIENT_OFFENDS, _SERVER_OFFENDS = 90, 10


class Line(NamedTuple):
    """One line of the matrix: who, as what, how far, and which application."""

    network: str
    role: str
    verdict: str
    application: str

    @classmethod
    def of(cls, text: str) -> Line:
        """Read a line; raises ValueError naming what is wrong with it."""
        words = text.split(maxsplit=3)
        if len(words) < 4 or words[1] not in _ROLES or words[2] not in _VERDICTS:
            raise ValueError(f"{text!r} is not NETWORK client|server only|never APPLICATION")
        ip_network(words[0], strict=False)
        return cls(*words)


@dataclass(frozen=True)
class DeviceProtocolNotAllowed(FlowCheck):
    """Fires when a device of a type uses or serves an application that the type may not.

    Each line is about an address or a network: "192.168.30.0/24 client never SSH", or
    "192.168.30.0/24 server only IPP"; several "only" of one network and role stand together.
    """

    about = About.CLIENT
    title = "Susp. Device Protocol"
    score = 100
    attack = "T1071"
    advice = "Add what the device may say to its lines."

    items: tuple[str, ...] = names("Devices")

    def __post_init__(self) -> None:
        """Refuse lines that cannot be read; raises ParameterError."""
        try:
            self._lines()
        except ValueError as error:
            raise ParameterError({"items": str(error)}) from error

    def _lines(self) -> list[Line]:
        return [Line.of(item) for item in self.items]

    def _offends(self, role: str) -> pl.Expr:
        """Return whether the side breaks a line of its type."""
        lines = [line for line in self._lines() if line.role == role]
        tests = [_denied(line) for line in lines if line.verdict == "never"]
        for network in dict.fromkeys(line.network for line in lines if line.verdict == "only"):
            allowed = [
                line.application
                for line in lines
                if (line.network, line.verdict) == (network, "only")
            ]
            tests.append(inside(role, [network]) & ~is_application(*allowed))
        return pl.any_horizontal(tests) if tests else pl.col("l4") < 0

    def when(self) -> pl.Expr:
        """Look at both sides of what nDPI has named."""
        is_named = (pl.col("application") != "") & (pl.col("application") != "Unknown")
        return is_named & (self._offends("client") | self._offends("server"))

    def share(self) -> pl.Expr:
        """Give most of the score to who offends."""
        return pl.when(self._offends("client")).then(_CLIENT_OFFENDS).otherwise(_SERVER_OFFENDS)

    def attackers(self) -> pl.Expr:
        """Return who offends, the client first."""
        return pl.when(self._offends("client")).then(pl.lit("client")).otherwise(pl.lit("server"))

    def message(self) -> pl.Expr:
        """Name who offends, with what, and the other end."""
        is_client = self._offends("client")
        who = pl.when(is_client).then("client").otherwise("server")
        verb = pl.when(is_client).then(pl.lit("uses")).otherwise(pl.lit("serves"))
        text = "{} {} {}, which its type of device may not, between {} and {}"
        return pl.format(text, who, verb, "application", "client", "server")

    def values(self) -> dict[str, pl.Expr]:
        """Return what it said."""
        return {"application": pl.col("application")}


def _denied(line: Line) -> pl.Expr:
    return inside(line.role, [line.network]) & is_application(line.application)
