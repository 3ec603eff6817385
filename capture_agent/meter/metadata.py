"""What nDPI found out about a flow, copied out of its memory into one small block of ours.

nDPI's protocols share a union: it is read only for a protocol that nDPI recognised from packets, as
its own code does. What a block looks like is in :mod:`~capture_agent.meter.block`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from capture_agent.engine import ffi, in_flow, lib, offset
from capture_agent.meter.block import (
    begin_block,
    begin_text,
    end_text,
    put_byte,
    put_bytes,
    put_inline,
    put_pointer,
    put_separator,
    set_number,
    store,
)
from capture_agent.meter.compiled import compiled
from capture_agent.meter.foreign import address_text, load8, load16, load32, load64, test
from capture_agent.meter.records import FINGERPRINT_BYTES, NUMBERS, TEXTS

_SHORT: Final = 256  # bytes kept of names and fingerprints
_LONG: Final = 1024  # bytes kept of URLs, distinguished names, user agents

(_TLS_VERSION, _TLS_CIPHER, _METHOD, _OS, _QUERY_TYPE, _RCODE, _STATUS, _NOT_BEFORE, _NOT_AFTER) = (
    range(len(NUMBERS))
)
(
    _RISK_INFO, _SERVER_NAME, _ALPN, _JA4, _ISSUER, _SUBJECT, _SHA1, _QUERY, _ANSWERS, _URL, _AGENT,
    _CONTENT_TYPE, _SSH_CLIENT, _SSH_SERVER, _SSH_CLIENT_HASSH, _SSH_SERVER_HASSH, _FINGERPRINT,
) = range(len(TEXTS))  # fmt: skip

_STACK: Final = in_flow("protocol_stack")
_ENTROPY: Final = in_flow("entropy")
_HOST_NAME: Final = in_flow("host_server_name")
_OS_HINT: Final = in_flow("tcp.os_hint")
_TCP_FINGERPRINT: Final = in_flow("tcp.fingerprint")
_RISK_BITS: Final = in_flow("risk")
#: Says nothing that the counters do not say, and is often said before the answer came.
_UNIDIRECTIONAL: Final = int(lib.NDPI_UNIDIRECTIONAL_TRAFFIC)
_RISK_INFOS: Final = in_flow("risk_infos")
_RISK_COUNT: Final = in_flow("num_risk_infos")
_RISK_SIZE: Final = ffi.sizeof("struct ndpi_risk_information")
_RISK_TEXT: Final = offset("struct ndpi_risk_information", "info")
_HTTP: Final = {
    name: in_flow(f"http.{name}")
    for name in ("method", "response_status_code", "url", "content_type", "user_agent")
}
_HTTP_METHOD, _HTTP_STATUS = _HTTP["method"], _HTTP["response_status_code"]
_HTTP_URL, _HTTP_TYPE, _HTTP_AGENT = _HTTP["url"], _HTTP["content_type"], _HTTP["user_agent"]
_TLS_ALPN: Final = in_flow("protos.tls_quic.negotiated_alpn")
_TLS_ADVERTISED: Final = in_flow("protos.tls_quic.advertised_alpns")
_TLS_ISSUER: Final = in_flow("protos.tls_quic.issuerDN")
_TLS_SUBJECT: Final = in_flow("protos.tls_quic.subjectDN")
_TLS_BEFORE: Final = in_flow("protos.tls_quic.notBefore")
_TLS_AFTER: Final = in_flow("protos.tls_quic.notAfter")
_TLS_JA4: Final = in_flow("protos.tls_quic.ja4_client")
_TLS_SUITE: Final = in_flow("protos.tls_quic.server_cipher")
_TLS_SHA1: Final = in_flow("protos.tls_quic.sha1_certificate_fingerprint")
_TLS_PROTOCOL: Final = in_flow("protos.tls_quic.ssl_version")
_DNS_QUERIES: Final = in_flow("protos.dns.num_queries")
_DNS_REPLY: Final = in_flow("protos.dns.reply_code")
_DNS_ADDRESSES: Final = in_flow("protos.dns.num_rsp_addr")
_DNS_IS_QUERY: Final = in_flow("protos.dns.is_query")  # the bit field's byte
_DNS_TYPE: Final = in_flow("protos.dns.query_type")
_DNS_IS_6: Final = in_flow("protos.dns.is_rsp_addr_ipv6")
_DNS_ADDRESS: Final = in_flow("protos.dns.rsp_addr")
_DNS_POINTER: Final = in_flow("protos.dns.ptr_domain_name")
_SSH_BANNER_CLIENT: Final = in_flow("protos.ssh.client_signature")
_SSH_BANNER_SERVER: Final = in_flow("protos.ssh.server_signature")
_HASSH_CLIENT: Final = in_flow("protos.ssh.hassh_client")
_HASSH_SERVER: Final = in_flow("protos.ssh.hassh_server")

_SSH: Final = int(lib.NDPI_PROTOCOL_SSH)
_DNS: Final = int(lib.NDPI_PROTOCOL_DNS)
_MDNS: Final = int(lib.NDPI_PROTOCOL_MDNS)
_LLMNR: Final = int(lib.NDPI_PROTOCOL_LLMNR)
#: Confidences that come from the packets' contents, not from ports or addresses.
_FROM_CONTENT: Final = sum(
    1 << int(getattr(lib, f"NDPI_CONFIDENCE_{name}"))
    for name in ("DPI", "DPI_PARTIAL", "DPI_CACHE", "DPI_PARTIAL_CACHE", "DPI_AGGRESSIVE")
)
_AF_INET, _AF_INET6 = 2, 10
_DIGITS: Final = np.frombuffer(b"0123456789abcdef", np.uint8)


@compiled
def keep_metadata(s: Any, f: Any) -> None:
    """Copy what is known of a flow into a block of its own, if there is anything."""
    begin_block(s)
    engine = f.engine
    _put_common(s, engine)
    _put_fingerprint(s, f, engine)
    if (_FROM_CONTENT >> np.int64(f.confidence)) & 1:
        _put_protocol(s, f, engine)
    f.metadata = store(s)


@compiled
def _put_common(s: Any, engine: Any) -> None:
    for index in range(4):
        s.scratch[4 + index] = load8(engine + _ENTROPY + index)
    put_inline(s, _SERVER_NAME, engine + _HOST_NAME, 80)
    _put_risks(s, engine)
    if load64(engine + _HTTP_URL) != 0 or load16(engine + _HTTP_STATUS) != 0:
        _put_http(s, engine)
    elif load64(engine + _HTTP_AGENT) != 0:  # QUIC's
        put_pointer(s, _AGENT, engine + _HTTP_AGENT, _LONG)


@compiled
def _put_fingerprint(s: Any, f: Any, engine: Any) -> None:
    """Write the client's TCP stack: nDPI's text of this flow, or of another with the same SYN."""
    hint = np.int64(load32(engine + _OS_HINT))
    if load64(engine + _TCP_FINGERPRINT) != 0:
        put_pointer(s, _FINGERPRINT, engine + _TCP_FINGERPRINT, _SHORT)
    elif f.fingerprint != 0:
        known = s.fingerprint[np.int64(f.fingerprint) - 1]
        hint = np.int64(known.os_hint)
        start = begin_text(s, _FINGERPRINT)
        for index in range(FINGERPRINT_BYTES):
            if known.text[index] == 0:
                break
            put_byte(s, known.text[index])
        end_text(s, start)
    if hint != 0:
        set_number(s, _OS, hint)


@compiled
def _put_http(s: Any, engine: Any) -> None:
    method, status = (
        np.int64(load32(engine + _HTTP_METHOD)),
        np.int64(load16(engine + _HTTP_STATUS)),
    )
    if method != 0:
        set_number(s, _METHOD, method)
    if status != 0:
        set_number(s, _STATUS, status)
    put_pointer(s, _URL, engine + _HTTP_URL, _LONG)
    put_pointer(s, _AGENT, engine + _HTTP_AGENT, _LONG)
    put_pointer(s, _CONTENT_TYPE, engine + _HTTP_TYPE, _SHORT)


@compiled
def _put_protocol(s: Any, f: Any, engine: Any) -> None:
    if test(s.call.ndpi_stack_is_tls_like, engine + _STACK):
        _put_tls(s, engine)
    elif f.master == _SSH or f.application == _SSH:
        put_inline(s, _SSH_CLIENT, engine + _SSH_BANNER_CLIENT, 48)
        put_inline(s, _SSH_SERVER, engine + _SSH_BANNER_SERVER, 48)
        put_inline(s, _SSH_CLIENT_HASSH, engine + _HASSH_CLIENT, 33)
        put_inline(s, _SSH_SERVER_HASSH, engine + _HASSH_SERVER, 33)
    else:
        first, second = f.master, f.application
        if first == _DNS or second in (_DNS, _MDNS, _LLMNR):
            _put_dns(s, engine)


@compiled
def _put_tls(s: Any, engine: Any) -> None:
    version, suite = np.int64(load16(engine + _TLS_PROTOCOL)), np.int64(load16(engine + _TLS_SUITE))
    if version != 0:
        set_number(s, _TLS_VERSION, version)
    if suite != 0:
        set_number(s, _TLS_CIPHER, suite)
    before, after = np.int64(load32(engine + _TLS_BEFORE)), np.int64(load32(engine + _TLS_AFTER))
    if before != 0 or after != 0:
        set_number(s, _NOT_BEFORE, before * 1_000_000)
        set_number(s, _NOT_AFTER, after * 1_000_000)
    put_inline(s, _JA4, engine + _TLS_JA4, 37)
    put_pointer(s, _ISSUER, engine + _TLS_ISSUER, _LONG)
    put_pointer(s, _SUBJECT, engine + _TLS_SUBJECT, _LONG)
    if load64(engine + _TLS_ALPN) != 0:
        put_pointer(s, _ALPN, engine + _TLS_ALPN, _SHORT)
    else:
        put_pointer(s, _ALPN, engine + _TLS_ADVERTISED, _SHORT)
    _put_sha1(s, engine + _TLS_SHA1)


@compiled
def _put_sha1(s: Any, at: Any) -> None:
    any_bit = np.int64(0)
    for index in range(20):
        any_bit |= np.int64(load8(at + index))
    if any_bit == 0:
        return
    start = begin_text(s, _SHA1)
    for index in range(20):
        byte = np.int64(load8(at + index))
        put_byte(s, _DIGITS[byte >> 4])
        put_byte(s, _DIGITS[byte & 15])
    end_text(s, start)


@compiled
def _put_dns(s: Any, engine: Any) -> None:
    if load8(engine + _DNS_QUERIES) == 0 and load8(engine + _HOST_NAME) == 0:
        return
    put_inline(s, _QUERY, engine + _HOST_NAME, 80)
    set_number(s, _QUERY_TYPE, np.int64(load16(engine + _DNS_TYPE)))
    if load8(engine + _DNS_IS_QUERY) & 1:
        return
    set_number(s, _RCODE, np.int64(load8(engine + _DNS_REPLY)))
    count: Any = min(np.int64(load8(engine + _DNS_ADDRESSES)), 4)
    start = begin_text(s, _ANSWERS)
    for index in range(count):
        is_6 = load8(engine + _DNS_IS_6 + index) != 0
        put_separator(s, start)
        _put_address(s, engine + _DNS_ADDRESS + 16 * index, is_6)
    if load8(engine + _DNS_POINTER) != 0:
        put_separator(s, start)
        put_bytes(s, engine + _DNS_POINTER, 64)
    end_text(s, start)


@compiled
def _put_address(s: Any, at: Any, is_6: Any) -> None:
    target = s.scratch_at + s.scratch_used
    address_text(
        s.call.inet_ntop, np.int32(_AF_INET6 if is_6 else _AF_INET), at, target, np.uint32(46)
    )
    while s.scratch[s.scratch_used] != 0:
        s.scratch_used += 1


@compiled
def _put_risks(s: Any, engine: Any) -> None:
    """Write each risk's name, and nDPI's remark on it after a colon."""
    risks = np.int64(load64(engine + _RISK_BITS))
    if risks == 0:
        return
    remarks: Any = min(np.int64(load8(engine + _RISK_COUNT)), 8)
    start = begin_text(s, _RISK_INFO)
    for risk in range(1, 64):
        if (risks >> risk) & 1 and risk != _UNIDIRECTIONAL:
            put_separator(s, start)
            for index in range(64):
                if s.risk_name[risk, index] == 0:
                    break
                put_byte(s, s.risk_name[risk, index])
            for index in range(remarks):
                at = engine + _RISK_INFOS + index * _RISK_SIZE
                text = np.int64(load64(at + _RISK_TEXT))
                if np.int64(load32(at)) == risk and text != 0:
                    put_byte(s, 58)  # ": "
                    put_byte(s, 32)
                    put_bytes(s, text, _SHORT)
    end_text(s, start)
