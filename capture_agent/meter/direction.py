"""Who opened a flow.

The first packet seen decides, once for the flow's life:

1. TCP with SYN alone: its sender is the client. SYN with ACK: its sender is the server.
2. ICMP: the sender of an echo reply is the server (ICMP type 0, ICMPv6 type 129).
3. Otherwise, as in a flow whose beginning was missed: if one end's port is a service's (below 1024,
   or a default port in nDPI's tables) and the other's is not, that end is the server.
4. Otherwise the sender is the client.
"""

from __future__ import annotations

from typing import Any, Final

from capture_agent.meter.compiled import compiled
from capture_agent.meter.foreign import load8
from capture_agent.meter.packet import l4_address

TCP: Final = 6
UDP: Final = 17
ICMP: Final = 1
ICMP6: Final = 58
FIN_FLAG: Final = 1
SYN_FLAG: Final = 2
RST_FLAG: Final = 4
ACK_FLAG: Final = 16
_ECHO_REPLY: Final = 0
_ECHO_REPLY_6: Final = 129


@compiled
def sender_is_client(s: Any, p: Any) -> Any:
    """Return whether the first packet of a flow comes from its client."""
    if p.protocol == TCP and p.flags & SYN_FLAG:
        return (p.flags & ACK_FLAG) == 0
    if p.protocol == ICMP or p.protocol == ICMP6:
        return not _is_echo_reply(p)
    bit = 1 if p.protocol == TCP else 2 if p.protocol == UDP else 0
    from_service = (s.service[p.src_port] & bit) != 0
    to_service = (s.service[p.dst_port] & bit) != 0
    return not (from_service and not to_service)


@compiled
def _is_echo_reply(p: Any) -> Any:
    at = l4_address(p, 1)
    if at == 0:
        return False
    kind = load8(at)
    return kind == (_ECHO_REPLY if p.protocol == ICMP else _ECHO_REPLY_6)
