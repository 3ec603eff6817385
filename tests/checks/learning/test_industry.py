"""Industrial messages from the agent's rows to what the checks say, before and after learning."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
import pytest
from django.db import connection, transaction

from capture_agent.demonstration.conversation import Tcp
from capture_agent.demonstration.payloads import iec104, things
from capture_agent.industrial.following import Follower
from capture_agent.l2.parse import Frame
from checks.learning import fold, parts
from checks.models import Learned
from checks.parameters import ParameterError
from checks.runner import Active, Runner
from monitoring.models import Agent, Interface, LocalNetwork
from tests.checks.builders import the
from tests.checks.learning.builders import NOW
from tests.traffic.packets import START, endpoint

pytestmark = pytest.mark.django_db
FAMILIES = pytest.mark.parametrize("family", [4, 6])
KEYS = (
    "iec_unexpected_type_id",
    "iec_invalid_transition",
    "iec_invalid_command_transition",
    "modbus_unexpected_function_code",
    "modbus_too_many_exceptions",
    "modbus_invalid_transition",
)
RUNNER = Runner(Active(the(key), number, 50) for number, key in enumerate(KEYS, 1))
DAY = 86_400.0


@pytest.fixture(autouse=True)
def interface():
    for network in ("10.0.0.0/8", "fd00::/8"):
        LocalNetwork.objects.get_or_create(network=network)
    agent = Agent.objects.create(name="plant", token_hash="x")
    return Interface.objects.create(pk=1, agent=agent, name="eth0", kind="live")


def round_of(talk: Tcp):
    """Lead a conversation's packets through the agent's follower and a round; {check: messages}."""
    follower = Follower()
    follower.add(Frame(round(p.time * 1e6), p.frame) for p in talk.packets)
    rows = follower.rows().with_columns(pl.lit(1, pl.Int32).alias("interface_id"))
    with transaction.atomic(), connection.cursor() as cursor:
        parts.append(cursor, "industrial", rows)
        parts_made = fold.fold(NOW)
    told: dict[str, set[str]] = {}
    for name, table in parts_made:
        evaluation = RUNNER.evaluate(name, table)
        assert evaluation.failures == []
        for found in evaluation.findings.iter_rows(named=True):
            told.setdefault(found["check"], set()).add(found["message"])
    return told


def talk(family: int, port: int, after: float) -> Tcp:
    ends = endpoint(21, family), endpoint(80, family)
    return Tcp(*ends, (40_000, port), START + after).open()


def modbus(family: int, codes: Iterable[int], after: float = 0.0, *, refused: bool = False) -> Tcp:
    made = talk(family, 502, after)
    for number, code in enumerate(codes):
        answer = things.modbus(number, code | 0x80 if refused else code, b"\x01")
        made.ask(things.modbus(number, code, b"\0\x01\0\x01"), answer)
    return made


def iec(family: int, kinds: Iterable[int], after: float = 0.0) -> Tcp:
    made = talk(family, 2404, after).ask(iec104.START_ACT, iec104.START_CON)
    for number, kind in enumerate(kinds):
        made.send(number % 2, iec104.asdu(kind, number))
    return made


@FAMILIES
def test_an_order_of_requests_is_told_after_learning_only(family):
    assert round_of(modbus(family, [3, 6, 3])) == {}
    assert round_of(modbus(family, [3, 6, 3], DAY)) == {}
    client, server = endpoint(21, family).address, endpoint(80, family).address
    found = round_of(modbus(family, [3, 16], DAY + 60))
    assert found == {
        "modbus_invalid_transition": {
            f"new order between {client} and {server}: function code 16 after 3"
        }
    }
    Learned.objects.filter(kind="transition", key__endswith="3>16").update(verdict="allowed")
    assert round_of(modbus(family, [3, 16], DAY + 120)) == {}


@FAMILIES
def test_an_order_of_asdus_is_told_after_learning_only(family):
    assert round_of(iec(family, [100, 9, 13])) == {}
    found = round_of(iec(family, [100, 13], DAY))
    assert set(found) == {"iec_invalid_transition"}


@FAMILIES
@pytest.mark.parametrize(("kind", "fires"), [(9, False), (14, True)])
def test_a_type_that_is_not_expected_is_told(family, kind, fires):
    assert ("iec_unexpected_type_id" in round_of(iec(family, [100, kind]))) is fires


@FAMILIES
@pytest.mark.parametrize(("code", "fires"), [(16, False), (43, True)])
def test_a_function_that_is_not_expected_is_told_of_the_request(family, code, fires):
    found = round_of(modbus(family, [3, code]))
    assert ("modbus_unexpected_function_code" in found) is fires
    client, server = endpoint(21, family).address, endpoint(80, family).address
    words = f"{client} sent function code 43 to {server}, which is not on the list"
    assert found.get("modbus_unexpected_function_code", {words}) == {words}


@FAMILIES
@pytest.mark.parametrize(("times", "fires"), [(5, False), (6, True)])
def test_refusals_count_over_all_codes(family, times, fires):
    codes = [3, 6] * 3
    found = round_of(modbus(family, codes[:times], refused=True))
    assert ("modbus_too_many_exceptions" in found) is fires


@FAMILIES
@pytest.mark.parametrize(("times", "fires"), [(20, False), (21, True)])
def test_commands_after_measurements_are_counted(family, times, fires):
    kinds = [13, 45] * times
    assert ("iec_invalid_command_transition" in round_of(iec(family, kinds))) is fires


@pytest.mark.parametrize("item", ["x", "256", "-1", "1.5"])
def test_a_list_of_codes_takes_codes_only(item):
    with pytest.raises(ParameterError, match="no number from 0 to 255"):
        the("iec_unexpected_type_id", items=(item,))
