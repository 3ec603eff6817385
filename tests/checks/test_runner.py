"""The runner: one select, all words, and nothing lost where a check fails."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from checks import picking
from checks.base import FlowCheck
from checks.frames import FRAMES, empty
from checks.picking import Bits, Single
from checks.registry import discover
from checks.runner import FINDINGS, Active, Runner
from tests.checks.builders import a_flow, a_host, evaluate, rows, run, the


@dataclass(frozen=True)
class Always(FlowCheck):
    """Fires on every flow; a literal."""

    key = "always"
    title = "Always"
    score = 200

    def when(self):
        return pl.lit(True)

    def message(self):
        return pl.format("{} to {}", "client", "server")


@dataclass(frozen=True)
class Never(Always):
    """A literal no."""

    key = "never"

    def when(self):
        return pl.lit(False)


@dataclass(frozen=True)
class Failing(Always):
    """Looks at a column that is not there."""

    key = "failing"

    def when(self):
        return pl.col("missing") > 0


@dataclass(frozen=True)
class Overflowing(Always):
    """Fails on some values only: a cast that loses."""

    key = "overflowing"

    def when(self):
        return pl.col("server_port").cast(pl.UInt8) > 0


@dataclass(frozen=True)
class Speechless(Always):
    """Picks rows, but fails to speak of them."""

    key = "speechless"

    def message(self):
        return pl.col("server_port").cast(pl.UInt8).cast(pl.String)


@dataclass(frozen=True)
class Unsure(Always):
    """A condition and a message of null."""

    key = "unsure"

    def when(self):
        return pl.when(pl.col("server_port") == 443).then(True)

    def message(self):
        return pl.format("name {}", "server_name")


def keys(evaluation):
    return evaluation.findings.sort("row", "check").select("row", "check").rows()


def test_findings_have_the_contracts_columns_and_types():
    found = evaluate([Always()], a_flow()).findings
    assert found.schema == FINDINGS
    assert found.to_dicts() == [
        {
            "row": 0,
            "check": "always",
            "check_id": 1,
            "score": 200,
            "client_share": 50,
            "message": "10.0.0.7 to 198.51.100.9",
            "values": "{}",
            "identity": "10.0.0.7|198.51.100.9|0",
            "cooldown": 300.0,
            "attacker": "",
            "victim": "",
        }
    ]


def test_scores_add_up_to_at_most_250_and_checks_are_listed_per_row():
    risky = a_flow(risk=1 << 5 | 1 << 6)
    kinds = [Always(), the("known_proto_on_non_std_port"), the("tls_certificate_selfsigned")]
    found = evaluate(kinds, risky, a_flow())
    assert found.scores.to_list() == [250, 200]
    assert found.scores.dtype == pl.Int16
    assert [sorted(ids) for ids in found.checks.to_list()] == [[1, 2, 3], [1]]
    assert found.checks.dtype == pl.List(pl.Int16)


def test_a_check_that_speaks_twice_of_a_row_counts_once():
    both = a_host(syn_sent_per_second=300, syn_received_per_second=300)
    found = evaluate([the("syn_flood")], both)
    assert found.findings.height == 2
    assert (found.scores.to_list(), found.checks.to_list()) == ([50], [[1]])


@pytest.mark.parametrize("count", [1, 2, 3, 7, 20])
def test_failing_checks_are_found_and_all_others_speak(count):
    good = [Always()] * count
    kinds = [*good[: count // 2], Failing(), *good[count // 2 :], Overflowing(), Never()]
    found = evaluate(kinds, a_flow(), a_flow(server_port=53))
    assert [key for key, _ in found.failures] == ["failing", "overflowing"]
    assert "missing" in dict(found.failures)["failing"]
    assert found.findings.height == 2 * count


def test_a_check_that_fails_to_speak_is_a_failure_and_says_nothing():
    found = evaluate([Speechless(), Always()], a_flow())
    assert [key for key, _ in found.failures] == ["speechless"]
    assert keys(found) == [(0, "always")]
    assert found.scores.to_list() == [200]


def test_null_is_no_and_a_message_of_null_is_the_title():
    found = evaluate([Unsure()], a_flow(server_name=None), a_flow(server_port=53))
    assert found.findings["message"].to_list() == ["Always"]
    assert keys(found) == [(0, "unsure")]


@pytest.mark.parametrize(("event", "fires"), [("start", False), ("detected", True), ("end", True)])
def test_a_check_looks_at_its_events_only(event, fires):
    assert bool(run(Always(), a_flow(event=event))) is fires


def test_nothing_comes_of_no_rows_and_of_frames_without_checks():
    runner = Runner([Active(Always(), 1, 50)])
    nothing = runner.evaluate("flow", empty("flow"))
    assert (nothing.findings.schema, nothing.findings.height) == (FINDINGS, 0)
    assert nothing.scores.len() == nothing.checks.len() == 0
    other = runner.evaluate("host", rows("host", a_host(), a_host()))
    assert (other.scores.to_list(), other.checks.to_list()) == ([0, 0], [[], []])


def test_an_unknown_frame_is_an_error():
    with pytest.raises(KeyError):
        Runner([]).evaluate("cloud", pl.DataFrame({"a": [1]}))


def test_the_wanted_events_are_those_of_the_active_checks():
    assert Runner([Active(the("long_lived"), 1, 10)]).wanted_events() == {"update", "end"}
    assert Runner([Active(the("syn_flood"), 1, 10)]).wanted_events() == set()


def test_the_settings_score_is_used_and_varied_from():
    check = the("blacklisted_client_contact")
    flow = a_flow(direction="remote_to_local", client_list="x")
    for score, expected in [(50, 50), (250, 250)]:
        table = rows("flow", flow)
        assert Runner([Active(check, 1, score)]).evaluate("flow", table).scores.to_list() == [
            expected
        ]


def test_bits_are_picked_as_each_check_alone_would():
    risks = [kind() for kind in discover().values() if getattr(kind, "column", "") == "risk"]
    some = risks[::3]
    generator = np.random.default_rng(7)
    values = [int(v) for v in generator.integers(0, 2**57, 200)] + [0, 1, 2**57 - 1, 2**63]
    table = rows("flow", *(a_flow(risk=value) for value in values))
    runner = Runner(Active(check, n, check.score) for n, check in enumerate(some))
    together = keys(runner.evaluate("flow", table))
    alone = [
        (row, check.key)
        for check in some
        for row in table.select(check.when().arg_true()).to_series().to_list()
    ]
    assert together == sorted(alone)
    assert len(together) > 100


def test_bits_of_one_column_are_one_condition():
    kinds = [kind() for kind in discover().values() if kind.frame == "flow"]
    conditions = picking.conditions([rule for kind in kinds for rule in kind.rules()])
    assert sum(isinstance(condition, Bits) for condition in conditions) == 1
    assert sum(isinstance(condition, Single) for condition in conditions) < len(kinds) - 50


def test_a_group_of_bits_that_fails_names_all_of_them():
    active = [
        Active(the(key), n, 50) for n, key in enumerate(["ndpi_tcp_issues", "ndpi_minor_issues"])
    ]
    found = Runner([*active, Active(Always(), 9, 10)]).evaluate(
        "flow", rows("flow", a_flow()).drop("risk")
    )
    assert [key for key, _ in found.failures] == ["ndpi_minor_issues", "ndpi_tcp_issues"]
    assert keys(found) == [(0, "always")]


def test_all_checks_of_a_frame_together_say_what_each_says_alone():
    flows = [
        a_flow(risk=1 << 36, server_list="x"),
        a_flow("2001:db8::7", "2001:db8:f::9", connection_state="S0", event="update"),
        a_flow(
            category="RemoteAccess", application="SSH", payload_to_server=0, payload_to_client=0
        ),
        a_flow("198.51.100.9", "10.0.0.7", direction="remote_to_local", client_list="y"),
    ]
    kinds = [kind() for kind in discover().values() if kind.frame == "flow"]
    together = evaluate(kinds, *flows).findings.drop("check_id").sort("row", "check").rows()
    alone = [
        found
        for check in kinds
        for found in evaluate([check], *flows).findings.drop("check_id").rows()
    ]
    assert together == sorted(alone)
    assert len(together) == 6


def test_the_compared_values_are_json():
    found = run(the("syn_flood"), a_host(syn_sent_per_second=312))
    assert json.loads(found[0]["values"]) == {"syn_sent_per_second": 312, "threshold": 256}


def test_every_frame_has_a_sample_of_its_types():
    for frame in FRAMES:
        assert rows(frame, {}).schema == FRAMES[frame]
