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
from capture_agent.meter.records import NUMBERS, TEXTS

_NAMED: Final[dict[str, Callable[[int], str]]] = {
    "breed": engine.breed,
    "confidence": engine.confidence,
    "tls_version": engine.tls_version,
    "tls_cipher": engine.cipher,
    "http_method": engine.http_method,
    "os_hint": engine.os_hint,
}
_TEXT: Final = {name: index for index, name in enumerate(TEXTS)}
_NUMBER: Final = {name: index for index, name in enumerate(NUMBERS)}
_ABSENT_BELOW: Final = {"rtt_client_ms": 0.0, "rtt_server_ms": 0.0, "entropy": 1e-9}


class Export:
    """Makes tables; remembers nDPI's names by number."""

    def __init__(self, dissector: engine.Dissector) -> None:
        self._names: dict[str, tuple[Callable[[int], str], dict[int, str]]] = {
            name: (function, {}) for name, function in _NAMED.items()
        }
        self._names["application"] = (
            lambda code: dissector.application(code >> 16, code & 0xFFFF), {}
        )  # fmt: skip
        self._names["category"] = (dissector.category, {})

    def named(self, column: str, codes: np.ndarray[Any, Any]) -> pl.Series:
        """Return the names of a column's numbers; null for negative ones."""
        function, known = self._names[column]
        distinct, inverse = np.unique(codes, return_inverse=True)
        for code in distinct:
            if int(code) not in known:
                known[int(code)] = function(int(code))
        texts = [known[int(code)] if code >= 0 else None for code in distinct]
        return pl.Series(column, texts, dtype=pl.String).gather(inverse.astype(np.uint32))

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
        if name in self._names:
            return self.named(name, values)
        series = pl.Series(name, values)
        if isinstance(kind, pl.Enum):
            return series.cat.to(kind).alias(name)
        if name in _ABSENT_BELOW:
            return series.set(series < _ABSENT_BELOW[name], None)
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
