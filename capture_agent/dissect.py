"""One flow's packets of a capture file as a tree, by Wireshark's dissectors through pyshark."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from capture_agent import tshark

#: Protocols by name; any other is given by its IANA number.
L4: Final = {"icmp": 1, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "icmp6": 58, "sctp": 132}
_WITH_PORTS: Final = {6: "tcp", 17: "udp", 132: "sctp"}
_END: Final = r"(?:\[([0-9a-fA-F:.%]+)\]|([0-9.]+)):(\d{1,5})"
_FLOW: Final = re.compile(rf"{_END}-{_END}/(\w+)")


class Flow(NamedTuple):
    """A flow's key; ports are 0 where the protocol has none."""

    client: IPv4Address | IPv6Address
    client_port: int
    server: IPv4Address | IPv6Address
    server_port: int
    l4: int

    @classmethod
    def parse(cls, text: str) -> Flow:
        """Return the flow of ``CLIENT:PORT-SERVER:PORT/L4``. Raises ValueError."""
        match = _FLOW.fullmatch(text.strip())
        if match is None:
            raise ValueError(
                f"--flow {text!r} is not like 10.0.0.1:40000-10.0.0.2:443/tcp "
                "or [fd00::1]:40000-[fd00::2]:53/udp"
            )
        six, four, port, six2, four2, port2, l4 = match.groups()
        client, server = ip_address(six or four), ip_address(six2 or four2)
        if client.version != server.version:
            raise ValueError(f"--flow {text!r}: one end is IPv4, the other IPv6")
        return cls(client, _port(port), server, _port(port2), _l4(l4))

    def display_filter(self) -> str:
        """Return Wireshark's filter of the flow's packets, both directions."""
        there = self._one_way(self.client, self.client_port, self.server, self.server_port)
        back = self._one_way(self.server, self.server_port, self.client, self.client_port)
        return f"({there}) || ({back})"

    def _one_way(self, source: Any, source_port: int, target: Any, target_port: int) -> str:
        ip, proto = ("ip", "ip.proto") if self.client.version == 4 else ("ipv6", "ipv6.nxt")
        parts = [f"{ip}.src == {source}", f"{ip}.dst == {target}"]
        if name := _WITH_PORTS.get(self.l4):
            parts += [f"{name}.srcport == {source_port}", f"{name}.dstport == {target_port}"]
        else:
            parts.append(f"{proto} == {self.l4}")
        return " && ".join(parts)


def dissect(path: Path, flow: str, most: int) -> Iterator[str]:
    """Yield the lines of the tree of a flow's first ``most`` packets.

    Raises OSError without tshark or for a bad file, ValueError for a flow that is none or not
    there.
    """
    wanted = Flow.parse(flow)
    tshark.check(path)
    seen = 0
    for packet in _packets(path, wanted.display_filter(), most):
        seen += 1
        yield from lines(packet)
    if not seen:
        raise ValueError(f"{path} has no packets of the flow {flow}")


def lines(packet: Any) -> Iterator[str]:
    """Yield one packet of pyshark as lines: the packet, its layers, their fields."""
    yield f"packet {packet.number}, {packet.sniff_time.isoformat()}, {packet.length} bytes"
    for layer in packet.layers:
        yield f"  {layer.layer_name.upper()}"
        for name in layer.field_names:
            for field in layer.get_field(name).all_fields:
                text = (field.showname or f"{name}: {field.show}").strip()
                if text and not field.hide:
                    yield f"    {text}"


def _packets(path: Path, display_filter: str, most: int) -> Iterator[Any]:
    """Yield pyshark's packets. Its event loop is one of its own: it breaks in a running one."""
    import pyshark
    from pyshark.capture.capture import TSharkCrashException

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    capture = pyshark.FileCapture(
        str(path), display_filter=display_filter, keep_packets=False, eventloop=loop
    )
    try:
        for _, packet in zip(range(most), capture, strict=False):
            yield packet
    except TSharkCrashException as error:
        if _is_crash(error):
            raise OSError(f"tshark cannot read {path}: {_reason(error)}") from None
    finally:
        failure = _close(capture)
        if failure is None:  # else the dead child's pipes still want the loop
            loop.close()
    if failure is not None:
        raise OSError(f"tshark cannot read {path}: {_reason(failure)}")


def _close(capture: Any) -> Exception | None:
    """End tshark; return the failure that pyshark tells only now, as of a file that is none."""
    from pyshark.capture.capture import TSharkCrashException

    try:
        capture.close()
    except TSharkCrashException as error:
        capture._running_processes.clear()  # its destructor would say the same again
        return cast(Exception, error) if _is_crash(error) else None
    return None


def _is_crash(error: Exception) -> bool:
    """Return whether tshark failed; pyshark takes asyncio's 255 for "ended unobserved" as that."""
    return "(retcode: 255)" not in str(error)


def _reason(error: Exception) -> str:
    """Return what tshark said, out of pyshark's text around it."""
    found = re.search(r"Last error line: (?:tshark: )?(.*)", str(error))
    return found[1] if found else type(error).__name__


def _port(text: str) -> int:
    port = int(text)
    if port > 65_535:
        raise ValueError(f"port {port} is over 65535")
    return port


def _l4(text: str) -> int:
    number = int(text) if text.isdigit() else L4.get(text.lower(), -1)
    if not 0 <= number <= 255:
        raise ValueError(f"protocol {text!r} is none of {', '.join(L4)} and no number to 255")
    return number
