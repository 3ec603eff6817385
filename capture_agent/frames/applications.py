"""Bytes and flows per application of the current interval."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.meter.compiled import compiled
from capture_agent.meter.records import MOST_APPLICATIONS, PROTOCOL_BITS
from capture_agent.meter.table import mix

_MASK: Final = 2 * MOST_APPLICATIONS - 1


@compiled
def get_application(s: Any, f: Any) -> Any:
    """Return the entry of the name a flow has now; the unknown one's when the table is full."""
    code = np.int64(f.master) << PROTOCOL_BITS | np.int64(f.application)
    category = np.int64(f.category)
    place = np.int64(mix(np.uint64(code << 32 | category))) & _MASK
    while s.application_index[place] != 0:
        entry = s.application[s.application_index[place] - 1]
        if entry.code == code and entry.category == category:
            return entry
        place = (place + 1) & _MASK
    if s.application_count >= MOST_APPLICATIONS - 1:
        return s.application[0]
    entry = s.application[s.application_count]
    s.application_count += 1
    s.application_index[place] = s.application_count
    entry.code, entry.category, entry.new_flows = code, category, 0
    for direction in range(2):
        entry.bytes[direction] = entry.packets[direction] = 0
    return entry


@compiled
def reset_applications(s: Any) -> None:
    """Begin a new interval."""
    s.application_count = 0
    for place in range(len(s.application_index)):
        s.application_index[place] = 0
