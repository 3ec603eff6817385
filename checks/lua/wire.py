"""What parent and child say to each other: a JSON head and a body of bytes, both with length.

The child runs foreign code, so that nothing it sends is ever more than JSON.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO, Final

_HEAD: Final = struct.Struct("<II")
#: Nothing that either side says is longer; a longer length is a child that went mad.
LONGEST: Final = 512 * 2**20


def write(stream: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    """Send one message."""
    said = json.dumps(head, separators=(",", ":")).encode()
    stream.write(_HEAD.pack(len(said), len(body)) + said)
    if body:
        stream.write(body)
    stream.flush()


def read(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Return the next message, None at the end; raises ValueError for what is none."""
    lengths = _exactly(stream, _HEAD.size)
    if lengths is None:
        return None
    said, body = _HEAD.unpack(lengths)
    if said + body > LONGEST:
        raise ValueError(f"a message of {said + body} bytes is longer than {LONGEST}")
    head, rest = _exactly(stream, said), _exactly(stream, body)
    if head is None or rest is None:
        return None
    parsed = json.loads(head)
    if not isinstance(parsed, dict):
        raise ValueError("a message's head must be a JSON object")
    return parsed, rest


def _exactly(stream: BinaryIO, count: int) -> bytes | None:
    parts, missing = [], count
    while missing:
        part = stream.read(missing)
        if not part:
            return None
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
