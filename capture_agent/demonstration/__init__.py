"""The demonstration: a capture that the project makes itself, of an office network with its faults.

``packets`` and ``bulk`` put bytes into Ethernet frames, ``conversation`` lets two machines talk,
``payloads/`` holds what they say, ``cast`` who they are, ``scene`` where they meet, ``ordinary/``
and ``misbehaviour/`` what they do, and ``capture`` writes it down. Nothing here sends anything:
public addresses and names are content of a file.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Final

from capture_agent.demonstration import ordinary
from capture_agent.demonstration.capture import save
from capture_agent.demonstration.conversation import Packet
from capture_agent.demonstration.misbehaviour import KINDS, Misbehaviour
from capture_agent.demonstration.scene import Scene

SEED: Final = 20_260_105
MINUTES: Final = 6.0
#: All kinds of misbehaviour fall into the first two minutes.
SHORTEST: Final = 2.5


def packets(
    start: float,
    *,
    seed: int = SEED,
    minutes: float = MINUTES,
    kinds: Iterable[Misbehaviour] = KINDS,
) -> list[Packet]:
    """Return the demonstration's packets in the order of time, from ``start`` (epoch seconds).

    ``kinds`` are the misbehaviours woven in; none leaves the ordinary traffic. The same arguments
    give the same packets. Raises ValueError for less than 2.5 minutes.
    """
    if minutes < SHORTEST:
        raise ValueError(f"minutes: {minutes} is less than {SHORTEST}")
    scene = Scene(start, minutes * 60, Random(seed))  # noqa: S311  # not a secret
    for part in ordinary.PARTS:
        part(scene)
    for kind in kinds:
        kind.play(scene)
    return sorted(scene.packets, key=lambda packet: packet.time)


def write(
    path: Path | str,
    *,
    seed: int = SEED,
    minutes: float = MINUTES,
    start: float | None = None,
) -> int:
    """Write the demonstration to a pcap file; returns the number of packets.

    Without ``start`` it begins now, so that its certificates are valid now.
    """
    return save(path, packets(time.time() if start is None else start, seed=seed, minutes=minutes))
