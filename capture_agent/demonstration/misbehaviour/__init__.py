"""What goes wrong: one function per kind, and the table of who does it to whom, when.

``raises`` are keys of checks, ours as ntopng's; those that are off by default are raised once they
are switched on. A kind may well raise more than the checks it is there for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from capture_agent.demonstration.cast import (
    LISTED_CLIENT,
    LISTED_NAME,
    LISTED_SERVER,
    MACHINES,
    remote,
)
from capture_agent.demonstration.misbehaviour import (
    access,
    certificates,
    floods,
    names,
    scans,
    trouble,
    web,
)
from capture_agent.demonstration.packets import Endpoint
from capture_agent.demonstration.scene import Scene

Act = Callable[[Scene, float, Endpoint, Any], None]


@dataclass(frozen=True)
class Misbehaviour:
    """One kind: what is done, ``at`` seconds after the start, by whom to whom, and what tells."""

    title: str
    act: Act
    at: float
    client: Endpoint
    server: Endpoint | list[Endpoint]
    raises: tuple[str, ...]

    def play(self, scene: Scene) -> None:
        """Add its packets to the scene."""
        self.act(scene, self.at, self.client, self.server)


def _at(name: str) -> Endpoint:
    return MACHINES[name].v4


_GUEST, _FARID = _at("laptop-guest"), _at("ws-farid")
_WEB, _NAS, _DNS = _at("web"), _at("nas"), _at("dns")
_BURGLAR, _SPRAYER = remote("198.51.100.77", 47), remote("198.51.100.88", 44)
_BURGLAR6, _WEB6 = remote("2001:db8:77::77", 47), MACHINES["web"].v6
_EMPTY = [remote(f"10.77.{n // 250}.{n % 250 + 1}") for n in range(600)]

KINDS: Final = (
    Misbehaviour(
        "SYN flood", floods.syn, 24, _at("camera-yard"), remote("203.0.113.90"),
        ("syn_flood", "flow_flood", "syn_scan", "scan_detection", "connection_failed"),
    ),
    Misbehaviour(
        "Flow flood", floods.flows, 44, _at("tv-meeting"), remote("203.0.113.91"), ("flow_flood",),
    ),
    Misbehaviour("DNS flood", floods.questions, 58, _at("galaxy-carla"), _DNS, ("dns_flood",)),
    Misbehaviour("Ping flood", floods.pings, 72, _BURGLAR, _at("gateway"), ("icmp_flood",)),
    Misbehaviour(
        "Port scan", scans.ports, 12, _GUEST, _NAS, ("scan_detection", "tcp_connection_refused"),
    ),
    Misbehaviour(
        "SYN scan of a network", scans.machines, 34, _GUEST, _EMPTY, ("syn_scan", "scan_detection"),
    ),
    Misbehaviour("XMAS scan", scans.odd_flags, 30, _BURGLAR, _WEB, ("ndpi_tcp_issues",)),
    Misbehaviour(
        "Telnet from outside", access.telnet, 15, _BURGLAR, _at("plc-press"),
        ("remote_to_local_insecure_flow", "ndpi_clear_text_credentials", "ndpi_unsafe_protocol"),
    ),
    Misbehaviour("FTP login", access.ftp, 17, _FARID, _NAS, ("ndpi_clear_text_credentials",)),
    Misbehaviour(
        "HTTP Basic login from outside", access.basic, 19, _BURGLAR6, _WEB6,
        ("ndpi_clear_text_credentials",),
    ),
    Misbehaviour(
        "Remote desktop from outside", access.desktop, 21, _SPRAYER, _at("ws-ben"),
        ("remote_access", "ndpi_desktop_or_file_sharing_session"),
    ),
    Misbehaviour(
        "VNC from outside", access.screen, 23, _SPRAYER, _at("hmi-press"),
        ("remote_access", "ndpi_desktop_or_file_sharing_session"),
    ),
    Misbehaviour("AnyDesk", access.anydesk, 26, _FARID, remote("192.0.2.66"), ("remote_access",)),
    Misbehaviour(
        "Obsolete SSH client", access.old_ssh, 28, _at("hmi-press"), _at("db"),
        ("ndpi_ssh_obsolete_client",),
    ),
    Misbehaviour(
        "SSH passwords guessed", access.guess_passwords, 60, _SPRAYER, _WEB, ("remote_access",),
    ),
    Misbehaviour(
        "SMB 1", access.old_smb, 31, _at("printer-lab"), _NAS, ("ndpi_smb_insecure_version",),
    ),
    Misbehaviour(
        "Self-signed certificate", certificates.self_signed, 10, _at("ws-carla"), _NAS,
        ("tls_certificate_selfsigned",),
    ),
    Misbehaviour(
        "Expired certificate", certificates.expired, 14, _at("ws-ben"), remote("192.0.2.70"),
        ("tls_certificate_expired",),
    ),
    Misbehaviour(
        "Certificate of another name", certificates.wrong_name, 18, _at("ws-anna"),
        remote("192.0.2.71"), ("tls_certificate_mismatch",),
    ),
    Misbehaviour(
        "TLS 1.0 with RC4", certificates.old_version, 22, _at("printer-office"),
        remote("192.0.2.72"), ("ndpi_tls_old_protocol_version", "tls_unsafe_ciphers"),
    ),
    Misbehaviour(
        "TLS without a name", certificates.no_name, 27, _at("camera-door"), remote("192.0.2.73"),
        ("ndpi_tls_missing_sni",),
    ),
    Misbehaviour(
        "SQL injection", web.inject_sql, 33, _BURGLAR, _WEB, ("ndpi_url_possible_sql_injection",),
    ),
    Misbehaviour(
        "Cross-site scripting", web.inject_script, 36, _BURGLAR6, _WEB6,
        ("ndpi_url_possible_xss",),
    ),
    Misbehaviour(
        "Command injection", web.inject_command, 38, _BURGLAR, _WEB,
        ("ndpi_url_possible_rce_injection",),
    ),
    Misbehaviour("Path traversal", web.climb, 40, _BURGLAR, _WEB, ("ndpi_possible_exploit",)),
    Misbehaviour(
        "Program downloaded over HTTP", web.download_program, 42, _FARID, remote("192.0.2.74"),
        ("binary_application_transfer",),
    ),
    Misbehaviour(
        "Bare address in HTTP", web.dial_address, 46, _at("camera-yard"), remote("203.0.113.77"),
        ("ndpi_numeric_ip_host", "ndpi_http_suspicious_user_agent"),
    ),
    Misbehaviour(
        "Generated names", names.generate, 48, _GUEST, _DNS, ("ndpi_suspicious_dga_domain",),
    ),
    Misbehaviour(
        "DNS tunnel", names.tunnel, 52, _GUEST, remote("203.0.113.53"),
        ("ndpi_dns_suspicious_traffic", "dns_data_exfiltration"),
    ),
    Misbehaviour(
        "Foreign DNS server", names.foreign_dns, 55, _FARID, remote("8.8.4.4"), ("unexpected_dns",),
    ),
    Misbehaviour(
        "Foreign NTP server", names.foreign_ntp, 56, _at("thermostat"), remote("192.0.2.123"),
        ("unexpected_ntp",),
    ),
    Misbehaviour(
        "Mail past the mail server", names.foreign_smtp, 57, _GUEST, remote("192.0.2.125"),
        ("unexpected_smtp",),
    ),
    Misbehaviour(
        "Second DHCP server", names.foreign_dhcp, 59, _at("pixel-ben"), _GUEST,
        ("unexpected_dhcp",),
    ),
    Misbehaviour(
        "Name of a blacklist", partial(names.listed_name, name=LISTED_NAME), 62, _GUEST, _DNS,
        ("blacklisted",),
    ),
    Misbehaviour(
        "Server of a blacklist", partial(trouble.beacon, every=12.0, times=5, name=LISTED_NAME),
        64, _GUEST, remote(LISTED_SERVER), ("blacklisted_server_contact",),
    ),
    Misbehaviour(
        "Client of a blacklist", web.climb, 66, remote(LISTED_CLIENT), _WEB,
        ("blacklisted_client_contact", "ndpi_possible_exploit"),
    ),
    Misbehaviour("Miner", trouble.mine, 68, _GUEST, remote("203.0.113.33"), ("web_mining",)),
    Misbehaviour(
        "Bad line", trouble.lose, 20, _at("laptop-hana"), remote("192.0.2.80"),
        ("tcp_packets_issues",),
    ),
    Misbehaviour(
        "Full printer", trouble.stall, 25, _at("ws-carla"), _at("printer-office"),
        ("zero_tcp_window",),
    ),
    Misbehaviour(
        "Closed door", trouble.knock, 29, _at("ws-dmitri"), _at("db"),
        ("tcp_connection_refused", "ndpi_tcp_issues"),
    ),
    Misbehaviour(
        "Nobody there", trouble.call_nobody, 16, _at("ws-emma"), remote("192.0.2.99"),
        ("connection_failed",),
    ),
    Misbehaviour(
        "A gigabyte to the outside", trouble.copy, 8, _NAS, remote("203.0.113.200"),
        ("elephant_flows",),
    ),
    Misbehaviour(
        "Beacon", trouble.beacon, 11, _at("camera-door"), remote("203.0.113.44"), (),
    ),
    Misbehaviour(
        "Data in pings", trouble.leak, 70, _at("db"), remote("203.0.113.45"),
        ("data_exfiltration",),
    ),
)  # fmt: skip
