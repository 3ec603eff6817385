"""Modbus/TCP and IEC 60870-5-104. Source: ntopng's six checks of these keys; ATT&CK T1565.

A control system says the same few things all day. What it never says, refusals, and an order of
messages that was not there while we learned, are worth a look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from checks.base import Check, Family, number
from checks.kinds import LearnedCheck, spell
from checks.parameters import ParameterError, names

_NEEDS = "packets of TCP port 502 or 2404"


@dataclass(frozen=True)
class MessageCheck(Check):
    """A check of the messages between a client and a server."""

    frame = "message"
    family = Family.FLOW
    default_enabled = False
    attack = "T1565"
    attacker = "client"
    victim = "server"
    cooldown = 300.0
    needs = _NEEDS
    protocol: ClassVar[str] = ""

    def identity(self) -> pl.Expr:
        """Return client, server, port and VLAN."""
        return pl.format("{}|{}|{}|{}", "client", "server", "server_port", "vlan")

    def is_protocol(self) -> pl.Expr:
        """Return whether a row is of the check's protocol."""
        return pl.col("protocol") == self.protocol


@dataclass(frozen=True)
class UnexpectedCode(MessageCheck):
    """A check of codes that are not on a list."""

    noun: ClassVar[str] = ""
    items: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse what is no code; raises ParameterError."""
        wrong = [item for item in self.items if not (item.isdecimal() and int(item) < 256)]
        if wrong:
            raise ParameterError({"items": f"{wrong[0]!r} is no number from 0 to 255"})

    def when(self) -> pl.Expr:
        """Look at the code."""
        return self.is_protocol() & ~pl.col("code").is_in([int(item) for item in self.items])

    def message(self) -> pl.Expr:
        """Name who, and the code."""
        is_answer = pl.col("is_from_server")
        sender = pl.when(is_answer).then("server").otherwise("client")
        receiver = pl.when(is_answer).then("client").otherwise("server")
        text = f"{{}} sent {self.noun} {{}} to {{}}, which is not on the list"
        return pl.format(text, sender, "code", receiver)

    def values(self) -> dict[str, pl.Expr]:
        """Return the code and how often."""
        return {"code": pl.col("code"), "messages": pl.col("messages")}


@dataclass(frozen=True)
class IecUnexpectedTypeId(UnexpectedCode):
    """Fires on an IEC 104 type identification that is not on the list."""

    key = "iec_unexpected_type_id"
    title = "IEC Unexpected TypeID"
    score = 10
    protocol = "iec104"
    noun = "TypeID"
    advice = "Add the type identifications that your stations use to the list."

    items: tuple[str, ...] = names(
        "Expected", ("9", "13", "36", "45", "46", "48", "30", "103", "100", "37")
    )


@dataclass(frozen=True)
class ModbusUnexpectedFunctionCode(UnexpectedCode):
    """Fires on a request with a Modbus function code that is not on the list."""

    key = "modbus_unexpected_function_code"
    title = "ModbusTCP Unexpected Function Code"
    score = 100
    protocol = "modbus"
    noun = "function code"
    advice = "Add the function codes that your controllers use to the list."

    items: tuple[str, ...] = names("Expected", ("3", "6", "16"))

    def when(self) -> pl.Expr:
        """Look at requests: an answer has its request's code."""
        return super().when() & ~pl.col("is_from_server")


@dataclass(frozen=True)
class ModbusTooManyExceptions(MessageCheck):
    """Fires when a Modbus server refuses more than ``threshold`` requests in five minutes.

    ntopng counts over the life of the flow, which in a plant is for ever.
    """

    key = "modbus_too_many_exceptions"
    title = "ModbusTCP Too Many Exceptions"
    score = 100
    protocol = "modbus"
    advice = "A controller that is being put into service refuses much: raise the number."

    threshold: float = number("Exceptions", 5, unit="answers", minimum=0, maximum=1_000_000)

    def when(self) -> pl.Expr:
        """Compare the exceptions."""
        return self.is_protocol() & (pl.col("exceptions") > self.threshold)

    def message(self) -> pl.Expr:
        """Name both, and how many."""
        text = "{} refused {} Modbus requests of {} in five minutes, over {}"
        return pl.format(text, "server", "exceptions", "client", pl.lit(self.threshold))

    def values(self) -> dict[str, pl.Expr]:
        """Return the number and its limit."""
        return {"exceptions": pl.col("exceptions"), "threshold": pl.lit(self.threshold)}


@dataclass(frozen=True)
class IecInvalidCommandTransition(MessageCheck):
    """Fires when IEC 104 commands and measurements follow each other too often.

    A command after a measurement, a measurement after a command, or a command after a command, in
    five minutes: ntopng's limits for a flow.
    """

    key = "iec_invalid_command_transition"
    title = "IEC Invalid Command Transition"
    score = 10
    protocol = "iec104"
    advice = "A station that is controlled much: raise the limits."

    to_command: float = number("To command", 20, unit="transitions", minimum=0, maximum=1e6)
    from_command: float = number("From command", 20, unit="transitions", minimum=0, maximum=1e6)
    between_commands: float = number(
        "Between commands", 5, unit="transitions", minimum=0, maximum=1e6
    )

    def _limits(self) -> dict[str, float]:
        names_of = ("to_command", "from_command", "between_commands")
        return {name: getattr(self, name) for name in names_of}

    def when(self) -> pl.Expr:
        """Compare all three."""
        over = [pl.col(name) > limit for name, limit in self._limits().items()]
        return self.is_protocol() & pl.any_horizontal(over)

    def message(self) -> pl.Expr:
        """Name both ends and all three numbers."""
        text = "{} and {}: {} commands after measurements, {} the other way, {} after commands"
        return pl.format(text, "client", "server", *self._limits())

    def values(self) -> dict[str, pl.Expr]:
        """Return the numbers with their limits."""
        limits = {f"{name}_limit": pl.lit(limit) for name, limit in self._limits().items()}
        return {name: pl.col(name) for name in self._limits()} | limits


@dataclass(frozen=True)
class InvalidTransition(LearnedCheck, MessageCheck):
    """A check of an order of messages that was not there while we learned."""

    score = 10
    advice = "Allow it on the page of what was learned; learn for longer where work is varied."
    noun: ClassVar[str] = ""

    def when(self) -> pl.Expr:
        """Look at rows of the protocol that follow another message."""
        return self.is_protocol() & pl.col("previous").is_not_null() & super().when()

    def message(self) -> pl.Expr:
        """Name both ends and both codes."""
        text = f"{{}} order between {{}} and {{}}: {self.noun} {{}} after {{}}"
        return pl.format(text, self.how(), "client", "server", "code", "previous")

    def identity(self) -> pl.Expr:
        """Return the two ends and the two codes."""
        names_of = ("client", "server", "vlan", "previous", "code")
        return pl.format("|".join(["{}"] * len(names_of)), *names_of)


@dataclass(frozen=True)
class IecInvalidTransition(InvalidTransition):
    """Fires when an IEC 104 type identification follows another as it never did, or was denied."""

    key = "iec_invalid_transition"
    title = "IEC Invalid Transition"
    protocol = "iec104"
    noun = "TypeID"

    learning: float = spell("Learning", 21_600)
    alarm: float = spell("Alarm", 3_600)


@dataclass(frozen=True)
class ModbusInvalidTransition(InvalidTransition):
    """Fires when a Modbus function code follows another as it never did, or was denied."""

    key = "modbus_invalid_transition"
    title = "ModbusTCP Invalid Transition"
    protocol = "modbus"
    noun = "function code"

    learning: float = spell("Learning", 21_600)
    alarm: float = spell("Alarm", 3_600)


CHECKS = (
    IecUnexpectedTypeId,
    ModbusUnexpectedFunctionCode,
    ModbusTooManyExceptions,
    IecInvalidCommandTransition,
    IecInvalidTransition,
    ModbusInvalidTransition,
)
