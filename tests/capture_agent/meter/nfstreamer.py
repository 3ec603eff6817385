"""The oracle: prints NFStreamer's flows of the files given, as one JSON object by file name.

NFStreamer forks workers, which a test process with threads must not; so it runs here, on its own.
"""

import json
import sys
from ipaddress import ip_address

from nfstream import NFStreamer

#: In seconds; long enough that no flow is cut.
NEVER = 10**9


def flows(path):
    streamer = NFStreamer(
        source=path, idle_timeout=120, active_timeout=NEVER, accounting_mode=1, decode_tunnels=True,
        n_meters=1, n_dissections=20,
    )  # fmt: skip
    return [_flow(flow) for flow in streamer]


def _flow(flow):
    ends = [
        (int(ip_address(flow.src_ip)), flow.src_port, flow.src2dst_packets, flow.src2dst_bytes),
        (int(ip_address(flow.dst_ip)), flow.dst_port, flow.dst2src_packets, flow.dst2src_bytes),
    ]
    return [
        *sorted(ends, key=lambda end: end[:2]),
        flow.protocol, flow.vlan_id, flow.tunnel_id,
        flow.bidirectional_first_seen_ms, flow.bidirectional_last_seen_ms,
        flow.application_name, flow.application_category_name, flow.application_confidence,
        flow.requested_server_name,
    ]  # fmt: skip


if __name__ == "__main__":
    json.dump({path: flows(path) for path in sys.argv[1:]}, sys.stdout)
