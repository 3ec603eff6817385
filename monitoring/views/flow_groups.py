"""A flow's fields, grouped and named as its page shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, NamedTuple

from monitoring.history.seen_flow import SeenFlow
from monitoring.protocols import CONNECTION_STATES, DNS_RCODES, DNS_TYPES
from monitoring.templatetags import units


class Group(NamedTuple):
    """A heading and its (label, value) pairs; what is empty is left out."""

    title: str
    icon: str
    fields: list[tuple[str, str]]


_DETAILS: Final = {
    "TLS": (
        "lock",
        {
            "server_name": "Server name (SNI)",
            "tls_version": "Version",
            "tls_cipher": "Cipher",
            "tls_alpn": "ALPN",
            "tls_ja4": "JA4",
            "tls_issuer_dn": "Issuer",
            "tls_subject_dn": "Subject",
            "tls_not_before": "Valid from",
            "tls_not_after": "Valid until",
            "tls_sha1": "Certificate SHA-1",
        },
    ),
    "HTTP": (
        "language",
        {
            "http_method": "Method",
            "http_url": "URL",
            "http_status": "Status",
            "http_content_type": "Content type",
            "http_user_agent": "User agent",
        },
    ),
    "DNS": (
        "dns",
        {
            "dns_query": "Query",
            "dns_query_type": "Type",
            "dns_rcode": "Answer code",
            "dns_answers": "Answers",
        },
    ),
    "SSH": (
        "terminal",
        {
            "ssh_client": "Client",
            "ssh_server": "Server",
            "ssh_client_hassh": "Client HASSH",
            "ssh_server_hassh": "Server HASSH",
        },
    ),
    "Call (RTP)": (
        "call",
        {
            "rtp_codec": "Codec",
            "rtp_streams": "Streams",
            "rtp_mos": "Mean opinion score",
            "rtp_loss": "Loss, worse direction",
            "rtp_jitter_ms": "Jitter, worse direction",
            "rtp_mos_to_server": "Score to server",
            "rtp_mos_to_client": "Score to client",
            "rtp_jitter_to_server_ms": "Jitter to server",
            "rtp_jitter_to_client_ms": "Jitter to client",
            "rtp_packets_to_server": "Packets to server",
            "rtp_packets_to_client": "Packets to client",
            "rtp_lost_to_server": "Lost to server",
            "rtp_lost_to_client": "Lost to client",
            "rtp_reordered_to_server": "Out of order to server",
            "rtp_reordered_to_client": "Out of order to client",
        },
    ),
    "Fingerprints": (
        "fingerprint",
        {
            "os_hint": "Operating system",
            "tcp_fingerprint": "TCP fingerprint",
            "entropy": "Payload entropy",
        },
    ),
}


def groups_of(flow: SeenFlow) -> list[Group]:
    """Return the groups that have anything to show."""
    groups = [_tcp(flow)] if flow.is_tcp else []
    groups.append(_identity(flow))
    for title, (icon, names) in _DETAILS.items():
        own = {key: value for key, value in names.items() if key != "server_name"}
        if title == "TLS" and not any(key in flow.detail for key in own):
            continue
        fields = [(label, _text(key, flow.detail.get(key))) for key, label in names.items()]
        groups.append(Group(title, icon, fields))
    filled = [Group(g.title, g.icon, [field for field in g.fields if field[1]]) for g in groups]
    return [group for group in filled if group.fields]


def _tcp(flow: SeenFlow) -> Group:
    state = flow.connection_state
    fields = [
        ("Connection", f"{CONNECTION_STATES.get(state, '')} ({state})" if state else ""),
        ("Client's flags", " ".join(flow.flags_to_server)),
        ("Server's flags", " ".join(flow.flags_to_client)),
        ("Round trip to client", _rtt(flow.rtt_client_ms)),
        ("Round trip to server", _rtt(flow.rtt_server_ms)),
        ("Retransmissions", _both(flow, "retransmissions")),
        ("Out of order", _both(flow, "out_of_order")),
        ("Zero window", _both(flow, "zero_window")),
    ]
    return Group("TCP", "swap_horiz", fields)


def _identity(flow: SeenFlow) -> Group:
    tls = any(key.startswith("tls_") for key in flow.detail)
    fields = [
        ("Interface", flow.interface_name),
        ("VLAN", str(flow.vlan) if flow.vlan else ""),
        ("Tunnel", flow.tunnel),
        ("Direction", flow.direction.replace("_", " ")),
        ("Server name", "" if tls else str(flow.detail.get("server_name") or "")),
        ("Community ID", flow.community_id or ""),
        ("Flow ID", str(flow.id)),
    ]
    return Group("Identity", "badge", fields)


#: From this mean opinion score on, what users say of a call. Source: ITU-T G.107, annex B.
_SATISFACTION: Final = (
    (4.34, "users very satisfied"),
    (4.03, "users satisfied"),
    (3.60, "some users dissatisfied"),
    (3.10, "many users dissatisfied"),
    (2.58, "nearly all users dissatisfied"),
)


def satisfaction(score: float) -> str:
    """Return what a mean opinion score means to the users of a call."""
    return next((words for least, words in _SATISFACTION if score >= least), "not to be used")


def _rtt(value: float | None) -> str:
    return "" if value is None else units.milliseconds(value)


def _both(flow: SeenFlow, name: str) -> str:
    """Return a counter of both directions, "" when both are 0."""
    there, back = flow.row[f"{name}_to_server"], flow.row[f"{name}_to_client"]
    return f"{units.count(there)} → · ← {units.count(back)}" if there or back else ""


def _text(key: str, value: Any) -> str:
    """Return a detail as text; numbers of DNS by name, times in the viewer's zone."""
    if value is None or value == "":
        return ""
    if key == "dns_query_type":
        return DNS_TYPES.get(int(value), str(value))
    if key == "dns_rcode":
        return DNS_RCODES.get(int(value), str(value))
    if key in ("tls_not_before", "tls_not_after"):
        return units.moment_text(datetime.fromisoformat(str(value)))
    if key.startswith("rtp_mos"):
        return f"{float(value):.2f} of 4.41, {satisfaction(float(value))}"
    if key == "rtp_loss":
        return f"{float(value):.2f} %"
    if key.endswith("_ms"):
        return units.milliseconds(float(value))
    return f"{value:.2f}" if isinstance(value, float) else str(value)
