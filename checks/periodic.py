"""Checks that the clock runs over what is known of interfaces, so that silence is seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import polars as pl

from checks.frames import INTERFACE_STATUS
from checks.runner import Evaluation, Runner
from monitoring.history.traffic import Sums, totals_by_interface
from monitoring.history.window import Window
from monitoring.models import Interface

FRAME: Final = "interface_status"
#: "In the last minute", with the time that sums take to be folded.
LOOK_BACK: Final = timedelta(seconds=75)


class Status(NamedTuple):
    """An evaluation, and the table that it is of."""

    table: pl.DataFrame
    evaluation: Evaluation


def evaluate(runner: Runner, now: datetime) -> Status:
    """Return what the checks say of all interfaces of enabled agents."""
    interfaces = Interface.objects.filter(agent__is_enabled=True).select_related("agent")
    table = to_table(interfaces, totals_by_interface(Window.last(LOOK_BACK, now)), now)
    return Status(table, runner.evaluate(FRAME, table))


def to_table(
    interfaces: Iterable[Interface], totals: Mapping[int, Sums], now: datetime
) -> pl.DataFrame:
    """Return the frame ``interface_status``, one row per interface, also where nothing came."""
    rows = [_row(interface, totals.get(interface.pk), now) for interface in interfaces]
    return pl.DataFrame(rows, schema=INTERFACE_STATUS, orient="row")


def _row(interface: Interface, sums: Sums | None, now: datetime) -> dict[str, object]:
    return {
        "interface_id": interface.pk,
        "name": interface.name,
        "kind": interface.kind,
        "agent": interface.agent.name,
        "age": (now - interface.first_seen).total_seconds(),
        "silence": (now - (interface.last_seen or interface.first_seen)).total_seconds(),
        "packets": sums.packets if sums else 0,
        "flows": sums.flows if sums else 0,
    }
