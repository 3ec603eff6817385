"""Secrets at rest: Fernet, with a key derived from NTOPWEB_SECRET_KEY.

After a change of that key the old one goes into NTOPWEB_SECRET_KEY_FALLBACKS: what it sealed stays
readable, and is sealed with the new one when the endpoint is saved.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

#: Separates this use of the key from all others (RFC 5869).
_PURPOSE: Final = b"ntopweb recipients secrets 1"


class Sealed(ValueError):
    """Secrets that cannot be read with the keys there are."""


def _fernet(secret: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def _keys() -> MultiFernet:
    return MultiFernet(
        _fernet(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    )


def seal(values: Mapping[str, Any]) -> str:
    """Return the values encrypted; "" for none."""
    return _keys().encrypt(json.dumps(dict(values)).encode()).decode() if values else ""


def open_sealed(token: str) -> dict[str, Any]:
    """Return the values; raises Sealed when the key has changed."""
    if not token:
        return {}
    try:
        found = json.loads(_keys().decrypt(token.encode()))
    except InvalidToken:
        raise Sealed(
            "the secrets cannot be read: NTOPWEB_SECRET_KEY has changed; enter them again, or name "
            "the old key in NTOPWEB_SECRET_KEY_FALLBACKS"
        ) from None
    return dict(found)
