"""X.509 certificates (RFC 5280) in DER, as a server shows them. The signatures are noise.

Nobody who looks at a capture can verify a chain without its root; names, dates, key and extensions
are what an observer reads.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_COMMON_NAME, _COUNTRY, _ORGANISATION = b"\x55\x04\x03", b"\x55\x04\x06", b"\x55\x04\x0a"
_SUBJECT_ALT_NAME = b"\x55\x1d\x11"
_SHA256_WITH_RSA = bytes.fromhex("2a864886f70d01010b")
_RSA = bytes.fromhex("2a864886f70d010101")


@dataclass(frozen=True)
class Name:
    """A distinguished name of the three usual parts."""

    common_name: str
    organisation: str
    country: str = "US"

    def der(self) -> bytes:
        """Return the name as a DER sequence."""
        parts = (
            (_COUNTRY, 0x13, self.country),
            (_ORGANISATION, 0x0C, self.organisation),
            (_COMMON_NAME, 0x0C, self.common_name),
        )
        return _sequence(
            *(_tag(0x31, _sequence(_oid(o), _tag(t, v.encode()))) for o, t, v in parts)
        )


def certificate(
    subject: Name,
    issuer: Name,
    now: datetime,
    *,
    valid_from: timedelta = timedelta(days=-40),
    valid_until: timedelta = timedelta(days=320),
    alternative_names: tuple[str, ...] = (),
) -> bytes:
    """Return a certificate in DER whose validity is given relative to ``now``."""
    seed = f"{subject}{issuer}{alternative_names}"
    names = alternative_names or (subject.common_name,)
    inner = _sequence(
        _tag(0xA0, _integer(2)),
        _integer(int.from_bytes(_noise(seed, 16), "big") >> 1),
        _sequence(_oid(_SHA256_WITH_RSA), b"\x05\0"),
        issuer.der(),
        _sequence(_time(now + valid_from), _time(now + valid_until)),
        subject.der(),
        _public_key(seed),
        _tag(0xA3, _sequence(_alternatives(names))),
    )
    signature = _tag(0x03, b"\0" + _noise(seed + "signature", 256))
    return _sequence(inner, _sequence(_oid(_SHA256_WITH_RSA), b"\x05\0"), signature)


def _alternatives(names: tuple[str, ...]) -> bytes:
    entries = _sequence(*(_tag(0x82, name.encode()) for name in names))
    return _sequence(_oid(_SUBJECT_ALT_NAME), _tag(0x04, entries))


def _public_key(seed: str) -> bytes:
    modulus = int.from_bytes(b"\xc1" + _noise(seed + "key", 255), "big") | 1
    key = _sequence(_integer(modulus), _integer(65_537))
    return _sequence(_sequence(_oid(_RSA), b"\x05\0"), _tag(0x03, b"\0" + key))


def _noise(seed: str, size: int) -> bytes:
    return hashlib.shake_128(seed.encode()).digest(size)


def _tag(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def _sequence(*parts: bytes) -> bytes:
    return _tag(0x30, b"".join(parts))


def _oid(encoded: bytes) -> bytes:
    return _tag(0x06, encoded)


def _integer(value: int) -> bytes:
    return _tag(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _time(moment: datetime) -> bytes:
    return _tag(0x17, moment.astimezone(UTC).strftime("%y%m%d%H%M%SZ").encode())
