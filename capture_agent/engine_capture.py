"""Captures: files and network cards opened by the engine's libpcap, with errors to act on."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Final

from capture_agent.engine import library

_pcap = library
_ERROR_SIZE: Final = 256  # PCAP_ERRBUF_SIZE

for _name, _result, _arguments in (
    ("pcap_fopen_offline", ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p]),
    ("pcap_create", ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_char_p]),
    ("pcap_activate", ctypes.c_int, [ctypes.c_void_p]),
    ("pcap_close", None, [ctypes.c_void_p]),
    ("pcap_breakloop", None, [ctypes.c_void_p]),
    ("pcap_datalink", ctypes.c_int, [ctypes.c_void_p]),
    ("pcap_datalink_val_to_name", ctypes.c_char_p, [ctypes.c_int]),
    ("pcap_geterr", ctypes.c_char_p, [ctypes.c_void_p]),
    ("pcap_statustostr", ctypes.c_char_p, [ctypes.c_int]),
    ("pcap_set_buffer_size", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int]),
    ("pcap_set_timeout", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int]),
    ("pcap_set_promisc", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int]),
    ("pcap_set_snaplen", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int]),
    ("pcap_setnonblock", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p]),
    ("pcap_get_selectable_fd", ctypes.c_int, [ctypes.c_void_p]),
    ("pcap_stats", ctypes.c_int, [ctypes.c_void_p, ctypes.c_void_p]),
    ("pcap_next_ex", ctypes.c_int, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]),
    ("pcap_setfilter", ctypes.c_int, [ctypes.c_void_p, ctypes.c_void_p]),
    ("pcap_freecode", None, [ctypes.c_void_p]),
    (
        "pcap_compile",
        ctypes.c_int,
        [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint32],
    ),
):
    _function = getattr(_pcap, _name)
    _function.restype, _function.argtypes = _result, _arguments

_libc = ctypes.CDLL(None, use_errno=True)
_libc.fopen.restype, _libc.fopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_char_p]
_libc.fclose.argtypes = [ctypes.c_void_p]
_libc.setvbuf.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
_FULLY_BUFFERED: Final = 0  # _IOFBF
#: Bytes read of a file at once; the C library's own buffer is 4 KB, a call to the kernel each.
_READ_BYTES: Final = 1 << 18

#: Link types that the engine parses, by pcap's DLT numbers.
LINK_TYPES: Final = frozenset({0, 1, 9, 12, 14, 50, 104, 113, 127, 228, 229})
_NO_SUCH_DEVICE, _NO_PERMISSION, _IFACE_NOT_UP, _PROMISC_NO_PERMISSION = -5, -8, -9, -11
_SNAPLEN: Final = 65_535
_LIVE_TIMEOUT_MS: Final = 50  # how long the kernel may keep a block of packets


class CaptureError(OSError):
    """A capture cannot be opened or read; the text is one line that names it and what to do."""


class _Stats(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint) for name in ("received", "dropped", "dropped_by_interface")]


class Capture:
    """An open libpcap handle. ``header`` is where libpcap keeps the current packet's header.

    ``buffer`` is memory that the handle reads through, kept as long as the handle.
    """

    def __init__(self, handle: int, name: str, buffer: object = None) -> None:
        self.handle, self.name = handle, name
        self._buffer = buffer
        self.header = self._find_header()

    def _find_header(self) -> int:
        """Return the address of the handle's one packet header, without consuming a packet.

        A broken loop makes the next read return at once, after it has told the header's place.
        """
        header, data = ctypes.c_void_p(), ctypes.c_void_p()
        _pcap.pcap_breakloop(self.handle)
        _pcap.pcap_next_ex(self.handle, ctypes.byref(header), ctypes.byref(data))
        return header.value or 0

    @property
    def error(self) -> str:
        """Libpcap's last error."""
        text: bytes = _pcap.pcap_geterr(self.handle)
        return text.decode("utf-8", "replace")

    @property
    def descriptor(self) -> int:
        """The file descriptor to wait on for packets; -1 where there is none."""
        return int(_pcap.pcap_get_selectable_fd(self.handle))

    def drops(self) -> int:
        """Return the packets that the kernel dropped since the capture began."""
        stats = _Stats()
        _pcap.pcap_stats(self.handle, ctypes.byref(stats))
        return int(stats.dropped) + int(stats.dropped_by_interface)

    def close(self) -> None:
        """Close the handle; the capture is unusable then."""
        if self.handle:
            _pcap.pcap_close(self.handle)
            self.handle = 0


def open_file(path: str | os.PathLike[str], bpf: str = "") -> Capture:
    """Open a pcap or pcapng file; raises CaptureError."""
    name = os.fspath(path)
    _check_readable(Path(path))
    error = ctypes.create_string_buffer(_ERROR_SIZE)
    file = _libc.fopen(os.fsencode(path), b"rb")
    if not file:
        raise CaptureError(f"{name}: {os.strerror(ctypes.get_errno())}")
    buffer = ctypes.create_string_buffer(_READ_BYTES)
    _libc.setvbuf(file, buffer, _FULLY_BUFFERED, _READ_BYTES)
    handle = _pcap.pcap_fopen_offline(file, error)  # closes the file with itself
    if not handle:
        _libc.fclose(file)
        raise CaptureError(f"{name}: not a pcap or pcapng file ({error.value.decode()})")
    return _ready(handle, name, bpf, buffer)


def _check_readable(path: Path) -> None:
    if not path.exists():
        raise CaptureError(f"{path}: no such file")
    if path.is_dir():
        raise CaptureError(f"{path}: is a folder, not a capture file")
    if not os.access(path, os.R_OK):
        raise CaptureError(f"{path}: no permission to read it")
    if path.is_file() and path.stat().st_size == 0:
        raise CaptureError(f"{path}: is empty")


def open_live(interface: str, bpf: str = "", *, buffer: int = 64 << 20) -> Capture:
    """Open a network card, promiscuous and non-blocking; raises CaptureError.

    ``buffer`` is the kernel's ring for this capture in bytes.
    """
    error = ctypes.create_string_buffer(_ERROR_SIZE)
    handle = _pcap.pcap_create(interface.encode(), error)
    if not handle:
        raise CaptureError(f"{interface}: {error.value.decode()}")
    _pcap.pcap_set_buffer_size(handle, buffer)
    _pcap.pcap_set_timeout(handle, _LIVE_TIMEOUT_MS)
    _pcap.pcap_set_promisc(handle, 1)
    _pcap.pcap_set_snaplen(handle, _SNAPLEN)
    status = _pcap.pcap_activate(handle)
    if status < 0:
        message = _activation_error(interface, status, handle)
        _pcap.pcap_close(handle)
        raise CaptureError(message)
    _pcap.pcap_setnonblock(handle, 1, error)
    return _ready(handle, interface, bpf)


def _activation_error(interface: str, status: int, handle: int) -> str:
    if status in (_NO_PERMISSION, _PROMISC_NO_PERMISSION):
        return (
            f"{interface}: no permission to capture; run as root, or once: "
            "setcap cap_net_raw+ep $(readlink -f .venv/bin/python)"
        )
    if status == _NO_SUCH_DEVICE:
        return f"{interface}: no such network interface ({_interfaces()})"
    if status == _IFACE_NOT_UP:
        return f"{interface}: the interface is down; ip link set {interface} up"
    detail = _pcap.pcap_geterr(handle) or _pcap.pcap_statustostr(status)
    return f"{interface}: cannot capture: {detail.decode('utf-8', 'replace')}"


def _interfaces() -> str:
    folder = Path("/sys/class/net")
    names = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    return "there are " + ", ".join(names)


def _ready(handle: int, name: str, bpf: str, buffer: object = None) -> Capture:
    """Return the capture after its link type and filter were accepted; closes it otherwise."""
    try:
        _check_link_type(handle, name)
        if bpf:
            _set_filter(handle, name, bpf)
    except CaptureError:
        _pcap.pcap_close(handle)
        raise
    return Capture(handle, name, buffer)


def _check_link_type(handle: int, name: str) -> None:
    number = _pcap.pcap_datalink(handle)
    if number not in LINK_TYPES:
        text = (_pcap.pcap_datalink_val_to_name(number) or b"unknown").decode()
        raise CaptureError(f"{name}: link type {number} ({text}) is not supported")


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint), ("instructions", ctypes.c_void_p)]


def _set_filter(handle: int, name: str, bpf: str) -> None:
    program = _Program()
    if _pcap.pcap_compile(handle, ctypes.byref(program), bpf.encode(), 1, 0xFFFFFFFF) < 0:
        detail = _pcap.pcap_geterr(handle).decode("utf-8", "replace")
        raise CaptureError(f"{name}: filter {bpf!r} is not valid: {detail}")
    _pcap.pcap_setfilter(handle, ctypes.byref(program))
    _pcap.pcap_freecode(ctypes.byref(program))
