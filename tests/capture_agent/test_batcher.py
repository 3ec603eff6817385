"""Batches are cut by rows or by age, numbered, and decode to the rows that went in."""

import polars as pl
import pytest
import zstandard
from polars.testing import assert_frame_equal

from capture_agent import schema
from capture_agent.batcher import OF_INTERVALS, Batch, Batcher
from monitoring.ingest.body import conform

from .rows import SESSION, an_emission, flows


def unpacked(batch: Batch) -> pl.DataFrame:
    return pl.read_ipc_stream(zstandard.ZstdDecompressor().decompress(batch.body))


def decode(batch: Batch) -> pl.DataFrame:
    return conform(unpacked(batch), batch.frame, 1 << 24)


@pytest.mark.parametrize(
    ("counts", "batches", "rest"),
    [
        ([9], [], 9),
        ([10], [10], 0),
        ([11], [10], 1),
        ([4, 5], [], 9),
        ([4, 6], [10], 0),
        ([9, 25], [10, 10, 10], 4),
        ([30], [10, 10, 10], 0),
    ],
)
def test_it_cuts_by_rows(counts: list[int], batches: list[int], rest: int) -> None:
    batcher = Batcher(SESSION, rows=10)
    cut = [batch for count in counts for batch in batcher.add(an_emission(count), 0.0)]
    assert [batch.rows for batch in cut] == batches
    assert [batch.rows for batch in batcher.flush()] == ([rest] if rest else [])


@pytest.mark.parametrize(("now", "batches"), [(0.0, 0), (0.249, 0), (0.25, 1), (9.0, 1)])
def test_it_cuts_by_the_age_of_the_first_row(now: float, batches: int) -> None:
    batcher = Batcher(SESSION, seconds=0.25)
    batcher.add(an_emission(1), 0.0)
    batcher.add(an_emission(1), 0.2)
    assert len(batcher.due(now)) == batches


@pytest.mark.parametrize("frame", schema.FRAMES)
def test_an_intervals_frames_wait_for_nothing_more(frame: str) -> None:
    batcher = Batcher(SESSION, seconds=0.25)
    batcher.add(an_emission(1, "eth0", "flow"), 0.0)
    batcher.add(an_emission(1, "eth0", frame), 0.1)
    at_once = [frame] if frame in OF_INTERVALS else []
    assert [batch.frame for batch in batcher.due(0.1)] == at_once


def test_the_rest_of_a_full_batch_ages_from_the_cut() -> None:
    batcher = Batcher(SESSION, rows=10, seconds=0.25)
    batcher.add(an_emission(9), 0.0)
    batcher.add(an_emission(9), 0.2)
    assert batcher.due(0.3) == []
    assert [batch.rows for batch in batcher.due(0.45)] == [8]


def test_interfaces_and_frames_stay_apart_under_one_sequence() -> None:
    batcher = Batcher(SESSION)
    for interface in ("eth0", "eth1"):
        for frame in ("flow", "interface"):
            batcher.add(an_emission(2, interface, frame), 0.0)
    cut = batcher.flush()
    assert [batch.sequence for batch in cut] == [1, 2, 3, 4]
    assert {(batch.interface, batch.frame) for batch in cut} == {
        ("eth0", "flow"),
        ("eth0", "interface"),
        ("eth1", "flow"),
        ("eth1", "interface"),
    }
    assert {batch.session for batch in cut} == {SESSION}
    assert batcher.flush() == []


def test_a_batch_decodes_to_its_rows_in_order_with_the_frames_schema() -> None:
    batcher = Batcher(SESSION, rows=4)
    table = flows(6, application="DNS", risk_info=None)
    cut = batcher.add(an_emission(0)._replace(table=table), 0.0) + batcher.flush()
    decoded = pl.concat([decode(batch) for batch in cut])
    assert decoded.schema == schema.FLOW
    assert_frame_equal(decoded, table)


def test_details_that_no_row_has_are_left_out_and_nothing_else() -> None:
    """A column travels as soon as one row of the batch has it."""
    batcher = Batcher(SESSION, rows=3)
    table = flows(6, risk_info=None, dns_query=None, tls_ja4=None, rtt_client_ms=None)
    table = table.with_columns(pl.Series("dns_query", [*[None] * 5, "a.example"]))
    first, second = (
        set(unpacked(b).columns) for b in batcher.add(an_emission(0)._replace(table=table), 0.0)
    )
    silent = {name for name in schema.FLOW_DETAIL if table[name].null_count() == 6}
    assert {"risk_info", "tls_ja4", "rtp_mos"} <= silent
    assert first == set(schema.FLOW) - silent - {"dns_query"}
    assert second == set(schema.FLOW) - silent


@pytest.mark.parametrize("frame", list(schema.FRAMES))
def test_every_frames_schema_survives_the_way(frame: str) -> None:
    row = pl.DataFrame({name: [None] for name in schema.FRAMES[frame]}, schema=schema.FRAMES[frame])
    batcher = Batcher(SESSION, rows=1)
    (batch,) = batcher.add(an_emission()._replace(frame=frame, table=row), 0.0)
    assert decode(batch).schema == schema.FRAMES[frame]
