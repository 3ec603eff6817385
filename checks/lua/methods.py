"""What scripts can call: for the editor's completion, for the docs, and for the tests.

Source of names and meanings: ntopng's Lua API; rows marked ``ours`` it has not.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Method(NamedTuple):
    """A method: how it is called, what it returns, and what that means."""

    call: str
    returns: str
    text: str
    ours: bool = False

    @property
    def name(self) -> str:
        """Return its name, as "flow.cli"."""
        return self.call.partition("(")[0]


_ALERT: Final = "Alert on it with a score of 1 to 250 and a message; the last call of a run stands."
_PARAM: Final = "The value of a parameter that the script declares with -- @param."

FLOW: Final = (
    Method("flow.cli()", "string", "Client's address."),
    Method("flow.cli_port()", "number", "Client's port."),
    Method("flow.srv()", "string", "Server's address."),
    Method("flow.srv_port()", "number", "Server's port."),
    Method("flow.protocol()", "number", "Layer 4 protocol: 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6."),
    Method("flow.vlan_id()", "number", "VLAN, 0 for untagged."),
    Method("flow.is_oneway()", "boolean", "Whether only one side has sent packets."),
    Method("flow.is_unicast()", "boolean", "Whether the server's address is one host's."),
    Method("flow.cli2srv_bytes()", "number", "Bytes from client to server since it began."),
    Method("flow.srv2cli_bytes()", "number", "Bytes from server to client since it began."),
    Method("flow.bytes()", "number", "Bytes both ways since it began."),
    Method(
        "flow.l7_master_proto()", "number", "nDPI's number of the carrying protocol, 0 for none."
    ),
    Method("flow.l7_proto()", "number", "nDPI's number of the application."),
    Method("flow.l7_proto_name()", "string", 'nDPI\'s name, as "TLS.Google".'),
    Method(
        "flow.direction()",
        "string",
        '"local@local", "local@remote", "remote@local", "remote2remote" or "unknown".',
    ),
    Method(
        "flow.http()",
        "table",
        "protos.http.last_method, last_return_code, last_url, last_user_agent, server_name; empty"
        " where it is no HTTP.",
    ),
    Method(
        "flow.dns()",
        "table",
        "protos.dns.last_query, last_query_type, last_return_code, invalid_chars_in_query; empty"
        " where it is no DNS.",
    ),
    Method(
        "flow.ssh()",
        "table",
        "protos.ssh.client_signature, server_signature, hassh.client_hash, hassh.server_hash.",
    ),
    Method(
        "flow.tls_quic()",
        "table",
        "protos.tls.client_requested_server_name, tls_version, server_names, client_alpn, issuerDN,"
        " subjectDN, notBefore, notAfter, ja4.client_hash, ja4.client_malicious, cipher. TLS 1.3"
        " and QUIC encrypt the certificate: there is no issuerDN, subjectDN or validity then.",
    ),
    Method("flow.triggerAlert(score, message)", "nil", _ALERT),
    Method("flow.bits_per_second()", "number", "Rate of both directions since its last row.", True),
    Method("flow.category()", "string", 'nDPI\'s category, as "Web".', True),
    Method("flow.server_name()", "string", "SNI, HTTP host or DNS name asked, or nil.", True),
    Method("flow.duration()", "number", "Seconds since its first packet.", True),
    Method("flow.ja4()", "string", "JA4 fingerprint of the TLS client, or nil.", True),
    Method("flow.risks()", "table", "Names of nDPI's risks, a list.", True),
    Method("flow.rtt()", "number", "Handshake's round trip in ms: sum, client's, server's.", True),
    Method("flow.retransmissions()", "number", "TCP: sum, client's, server's.", True),
    Method(
        'flow.country("cli"|"srv")', "string", "ISO 3166 code of a side, empty if unknown.", True
    ),
    Method('flow.asn("cli"|"srv")', "number", "Autonomous system of a side, 0 if unknown.", True),
    Method('flow.is_local("cli"|"srv")', "boolean", "Whether a side is in a local network.", True),
    Method("flow.community_id()", "string", "Community ID, version 1.", True),
    Method(
        "flow.quality()",
        "table",
        "Of a call over RTP, its worse direction: mos (1 to 4.41), loss (per cent), jitter (ms);"
        " codec and streams. nil for other flows.",
        True,
    ),
    Method("flow.param(name)", "value", _PARAM, True),
)

HOST: Final = (
    Method("host.ip()", "string", "Its address."),
    Method("host.mac()", "string", "Its MAC address, zeros if unknown."),
    Method("host.name()", "string", "Its name, or else its address."),
    Method("host.vlan_id()", "number", "Its VLAN, 0 for untagged."),
    Method("host.is_local()", "boolean", "Whether it is in a local network."),
    Method("host.is_unicast()", "boolean", "Whether the address is one host's."),
    Method("host.is_multicast()", "boolean", "Whether the address is a multicast group."),
    Method("host.is_broadcast()", "boolean", "Whether the address is the limited broadcast."),
    Method("host.is_blacklisted()", "boolean", "Whether the address is on a blacklist."),
    Method("host.is_rx_only()", "boolean", "Whether it was only ever sent to."),
    Method("host.bytes_sent()", "number", "Bytes since it was first seen."),
    Method("host.bytes_rcvd()", "number", "Bytes since it was first seen."),
    Method("host.bytes()", "number", "Both."),
    Method(
        "host.l7()",
        "table",
        "By application's name: bytes_sent, bytes_rcvd, flows; of the last hour's stored flows.",
    ),
    Method("host.score()", "number", "Sum of the scores of its flows in the last five minutes."),
    Method(
        "host.skipVisitedHost(skip, till)",
        "boolean",
        "true: do not look at it again, until an epoch if one is given; without arguments: do.",
    ),
    Method("host.triggerAlert(score, message)", "nil", _ALERT),
    Method("host.isFirstCheckRun()", "boolean", "Whether the script sees it for the first time."),
    Method(
        "host.getUnidirectionalTCPUDPFlowsStats()",
        "table",
        "num_ingress, num_egress: flows to and from it that nobody answered, in the last hour.",
    ),
    Method(
        "host.getNumContactedPeersAsClientTCPUDPNoTX()",
        "number",
        "Peers it contacted in the last hour that never answered.",
    ),
    Method(
        "host.getNumContactsFromPeersAsServerTCPUDPNoTX()",
        "number",
        "Peers that contacted it in the last hour and that it did not answer.",
    ),
    Method(
        "host.getNumContactedTCPUDPServerPortsNoTX()",
        "number",
        "Server ports it contacted in the last hour that never answered.",
    ),
    Method("host.resetHostContacts()", "nil", "Count these contacts anew from now on."),
    Method("host.country()", "string", "ISO 3166 code of a remote host.", True),
    Method("host.countries()", "number", "Countries it contacted in the last hour.", True),
    Method("host.param(name)", "value", _PARAM, True),
)

BOTH: Final = (
    Method("print(...)", "nil", "Write to the script's console."),
    Method("tprint(table)", "nil", "Write a table to the console."),
    Method("dump_flow()", "nil", "Write what every method of the flow returns to the console."),
    Method("dump_host()", "nil", "The same of the host."),
    Method("os.time()", "number", "Epoch of the row's event."),
)


def of_target(target: str) -> tuple[Method, ...]:
    """Return the methods for a script's target, "host" or a flow's hook."""
    return (HOST if target == "host" else FLOW) + BOTH
