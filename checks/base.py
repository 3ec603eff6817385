"""What a check is: a rule over one frame, a frozen dataclass whose fields are its parameters.

A check says which rows it picks (:meth:`Check.when`), what to tell of them (:meth:`Check.message`),
the values it compared, and what makes two findings the same (:meth:`Check.identity`). All of these
are polars expressions over the frame's columns (:mod:`checks.frames`), so that one evaluation
serves ingest, periodic runs, back-tests and tests.

``message``, ``values``, ``identity`` and what else is told are evaluated on the picked rows only,
where these columns stand beside the frame's own: ``title`` and ``about`` (the check's), and on
flows ``client`` and ``server`` (addresses as text). Sums and differences of unsigned columns wrap
around: cast first.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, ClassVar, Final, Self

import polars as pl

from checks.identities import About, identity, identity_by_row
from checks.parameters import number, parse
from checks.words import Category, Family, Side

#: What a docstring names: a parameter, or anything else that is written as it stands.
_NAMED: Final = re.compile(r"``?([^`]*)``?")

__all__ = [
    "About",
    "BothSides",
    "Category",
    "Check",
    "Family",
    "FlowBit",
    "FlowCheck",
    "HostCheck",
    "InterfaceCheck",
    "InterfaceStatusCheck",
    "Rule",
    "Side",
    "number",
]

#: One flow's checks add up to at most this; so does each check's own score (ntopng's limit).
HIGHEST_SCORE = 250


@dataclass(frozen=True)
class Rule:
    """A check's expressions over its frame; a check that looks at both sides of a host has two."""

    check: Check
    when: pl.Expr
    message: pl.Expr
    values: Mapping[str, pl.Expr]
    identity: pl.Expr
    attacker: pl.Expr | str
    victim: pl.Expr | str
    refine: pl.Expr | None = None


@dataclass(frozen=True)
class Check:
    """A rule over one frame. Subclasses set what differs and add parameters as fields."""

    #: Key of :data:`checks.frames.FRAMES`.
    frame: ClassVar[str] = ""
    family: ClassVar[Family]
    #: ntopng's key where it has the check; a module's name unless said.
    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    category: ClassVar[Category] = Category.SECURITY
    #: 1 … 250; severity follows from it.
    score: ClassVar[int] = 50
    default_enabled: ClassVar[bool] = True
    #: Part of a flow's score that its client gets, in per cent; the server gets the rest.
    client_share: ClassVar[int] = 50
    #: ATT&CK technique or tactic, as "T1498.001".
    attack: ClassVar[str] = ""
    #: "client", "server", "host" or "" (nobody).
    attacker: ClassVar[str] = ""
    victim: ClassVar[str] = ""
    #: Events of the schema's EVENT that it looks at; empty for frames without.
    events: ClassVar[tuple[str, ...]] = ()
    #: Seconds without a finding after which the alert is released.
    cooldown: ClassVar[float] = 60.0
    #: What it cannot do without, in words, as "packets".
    needs: ClassVar[str] = ""
    #: How an operator tells a false alarm, and what to change then.
    advice: ClassVar[str] = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "key" not in cls.__dict__:
            cls.key = cls.__module__.rpartition(".")[2]

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Self:
        """Return the check with these parameters, defaults filled in; raises ParameterError."""
        return cls(**parse(cls, values))

    @classmethod
    def describe(cls, told: Callable[[re.Match[str]], str] = itemgetter(1)) -> str:
        """Return what the check fires on: its docstring as plain text.

        ``told`` gives the words for what stands between backticks there, a parameter or other code.
        """
        return _NAMED.sub(told, " ".join(inspect.cleandoc(cls.__doc__ or "").split()))

    def when(self) -> pl.Expr:
        """Return which rows it picks; null is no."""
        raise NotImplementedError

    def refine(self) -> pl.Expr | None:
        """Return what a picked row must be besides, where asking that of every row is too dear."""
        return None

    def message(self) -> pl.Expr:
        """Return the text of a finding, in one sentence without a full stop."""
        raise NotImplementedError

    def values(self) -> Mapping[str, pl.Expr]:
        """Return what was compared, by name, for the evidence of an alert."""
        return {}

    def identity(self) -> pl.Expr:
        """Return what makes two findings of this check on one interface the same."""
        raise NotImplementedError

    def weight(self, score: int) -> pl.Expr | int:
        """Return each finding's score: the check's, or an expression of the row."""
        return score

    def share(self) -> pl.Expr | int:
        """Return the client's part of each finding's score in per cent, or an expression."""
        return self.client_share

    def attackers(self) -> pl.Expr | str:
        """Return who attacks, or an expression."""
        return self.attacker

    def victims(self) -> pl.Expr | str:
        """Return who suffers, or an expression."""
        return self.victim

    def rules(self) -> Sequence[Rule]:
        """Return the check's rules: one, unless it looks at both sides."""
        return [
            Rule(
                check=self,
                when=self.when(),
                message=self.message(),
                values=self.values(),
                identity=self.identity(),
                attacker=self.attackers(),
                victim=self.victims(),
                refine=self.refine(),
            )
        ]


@dataclass(frozen=True)
class FlowCheck(Check):
    """A check of flows. Two findings are the same when whom it is about, and the VLAN, are.

    The port is not part of it: a scan of a thousand ports is one alert, its flows are its evidence.
    """

    frame = "flow"
    family = Family.FLOW
    about: ClassVar[About] = About.PAIR
    events: ClassVar[tuple[str, ...]] = ("detected", "update", "end")
    cooldown = 300.0

    def identity(self) -> pl.Expr:
        """Return whom it is about, and the VLAN."""
        return identity(self.about)


@dataclass(frozen=True)
class FlowBit(FlowCheck):
    """A check that a column's bit is set. The runner looks for all of them in one comparison."""

    column: ClassVar[str] = ""
    bit: ClassVar[int] = 0

    def when(self) -> pl.Expr:
        """Return whether the bit is set."""
        return pl.col(self.column) & pl.lit(1 << self.bit, dtype=pl.UInt64) != 0

    def identity(self) -> pl.Expr:
        """Return whom it is about, by the row, so that all bits are told in one go."""
        return identity_by_row()


@dataclass(frozen=True)
class HostCheck(Check):
    """A check of hosts every five seconds. Two findings are the same when address and VLAN are."""

    frame = "host"
    family = Family.HOST
    attacker = "host"

    def identity(self) -> pl.Expr:
        """Return address and VLAN."""
        return pl.format("{}|{}", "address", "vlan")


@dataclass(frozen=True)
class BothSides(HostCheck):
    """A host check that runs twice, as ntopng's do: the host as attacker, and as victim.

    ``sent`` and ``received`` are the columns of the two sides, ``noun`` what they count.
    """

    sent: ClassVar[str] = ""
    received: ClassVar[str] = ""
    noun: ClassVar[str] = ""
    threshold: float

    def measured(self, side: Side) -> pl.Expr:
        """Return what is compared with the threshold."""
        return pl.col(self._column(side))

    def _column(self, side: Side) -> str:
        return self.sent if side is Side.ATTACKER else self.received

    def rules(self) -> Sequence[Rule]:
        """Return the rule of each side."""
        return [self._rule(side) for side in Side]

    def when(self) -> pl.Expr:
        """Return whether either side is over the threshold."""
        return self._over(Side.ATTACKER) | self._over(Side.VICTIM)

    def _over(self, side: Side) -> pl.Expr:
        return self.measured(side) > self.threshold

    def _rule(self, side: Side) -> Rule:
        return Rule(
            check=self,
            when=self._over(side),
            message=self._words(side),
            values=self._values(side),
            identity=pl.format(f"{{}}|{{}}|{side}", "address", "vlan"),
            attacker="host" if side is Side.ATTACKER else "",
            victim="host" if side is Side.VICTIM else "",
        )

    def _words(self, side: Side) -> pl.Expr:
        verb = "sent" if side is Side.ATTACKER else "received"
        text = f"{{}} {verb} {{}} {self.noun}, over {{}}"
        return pl.format(text, "address", self.measured(side), pl.lit(self.threshold))

    def _values(self, side: Side) -> dict[str, pl.Expr]:
        return {self._column(side): self.measured(side), "threshold": pl.lit(self.threshold)}


@dataclass(frozen=True)
class InterfaceCheck(Check):
    """A check of interfaces every five seconds. Two findings are the same when the interface is."""

    frame = "interface"
    family = Family.INTERFACE

    def identity(self) -> pl.Expr:
        """Return the interface's id."""
        return pl.col("interface_id").cast(pl.String)


@dataclass(frozen=True)
class InterfaceStatusCheck(InterfaceCheck):
    """A check of what is known of an interface, run by the clock: it fires when nothing comes."""

    frame = "interface_status"
    cooldown = 90.0
