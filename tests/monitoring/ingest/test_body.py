"""Bodies that claim or become more than the limits are refused before they are anything."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import polars as pl
import pytest
import zstandard

from capture_agent import schema
from checks import frames
from monitoring.ingest.arrow import LONGEST_METADATA, MOST_MESSAGES, NotArrowError, claim
from monitoring.ingest.body import Limits, read
from monitoring.ingest.refusal import Refusal

MB = 2**20
LIMITS = Limits(body=4 * MB, unpacked=32 * MB, rows=10_000)
ARROW, JSON = schema.CONTENT_TYPE, schema.JSON_CONTENT_TYPE


def flows(rows: int = 3, **columns: pl.Series | pl.Expr) -> pl.DataFrame:
    """Return a flow frame with some columns as given."""
    base = frames.sample("flow", 1).select(list(schema.FLOW))
    return base.select(pl.all().repeat_by(rows).explode()).with_columns(**columns)


def stream(
    table: pl.DataFrame, compression: Literal["uncompressed", "lz4", "zstd"] = "uncompressed"
) -> bytes:
    out = io.BytesIO()
    table.write_ipc_stream(out, compression=compression)
    return out.getvalue()


def packed(data: bytes) -> bytes:
    return zstandard.compress(data, 3)


def wide(rows: int) -> bytes:
    """Return a stream whose buffers are zeros, compressed to next to nothing."""
    return stream(flows(rows), "zstd")


@pytest.mark.parametrize("left_out", [("rtp_mos",), schema.FLOW_DETAIL])
def test_details_may_be_left_out(left_out: tuple[str, ...]) -> None:
    """As agents leave out what no row has, and older ones what they do not know."""
    whole = flows(3, rtp_mos=pl.lit(4.1, pl.Float32))
    got = read(packed(stream(whole.drop(left_out))), "zstd", ARROW, "flow", LIMITS)
    assert got.schema == schema.FLOW
    for name in schema.FLOW:
        expected = [None] * 3 if name in left_out else whole[name].to_list()
        assert got[name].to_list() == expected


def same_views(rows: int, length: int) -> bytes:
    """Return rows that all view one text."""
    text = pl.Series("server_name", ["x" * length])
    return stream(flows(rows, server_name=text.gather([0] * rows)))


def same_words(rows: int, length: int) -> bytes:
    """Return rows whose text is one long word of a dictionary."""
    words = pl.Series("server_name", ["x" * length], dtype=pl.Categorical)
    return stream(flows(rows, server_name=words.gather([0] * rows)))


def rows_of_nothing(rows: int) -> bytes:
    """Return a column of nulls: it has no bytes however long it is."""
    return stream(pl.DataFrame({"x": pl.Series([None] * rows, dtype=pl.Null)}))


def claiming(size: int, compression: Literal["lz4", "zstd"] = "zstd") -> bytes:
    """Return a stream with a compressed buffer that says it is so long."""
    data = stream(pl.DataFrame({"x": pl.Series(range(4_096), dtype=pl.Int64)}), compression)
    told = struct.pack("<q", 8 * 4_096)
    assert data.count(told) == 1
    return data.replace(told, struct.pack("<q", size))


def objects(text: bytes, size: int) -> bytes:
    return b'{"rows":[' + text * (size // len(text)) + b"{}]}"


def refused(data: bytes, kind: str = ARROW, encoding: str = "zstd", limits: Limits = LIMITS) -> int:
    with pytest.raises(Refusal) as refusal:
        read(data, encoding, kind, "flow", limits)
    assert refusal.value.reason
    return refusal.value.status


@pytest.mark.parametrize("compression", ["uncompressed", "lz4", "zstd"])
@pytest.mark.parametrize("rows", [0, 1, 5_000])
def test_a_claim_is_what_the_stream_holds(
    rows: int, compression: Literal["uncompressed", "lz4", "zstd"]
) -> None:
    table = flows(rows)
    claimed = claim(stream(table, compression))
    assert (claimed.rows, claimed.longest) == (rows, max(rows, claimed.longest))
    plain = claim(stream(table)).unpacked
    assert claimed.unpacked == pytest.approx(plain, rel=0.1, abs=20_000)
    read(packed(stream(table, compression)), "zstd", ARROW, "flow", LIMITS)


#: A body that is within a limit, and one just over it.
EDGES: list[tuple[Callable[[int], bytes], int, int]] = [
    (wide, 10_000, 10_001),
    (rows_of_nothing, 0, 10_001),
    (lambda size: same_views(100, size), 300_000, 340_000),
    (lambda size: same_words(100, size), 300_000, 340_000),
]


@pytest.mark.parametrize(("make", "within", "over"), EDGES)
def test_the_limit_is_where_it_says(make: Callable[[int], bytes], within: int, over: int) -> None:
    if within:
        read(packed(make(within)), "zstd", ARROW, "flow", LIMITS)
    assert refused(packed(make(over))) == 413


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
@pytest.mark.parametrize(
    ("size", "status"), [(33 * MB, 413), (1 << 40, 413), ((1 << 63) - 1, 413), (-2, 422)]
)
def test_a_buffer_that_claims_too_much_is_refused(
    compression: Literal["lz4", "zstd"], size: int, status: int
) -> None:
    assert refused(packed(claiming(size, compression))) == status


@pytest.mark.parametrize("kind", [ARROW, JSON])
def test_a_body_that_unpacks_to_more_than_the_limit_is_refused(kind: str) -> None:
    bomb = packed(bytes(LIMITS.unpacked + 1))
    assert len(bomb) < 10_000
    assert refused(bomb, kind) == 413


def test_a_body_over_the_limit_as_it_comes_is_refused() -> None:
    assert refused(bytes(LIMITS.body + 1)) == 413


def test_a_window_of_zstd_that_takes_much_memory_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, write_content_size=0)
    made = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    assert refused(made.compress(bytes(MB)) + made.flush()) == 422


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_other_encodings_are_not_unpacked(encoding: str) -> None:
    assert refused(gzip.compress(bytes(64 * MB)), encoding=encoding) == 415


@pytest.mark.parametrize("text", [b"{},", b"[],", b'{"a":{}},', b"[" * 8])
def test_json_of_many_small_objects_is_refused(text: bytes) -> None:
    assert refused(objects(text, 3 * MB), JSON, "") == 413


def test_json_that_is_deep_is_no_json() -> None:
    assert refused(b'{"rows":' + b"[" * 30_000 + b"]" * 30_000 + b"}", JSON, "") in (413, 422)


@pytest.mark.parametrize(("rows", "status"), [(10_000, 422), (10_001, 413)])
def test_rows_of_json_are_counted(rows: int, status: int) -> None:
    assert refused(json.dumps({"rows": [{}] * rows}).encode(), JSON, "") == status


def test_json_that_unpacks_to_more_than_a_body_is_refused() -> None:
    assert refused(packed(b'{"rows":[' + b" " * LIMITS.body + b"]}"), JSON) == 413


def broken() -> list[bytes]:
    whole = stream(flows())
    header = struct.pack("<II", 0xFFFFFFFF, LONGEST_METADATA + 8)
    nested = pl.DataFrame({"x": [{"y": 1}]})
    batches = stream(pl.DataFrame({"x": [1]}))
    end = whole[-8:]
    one = batches[batches.index(b"\xff\xff\xff\xff", 8) : -8]
    return [
        *(whole[:cut] for cut in (3, 6, 100, 3_000, len(whole) - 200)),
        header + bytes(LONGEST_METADATA + 8),
        struct.pack("<II", 0xFFFFFFFF, 8) + b"\xff" * 8,
        stream(nested),
        stream(pl.DataFrame({"x": [[1]]})),
        batches[:-8] + one * MOST_MESSAGES + end,
        os.urandom(2_000),
    ]


@pytest.mark.parametrize("data", broken(), ids=range(11))
def test_what_is_no_flat_stream_is_told(data: bytes) -> None:
    with pytest.raises(NotArrowError):
        claim(data)
    assert refused(packed(data)) == 422


def test_no_byte_that_is_wrong_does_harm() -> None:
    """A stream with any one byte of its first messages changed is read or refused."""
    whole = bytearray(stream(flows(2), "lz4"))
    for place in range(0, min(len(whole), 24_000), 7):
        changed = bytes(whole[:place]) + bytes([whole[place] ^ 0x80]) + bytes(whole[place + 1 :])
        try:
            read(changed, "", ARROW, "flow", LIMITS)
        except Refusal as refusal:
            assert refusal.status in (413, 422)


BOMBS: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "zstd": (lambda: packed(bytes(300 * MB)), "zstd", ARROW),
    "zstd of JSON": (lambda: packed(b"[" * 300 * MB), "zstd", JSON),
    "views": (lambda: packed(same_views(9_000, MB // 4)), "zstd", ARROW),
    "words": (lambda: packed(same_words(9_000, MB // 4)), "zstd", ARROW),
    "claimed": (lambda: packed(claiming(1 << 34)), "zstd", ARROW),
    "rows": (lambda: packed(rows_of_nothing(1 << 24)), "zstd", ARROW),
    "objects": (lambda: objects(b"{},", 4 * MB - 64), "", JSON),
    "strings": (lambda: objects(b'"ab",', 4 * MB - 64), "", JSON),
}
_READER = """
import resource, sys
from monitoring.ingest.body import Limits, read
from monitoring.ingest.refusal import Refusal
encoding, kind = sys.argv[1:3]
data = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read(data, encoding, kind, "flow", Limits(*map(int, sys.argv[3:])))
except Refusal as refusal:
    print(refusal.status, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_little_more_memory_than_the_limit(name: str) -> None:
    make, encoding, kind = BOMBS[name]
    limits = [str(value) for value in (LIMITS.body, LIMITS.unpacked, LIMITS.rows)]
    done = subprocess.run(
        [sys.executable, "-c", _READER, encoding, kind, *limits],
        input=make(),
        capture_output=True,
        check=True,
    )
    status, kilobytes = map(int, done.stdout.split())
    assert status in (413, 422), done.stderr
    assert kilobytes < 3 * LIMITS.unpacked / 1024, f"{kilobytes:,} KB"


def a_json_flow(**fields: Any) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    ends = {"client": "10.0.0.7", "server": "2001:db8::7", "server_port": 443, "l4": 6}
    return {**ends, "first_seen": now, "last_seen": now, **fields}


def test_json_within_the_limits_is_read() -> None:
    data = json.dumps({"rows": [a_json_flow(server_name="{[" * 3)] * 50}).encode()
    assert read(data, "", JSON, "flow", LIMITS).height == 50
