"""Addresses as two words, and as text."""

from __future__ import annotations

import polars as pl
import pytest

from capture_agent.schema import pack, texts, unpack, written

ADDRESSES = [
    "0.0.0.0",
    "10.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::fffe:a00:1",
    "fe80::1",
    "2001:db8::ff00:42:8329",
    "2001:db8:0:1:1:1:1:1",
]


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_is_written_as_it_is_unpacked(text: str) -> None:
    high, low = pack(text)
    assert written(pl.Series([high], dtype=pl.UInt64), pl.Series([low], dtype=pl.UInt64)) == [text]
    assert str(unpack(high, low)) == text


def test_texts_stand_in_the_order_of_the_addresses() -> None:
    words = pl.DataFrame(
        [pack(text) for text in ADDRESSES * 2],
        schema={"high": pl.UInt64, "low": pl.UInt64},
        orient="row",
    )
    assert texts(words["high"], words["low"]).to_list() == ADDRESSES * 2
    nothing = words.clear()
    assert texts(nothing["high"], nothing["low"]).to_list() == []
