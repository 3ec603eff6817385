"""A replay that is killed goes on: with the same batches, so that the server has every row once."""

import argparse
import json
import os
from pathlib import Path
from uuid import UUID

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from capture_agent import schema, unfinished
from capture_agent.batcher import Batch
from capture_agent.commands import DONE
from capture_agent.emission import Emission
from capture_agent.sources.ndpi import PcapSource
from tests.traffic import many_flows

from .captures import all_frames, write
from .process import run, start
from .server import Server

PLAN = many_flows.Plan(flows=12_000, seconds=60, block=1_024)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("many") / "many.pcap"
    many_flows.write(path, PLAN)
    return path


def pieces(path: Path, **how: object) -> list[Emission | None]:
    """Return what a replay yields from its first packet on, at whatever pace it is read."""
    given = {"interface": "lab", "begun": 1_700_000_000_000_000, "identity": 7, **how}
    return list(PcapSource([path, path], **given).emissions())  # type: ignore[arg-type]


def test_the_same_identity_yields_the_same_rows_in_the_same_pieces(many: Path) -> None:
    one, other = pieces(many), pieces(many, clock=lambda: 0.0)
    assert [part and (part.frame, part.table.height) for part in one] == [
        part and (part.frame, part.table.height) for part in other
    ]
    assert all(
        a == b if a is None or b is None else a.table.equals(b.table)
        for a, b in zip(one, other, strict=True)
    )
    assert None in one
    first = next(part for part in pieces(many, identity=8) if part and part.frame == "flow")
    assert first.table["flow_id"][0] >> 32 == 8


def test_a_paced_replay_that_begins_late_yields_the_same(tmp_path: Path) -> None:
    path = write(tmp_path / "office.pcap", all_frames())
    late = pieces(path, speed=10.0)
    again = pieces(path, speed=10.0)
    assert [part.table.to_dicts() for part in late if part] == [
        part.table.to_dicts() for part in again if part
    ]


def the_replay(spool: Path) -> unfinished.Replay:
    command = json.loads((spool / "replay.json").read_text())["command"]
    replay = unfinished.take_up(spool, command)
    assert replay is not None
    return replay


@pytest.mark.parametrize("speed", [(), ("--speed", "30")])
def test_a_killed_replay_goes_on_and_every_row_arrives_once(
    server: Server, many: Path, tmp_path: Path, speed: tuple[str, ...]
) -> None:
    spool = tmp_path / "spool"
    command = ("pcap", many, *speed, "--url", server.url, "--spool", spool)
    for stored in (2, 5):
        agent = start(*command)
        server.wait_for(stored)
        agent.kill()
        agent.communicate()
    replay = the_replay(spool)
    code, said = run(*command)
    assert code == DONE, said
    assert "going on with the replay that was cut off" in said
    assert not list(spool.glob("batches/*"))
    assert not (spool / "replay.json").exists()
    assert len({session for session, _ in server.stored}) == 1
    for frame in ("flow", "host", "interface", "application"):
        assert_frame_equal(
            rows_by_sequence(server, frame), uninterrupted(replay, many, speed, frame)
        )
    whole = [r for r in server.requests if len(r.body) == int(r.headers["Content-Length"])]
    again = [r for r in whole if server.stored[r.key].body != r.body]
    assert again == []  # what came twice was the same
    assert sorted(number for _, number in server.stored) == [*range(1, len(server.stored) + 1)]


def rows_by_sequence(server: Server, frame: str) -> pl.DataFrame:
    batches = [server.stored[key] for key in sorted(server.stored)]
    return pl.concat([r.table for r in batches if r.headers[schema.HEADER_FRAME] == frame])


def uninterrupted(
    replay: unfinished.Replay, path: Path, speed: tuple[str, ...], frame: str
) -> pl.DataFrame:
    """Return what the replay yields when nobody kills it."""
    source = PcapSource(
        [path],
        interface="lab",
        speed=float(speed[1]) if speed else None,
        wanted=set(replay.wanted),
        begun=replay.begun,
        identity=replay.identity,
        clock=lambda: 1e12,  # so late that it never sleeps
    )
    found = [part.table for part in source.emissions() if part and part.frame == frame]
    return pl.concat(found)


def test_a_finished_replay_is_replayed_anew(server: Server, tmp_path: Path) -> None:
    path = write(tmp_path / "office.pcap", all_frames())
    for _ in range(2):
        code, said = run("pcap", path, "--url", server.url, "--spool", tmp_path / "spool")
        assert code == DONE, said
        assert "going on" not in said
    assert len({session for session, _ in server.stored}) == 2


def a_command(path: Path, **changed: object) -> dict[str, object]:
    given = dict.fromkeys(
        ("url", "name", "speed", "keep_time", "kind", "interface", "engine", "filter")
    )
    return unfinished.describe(argparse.Namespace(files=[path], **{**given, **changed}))


def test_it_is_taken_up_with_what_it_was_begun_with(tmp_path: Path) -> None:
    path = write(tmp_path / "office.pcap", all_frames())
    begun = unfinished.begin(tmp_path, a_command(path), {"end"}, 12.5)
    again = unfinished.take_up(tmp_path, a_command(path))
    assert again is not None
    assert (again.session, again.begun, again.wanted, again.identity, again.is_resumed) == (
        *(begun.session, 12_500_000, {"end"}, begun.identity),
        True,
    )
    assert 0 <= again.identity < 1 << 31


@pytest.mark.parametrize("change", ["option", "file", "nothing there", "torn"])
def test_another_replay_is_not_taken_up(tmp_path: Path, change: str) -> None:
    path = write(tmp_path / "office.pcap", all_frames())
    unfinished.begin(tmp_path, a_command(path), (), 0.0)
    speed = 2.0 if change == "option" else None
    if change == "file":
        os.utime(path, ns=(1, 1))
    elif change == "nothing there":
        (tmp_path / "replay.json").unlink()
    elif change == "torn":
        (tmp_path / "replay.json").write_text('{"command":')
    assert unfinished.take_up(tmp_path, a_command(path, speed=speed)) is None


def test_only_what_is_acknowledged_without_a_gap_is_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "office.pcap", all_frames())
    replay = unfinished.begin(tmp_path, a_command(path), (), 0.0)

    def acknowledge(sequence: int, session: UUID = replay.session) -> None:
        replay._noted = float("-inf")
        replay.acknowledge(Batch(session, sequence, "lab", "pcap", "flow", 1, b""))

    for sequence in (1, 2, 4, 6):
        acknowledge(sequence)
    acknowledge(3, UUID(int=1))
    assert replay.acknowledged == 2
    acknowledge(3)
    assert replay.acknowledged == 4
    assert json.loads((tmp_path / "replay.json").read_text())["acknowledged"] == 4
    again = unfinished.take_up(tmp_path, a_command(path))
    assert again is not None
    assert again.acknowledged_before == 4


def test_a_first_run_may_flush_and_is_over_then_but_one_that_catches_up_may_not(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "office.pcap", all_frames())
    unfinished.begin(tmp_path, a_command(path), schema.EVENT.categories, 0.0)
    again = unfinished.take_up(tmp_path, a_command(path))
    assert again is not None
    assert again.break_off() is False
    assert unfinished.take_up(tmp_path, a_command(path)) is not None
    assert unfinished.begin(tmp_path, a_command(path), (), 0.0).break_off() is True
    assert unfinished.take_up(tmp_path, a_command(path)) is None
