"""The flow engine in the ``nfstream`` wheel: nDPI and libpcap in one shared object.

``_lib_engine`` is a CFFI module. Layouts are read from its ``ffi`` (never written by hand) and
checked once at import against those this agent was built for, so that another version of the wheel
is refused instead of being misread. Its shared object exports nDPI's and libpcap's own functions
too; :func:`address` finds them for the compiled meter.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any, Final

import _lib_engine
import numpy as np
from _lib_engine import ffi, lib

#: Sizes in nfstream 6.6.0 (nDPI 5.0.0), the one version pinned in requirements.txt.
SIZES: Final = {
    "struct nf_packet": 104,
    "struct ndpi_proto": 56,
    "struct ndpi_flow_struct": 1208,
    "struct ndpi_risk_information": 16,
}

__all__ = ["ffi", "lib"]

library: Final = ctypes.CDLL(_lib_engine.__file__)


#: Protocols that the meter can number, see ``meter.records.PROTOCOL_BITS``.
MOST_PROTOCOLS: Final = 1024

#: What nDPI computes by default and no frame has: digests and copies that cost a fifth of its time.
UNUSED: Final[tuple[tuple[bytes | None, bytes], ...]] = (
    (None, b"metadata.ndpi_fingerprint"),
    (None, b"fpc"),
    (b"tls", b"metadata.ja3s_fingerprint"),
    (b"tls", b"metadata.versions_supported"),
)


class EngineError(RuntimeError):
    """The engine in the installed ``nfstream`` is not the one this agent was built for."""


def check_sizes() -> None:
    """Raise EngineError unless every struct has the size this agent was built for."""
    for name, size in SIZES.items():
        if (found := ffi.sizeof(name)) != size:
            raise EngineError(
                f"{name} is {found} bytes, not {size}: install requirements.txt's nfstream"
            )


check_sizes()


def offset(struct: str, path: str) -> int:
    """Return where in ``struct`` the field at the dotted ``path`` starts, in bytes."""
    kind, total = ffi.typeof(struct), 0
    for name in path.split("."):
        field = dict(kind.fields)[name]
        kind, total = field.type, total + field.offset
    return int(total)


def in_flow(path: str) -> int:
    """Return the offset of a field of nDPI's flow."""
    return offset("struct ndpi_flow_struct", path)


def address(function: str) -> int:
    """Return the address of a function that the engine exports."""
    return ctypes.cast(getattr(library, function), ctypes.c_void_p).value or 0


def version() -> str:
    """Return the engine's versions in one line; part of the compiled meter's cache key."""
    texts = (lib.engine_lib_version(), lib.engine_lib_ndpi_version(), lib.engine_lib_pcap_version())
    return " ".join(ffi.string(text).decode() for text in texts)


def pointer(cdata: Any) -> int:
    """Return a cdata pointer as an integer."""
    return int(ffi.cast("uintptr_t", cdata))


def _packet_dtype() -> np.dtype[np.void]:
    """Return ``struct nf_packet`` as a numpy dtype; ``flags`` is the byte of TCP's eight flags."""
    wanted = {
        "time": "u8", "src_ip": ("u8", (2,)), "dst_ip": ("u8", (2,)), "src_mac": ("u1", (6,)),
        "dst_mac": ("u1", (6,)), "src_port": "u2", "dst_port": "u2", "ip_version": "u1",
        "protocol": "u1", "vlan_id": "u2", "ip_size": "u2", "transport_size": "u2",
        "payload_size": "u2", "ip_content_len": "u2", "ip_content": "u8", "tunnel_id": "u4",
    }  # fmt: skip
    names = [*wanted, "flags"]
    offsets = [offset("struct nf_packet", name) for name in wanted]
    offsets.append(offset("struct nf_packet", "fin"))
    formats: list[Any] = [*wanted.values(), "u1"]
    size = ffi.sizeof("struct nf_packet")
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": size})


PACKET: Final = _packet_dtype()


class Dissector:
    """One nDPI detection module; not shared between threads.

    ``fingerprints`` says whether it computes those of TCP stacks.
    """

    def __init__(self, *, fingerprints: bool = False) -> None:
        checker = ffi.new("struct dissector_checker *")
        checker.flow_size = ffi.sizeof("struct ndpi_flow_struct")
        self._module = lib.dissector_init(checker)
        if self._module == ffi.NULL:
            raise EngineError("nDPI refuses the size of its flow: headers and library differ")
        self.module = pointer(self._module)
        for protocol, parameter in UNUSED:
            self._disable(protocol, parameter)
        if not fingerprints:
            self._disable(None, b"metadata.tcp_fingerprint")
        lib.dissector_configure(self._module)
        count = _function("ndpi_get_num_protocols", ctypes.c_uint)
        if count(ctypes.c_void_p(self.module)) > MOST_PROTOCOLS:
            raise EngineError("nDPI has more protocols than this agent can number")

    def _disable(self, protocol: bytes | None, parameter: bytes) -> None:
        configure = _function("ndpi_set_config", ctypes.c_int)
        if configure(ctypes.c_void_p(self.module), protocol, parameter, b"disable") != 0:
            raise EngineError(f"nDPI does not know its parameter {parameter.decode()}")

    def close(self) -> None:
        """Free the module; flows made with it must be gone before."""
        if self.module:
            lib.dissector_cleanup(self._module)
            self.module = 0

    def application(self, master: int, application: int) -> str:
        """Return nDPI's name of a pair of protocols, as ``TLS.Google``."""
        buffer = ctypes.create_string_buffer(64)
        packed = master | application << 16  # struct of two uint16, passed in a register
        name = _function("ndpi_protocol2name", ctypes.c_char_p)
        name(ctypes.c_void_p(self.module), ctypes.c_uint32(packed), buffer, 64)
        return buffer.value.decode("utf-8", "replace")

    def category(self, category: int) -> str:
        """Return the name of a category."""
        name = _function("ndpi_category_get_name", ctypes.c_char_p)
        return _text(name(ctypes.c_void_p(self.module), category))


@cache
def _function(name: str, result: Any) -> Any:
    function = getattr(library, name)
    function.restype = result
    return function


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def breed(number: int) -> str:
    """Return nDPI's name of a breed."""
    return _text(_function("ndpi_get_proto_breed_name", ctypes.c_char_p)(number))


def confidence(number: int) -> str:
    """Return nDPI's name of a confidence."""
    return _text(_function("ndpi_confidence_get_name", ctypes.c_char_p)(number))


def risk(number: int) -> str:
    """Return nDPI's text of a risk (its bit in the bitmap)."""
    return _text(_function("ndpi_risk2str", ctypes.c_char_p)(number))


def http_method(number: int) -> str:
    """Return the name of an HTTP method."""
    return _text(_function("ndpi_http_method2str", ctypes.c_char_p)(number))


def os_hint(number: int) -> str:
    """Return the name of an operating system guessed from the TCP fingerprint."""
    return _text(_function("ndpi_print_os_hint", ctypes.c_char_p)(number))


def cipher(number: int) -> str:
    """Return the IANA name of a TLS cipher suite, or its number in hexadecimal."""
    unknown = ctypes.create_string_buffer(8)
    return _text(_function("ndpi_cipher2str", ctypes.c_char_p)(number, unknown))


def tls_version(number: int) -> str:
    """Return the name of a TLS or DTLS version, as ``TLSv1.3``."""
    buffer, unknown = ctypes.create_string_buffer(16), ctypes.c_uint8()
    name = _function("ndpi_ssl_version2str", ctypes.c_char_p)
    return _text(name(buffer, 16, ctypes.c_uint16(number), ctypes.byref(unknown)))


def service_ports(dissector: Dissector) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return, per port, whether a server listens there: bit 0 TCP, bit 1 UDP.

    A service's port is below 1024 (RFC 6335's system ports) or one of nDPI's default ports.
    """
    table = np.zeros(65536, np.uint8)
    table[1:1024] = 3
    defaults = _function("ndpi_get_proto_defaults", ctypes.c_void_p)
    count = _function("ndpi_get_num_protocols", ctypes.c_uint)(ctypes.c_void_p(dissector.module))
    protocols = ffi.cast(
        "struct ndpi_proto_defaults *", defaults(ctypes.c_void_p(dissector.module))
    )
    for index in range(count):
        for bit, ranges in (
            (1, protocols[index].tcp_default_ports),
            (2, protocols[index].udp_default_ports),
        ):
            for ports in ranges:
                if ports.port_high - ports.port_low < 256:  # wider ones name no service
                    table[ports.port_low : ports.port_high + 1] |= bit
    table[0] = 0
    return table
