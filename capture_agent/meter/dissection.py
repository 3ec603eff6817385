"""Feeding nDPI: packets of a flow until it is named and its metadata complete, or 20 were seen.

nDPI gets the capture's own time, not the shifted one: certificates expire by it. Its flow (1.2 KB
and texts) is freed as soon as it is done, so that long flows hold only what it found.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.engine import ffi, in_flow, lib, offset
from capture_agent.frames.names import learn_name
from capture_agent.meter.compiled import compiled
from capture_agent.meter.fingerprints import module_for, remember_fingerprint
from capture_agent.meter.foreign import (
    allocate_zeroed,
    dissect,
    give_up,
    load8,
    load32,
    load64,
    release,
)
from capture_agent.meter.metadata import keep_metadata
from capture_agent.meter.records import DISSECTED

#: As NFStreamer's default ``n_dissections``: what is unnamed then is guessed.
DISSECTIONS: Final = 20

_FLOW_SIZE: Final = ffi.sizeof("struct ndpi_flow_struct")
_MASTER: Final = offset("struct ndpi_proto", "proto.master_protocol")
_APPLICATION: Final = offset("struct ndpi_proto", "proto.app_protocol")
_CATEGORY: Final = offset("struct ndpi_proto", "category")
_BREED: Final = offset("struct ndpi_proto", "breed")
_STATE: Final = in_flow("state")
_CONFIDENCE: Final = in_flow("confidence")
_RISK: Final = in_flow("risk")
_CLASSIFIED: Final = int(lib.NDPI_STATE_CLASSIFIED)


@compiled
def begin(s: Any, f: Any) -> None:
    """Give a new flow its nDPI flow; without memory for it the flow stays unnamed."""
    at = allocate_zeroed(s.call.ndpi_calloc, 1, _FLOW_SIZE)
    f.engine = at
    if at == 0:
        f.seen |= DISSECTED


@compiled
def continue_with(s: Any, f: Any, p: Any) -> None:
    """Let nDPI see a packet of a flow it is not done with."""
    module = module_for(s, f, p)
    dissect(
        s.call.ndpi_detection_process_packet, s.result_at, module, f.engine,
        np.int64(p.ip_content), np.uint16(p.ip_content_len), np.uint64(p.time),
    )  # fmt: skip
    if module == s.fingerprinter:
        remember_fingerprint(s, f)
    f.dissections += 1
    _take_result(s, f)
    if f.application != 0:
        if load32(f.engine + _STATE) == _CLASSIFIED or f.dissections >= DISSECTIONS:
            _finish(s, f)
    elif f.dissections >= DISSECTIONS:
        conclude(s, f)


@compiled
def _take_result(s: Any, f: Any) -> None:
    pair = s.result[0]
    f.master = np.uint16((pair >> (8 * _MASTER)) & 0xFFFF)
    f.application = np.uint16((pair >> (8 * _APPLICATION)) & 0xFFFF)
    f.category = np.int32(load32(s.result_at + _CATEGORY))
    f.breed = np.uint8(load32(s.result_at + _BREED))
    f.confidence = load8(f.engine + _CONFIDENCE)
    f.risk = np.int64(load64(f.engine + _RISK))


@compiled
def conclude(s: Any, f: Any) -> None:
    """End the dissection of a flow, with a guess if nDPI has not named it."""
    if f.seen & DISSECTED:
        return
    if f.application == 0:
        give_up(s.call.ndpi_detection_giveup, s.result_at, s.dissector, f.engine)
        _take_result(s, f)
    _finish(s, f)


@compiled
def _finish(s: Any, f: Any) -> None:
    f.seen |= DISSECTED
    keep_metadata(s, f)
    learn_name(s, f)
    release(s.call.ndpi_flow_free, f.engine)
    f.engine = 0


@compiled
def forget(s: Any, f: Any) -> None:
    """Free what a flow holds of nDPI's memory and of its metadata."""
    if f.engine != 0:
        release(s.call.ndpi_flow_free, f.engine)
        f.engine = 0
    if f.metadata != 0:
        release(s.call.ndpi_free, f.metadata)
        f.metadata = 0
