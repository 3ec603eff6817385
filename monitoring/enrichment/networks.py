"""Which network an address lies in, for many addresses at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from capture_agent.schema import pack

Words = NDArray[np.uint64]
_ALL = (1 << 64) - 1
#: Odd 64-bit constants that spread the bits of a pair (Steele et al., SplitMix64).
_SPREAD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9))


def _mask(bits: int) -> np.uint64:
    return np.uint64(_ALL ^ (_ALL >> bits))


def _hash(high: Words, low: Words) -> Words:
    mixed = high * _SPREAD[0] ^ low * _SPREAD[1]
    mixed ^= mixed >> np.uint64(29)
    return mixed


@dataclass(frozen=True)
class _Length:
    """All networks of one prefix length, sorted by hash."""

    bits: int  # of 128
    hashes: Words
    high: Words
    low: Words
    labels: NDArray[np.int32]

    def find(self, high: Words, low: Words) -> NDArray[np.int32]:
        """Return each address' label, 0 where no network of this length has it."""
        high = high & _mask(min(self.bits, 64))
        low = low & _mask(max(self.bits - 64, 0))
        at = np.searchsorted(self.hashes, _hash(high, low))
        at[at == len(self.hashes)] = 0
        hit = (self.high[at] == high) & (self.low[at] == low)
        return np.where(hit, self.labels[at], np.int32(0))


class Networks:
    """Networks with a positive label each; the longest prefix that holds an address wins."""

    def __init__(self, lengths: Iterable[_Length] = ()) -> None:
        self._lengths = sorted(lengths, key=lambda length: -length.bits)

    @classmethod
    def of(cls, labels: Iterable[tuple[str, int]]) -> Self:
        """Return the networks of (text, label); raises ValueError for a text that is none."""
        by_bits: dict[int, list[tuple[int, int, int]]] = {}
        for text, label in labels:
            network = ip_network(text, strict=False)
            bits = network.prefixlen + (96 if network.version == 4 else 0)
            by_bits.setdefault(bits, []).append((*pack(network.network_address), label))
        return cls(_length(bits, rows) for bits, rows in by_bits.items())

    def find(self, high: Words, low: Words) -> NDArray[np.int32]:
        """Return the label of each address' narrowest network, 0 for none."""
        found = np.zeros(len(high), dtype=np.int32)
        for length in self._lengths:
            found = np.where(found == 0, length.find(high, low), found)
        return found

    def __bool__(self) -> bool:
        return bool(self._lengths)


def _length(bits: int, rows: list[tuple[int, int, int]]) -> _Length:
    columns: Any = zip(*rows, strict=True)
    high, low, labels = columns
    words = np.array(high, dtype=np.uint64), np.array(low, dtype=np.uint64)
    hashes = _hash(*words)
    order = np.argsort(hashes, kind="stable")
    return _Length(
        bits, hashes[order], words[0][order], words[1][order], np.array(labels, np.int32)[order]
    )
