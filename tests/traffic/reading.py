"""What a capture holds, by dpkt and by NFStreamer: two readers that are not the product's own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dpkt

_STREAM = """
import json, sys
from _lib_engine import ffi
from nfstream import NFPlugin, NFStreamer


class Risk(NFPlugin):
    # The bitmap lives in the engine's memory, which is gone when the flow is handed out.
    def on_init(self, packet, flow):
        self.on_update(packet, flow)

    def on_update(self, packet, flow):
        dpi = flow._C.ndpi_flow
        if dpi != ffi.NULL:
            flow.udps.risk = int(dpi.risk)


if __name__ == "__main__":
    options = dict(idle_timeout=120, active_timeout=10**9, n_meters=1, udps=Risk())
    for flow in NFStreamer(sys.argv[1], **options):
        print(json.dumps([flow.src_ip, flow.src_port, flow.dst_ip, flow.dst_port, flow.protocol,
                          flow.application_name, flow.requested_server_name,
                          flow.bidirectional_packets, flow.bidirectional_bytes,
                          getattr(flow.udps, "risk", 0)]))
"""


@dataclass(frozen=True)
class Flow:
    """A flow as NFStreamer names it."""

    client: str
    client_port: int
    server: str
    server_port: int
    l4: int
    application: str
    server_name: str
    packets: int
    bytes: int
    risk: int  # nDPI's bitmap after the flow's last packet

    def risks(self) -> set[int]:
        """Return the numbers of the risks that are set."""
        return {bit for bit in range(64) if self.risk >> bit & 1}


def frames(path: Path | str) -> Iterator[tuple[float, bytes]]:
    """Yield the packets of a capture."""
    with Path(path).open("rb") as file:
        yield from dpkt.pcap.Reader(file)


def packets(path: Path | str) -> Iterator[tuple[float, Any]]:
    """Yield time and IP packet of a capture's IP frames."""
    for time, frame in frames(path):
        ip = dpkt.ethernet.Ethernet(frame).data
        if isinstance(ip, (dpkt.ip.IP, dpkt.ip6.IP6)):
            yield time, ip


def checksum_faults(path: Path | str) -> list[bytes]:
    """Return the IP packets whose IPv4, TCP or UDP checksum is not what dpkt computes."""
    return [bytes(ip) for _, ip in packets(path) if not _is_right(ip)]


def _is_right(ip: Any) -> bool:
    before = bytes(ip)
    ip.sum = 0
    if hasattr(ip.data, "sum") and not isinstance(ip.data, dpkt.icmp.ICMP):
        ip.data.sum = 0
    return bytes(ip) == before


def nfstream_flows(path: Path | str) -> list[Flow]:
    """Return the flows that NFStreamer sees, from a child process since it forks."""
    command = [sys.executable, "-c", _STREAM, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    return [Flow(*json.loads(line)) for line in done.stdout.splitlines()]
