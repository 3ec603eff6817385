"""nDPI's flow risks by the position of their bit. Source: nDPI 5.0, ``ndpi_risk_enum``."""

from __future__ import annotations

from typing import Final

#: The name of each risk; the index is the bit. Bit 0 means "no risk" and is never set.
NAMES: Final[tuple[str, ...]] = (
    "No risk",
    "Possible cross-site scripting",
    "Possible SQL injection",
    "Possible remote code execution",
    "Binary application transfer",
    "Known protocol on non-standard port",
    "Self-signed certificate",
    "Obsolete TLS version",
    "Weak TLS cipher",
    "Expired TLS certificate",
    "TLS certificate mismatch",
    "Suspicious HTTP user agent",
    "Numeric host name",
    "Suspicious URL",
    "Suspicious HTTP header",
    "TLS without HTTPS",
    "Suspicious DGA domain",
    "Malformed packet",
    "Obsolete SSH client",
    "Obsolete SSH server",
    "Insecure SMB version",
    "Protocol does not match address",
    "Unsafe protocol",
    "Suspicious DNS traffic",
    "Missing SNI",
    "Suspicious HTTP content",
    "Risky autonomous system",
    "Risky domain",
    "Malicious fingerprint",
    "Malicious certificate",
    "Desktop or file sharing",
    "Uncommon TLS ALPN",
    "TLS certificate valid too long",
    "Suspicious TLS extension",
    "Fatal TLS alert",
    "Suspicious entropy",
    "Clear-text credentials",
    "Large DNS packet",
    "Fragmented DNS message",
    "Invalid characters",
    "Possible exploit",
    "TLS certificate about to expire",
    "Punycode domain name",
    "Error code",
    "Crawler or bot",
    "Anonymous subscriber",
    "Unidirectional traffic",
    "Obsolete HTTP server",
    "Periodic flow",
    "Minor issues",
    "TCP connection issues",
    "Unresolved host name",
    "ALPN and SNI do not match",
    "Malware host contacted",
    "Binary data transfer",
    "Probing attempt",
    "Obfuscated traffic",
)


def risk_names(bitmap: int) -> list[str]:
    """Return the names of the risks in nDPI's bitmap; a bit without a name becomes "Risk <bit>".

    A bitmap read from a signed BIGINT may be negative: it is taken modulo 2^64.
    """
    bits = bitmap & (2**64 - 1)
    return [
        NAMES[bit] if bit < len(NAMES) else f"Risk {bit}" for bit in range(1, 64) if bits >> bit & 1
    ]
