"""Tables of the flow frame from the rows in the block: column by column, no Python per flow.

Columns are copied: polars keeps a numpy array that is contiguous, as one row's is, and the block is
written again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import polars as pl

from capture_agent import engine, schema
from capture_agent.meter import quality
from capture_agent.meter.records import NUMBERS, PROTOCOL_BITS, PROTOCOL_MASK, TEXTS

_NAMED: Final[dict[str, Callable[[int], str]]] = {
    "breed": engine.breed,
    "confidence": engine.confidence,
    "tls_version": engine.tls_version,
    "tls_cipher": engine.cipher,
    "http_method": engine.http_method,
    "os_hint": engine.os_hint,
    "rtp_codec": quality.codec,
}
_TEXT: Final = {name: index for index, name in enumerate(TEXTS)}
_NUMBER: Final = {name: index for index, name in enumerate(NUMBERS)}
_CALLS: Final = [name for name in schema.FLOW if name.startswith("rtp_") and name != "rtp_codec"]
_ABSENT_BELOW: Final = {
    "rtt_client_ms": 0.0, "rtt_server_ms": 0.0, "entropy": 1e-9, **dict.fromkeys(_CALLS, 0.0),
}  # fmt: skip


class Names:
    """The names of numbers below ``limit``, looked up in ``function`` once each."""

    def __init__(self, function: Callable[[int], str], limit: int = 1 << 16) -> None:
        self._function = function
        self._index = np.full(1 + limit, -1, np.int32)  # by number + 1
        self._index[0] = 0
        self._texts: list[str | None] = [None]

    def of(self, numbers: np.ndarray[Any, Any]) -> pl.Series:
        """Return the numbers' names; null for -1."""
        indices = self._index[numbers + 1]
        if (indices < 0).any():
            for number in np.unique(numbers[indices < 0]):
                self._index[number + 1] = len(self._texts)
                self._texts.append(self._function(int(number)))
            indices = self._index[numbers + 1]
        return pl.Series(self._texts, dtype=pl.String).gather(indices)


class Export:
    """Makes tables; remembers nDPI's names by number."""

    def __init__(self, dissector: engine.Dissector) -> None:
        self._names = {name: Names(function) for name, function in _NAMED.items()}
        self._names["category"] = Names(dissector.category)
        self._names["application"] = Names(
            lambda pair: dissector.application(pair >> PROTOCOL_BITS, pair & PROTOCOL_MASK),
            1 << 2 * PROTOCOL_BITS,
        )

    def named(self, column: str, codes: np.ndarray[Any, Any]) -> pl.Series:
        """Return the names of a column's numbers; null for negative ones."""
        return self._names[column].of(codes).alias(column)

    def flows(self, block: np.ndarray[Any, Any]) -> pl.DataFrame:
        """Return the waiting rows as a flow frame; the block keeps them until it is reset."""
        state = block[0]
        rows = block["row"][0][: int(state["row_count"])]
        texts = _texts(block, int(state["text_used"]))
        return pl.DataFrame(
            [self._column(name, kind, rows, texts) for name, kind in schema.FLOW.items()]
        )

    def _column(
        self, name: str, kind: Any, rows: np.ndarray[Any, Any], texts: pl.Series
    ) -> pl.Series:
        if name in _TEXT:
            return _gather(name, texts, rows["text"][:, _TEXT[name]])
        if name in _NUMBER:
            return self._number(name, kind, np.array(rows["number"][:, _NUMBER[name]]))
        values = np.array(rows[name])
        if name.startswith("rtp_") and (values < 0).all():
            return pl.Series(name, [None], dtype=kind).new_from_index(0, len(values))
        if name in self._names:
            return self.named(name, values)
        series = pl.Series(name, values)
        if isinstance(kind, pl.Enum):
            return series.cat.to(kind).alias(name)
        if name in _ABSENT_BELOW:
            return series.set(series < _ABSENT_BELOW[name], None).cast(kind)
        if name == "risk":
            return pl.Series(name, values.view(np.uint64))
        return series if series.dtype == kind else series.cast(kind)

    def _number(self, name: str, kind: Any, values: np.ndarray[Any, Any]) -> pl.Series:
        if (values < 0).all():
            return pl.Series(name, [None], dtype=kind).new_from_index(0, len(values))
        if name in self._names:
            return self.named(name, values)
        series = pl.Series(name, values)
        return series.set(series < 0, None).cast(kind)


def _texts(block: np.ndarray[Any, Any], used: int) -> pl.Series:
    """Return the waiting rows' texts; bytes that are not UTF-8 are left out."""
    text = block["text"][0][:used].tobytes().decode("utf-8", "ignore")
    return pl.Series([text]).str.split("\0").explode()


def _gather(name: str, texts: pl.Series, numbers: np.ndarray[Any, Any]) -> pl.Series:
    if (numbers < 0).all():
        return pl.Series(name, [None], dtype=pl.String).new_from_index(0, len(numbers))
    indices = pl.Series(np.array(numbers))
    return texts.gather(indices.set(indices < 0, None)).alias(name)
