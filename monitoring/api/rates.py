"""How many calls a token or a user may make: counted in Redis, in steps of a minute."""

from __future__ import annotations

import logging
import time
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from redis import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

logger = logging.getLogger(__name__)

_STEP: Final = 60


class CallRate(BaseThrottle):
    """``API_CALLS_PER_MINUTE`` for each token, and for each user without one.

    What is over is answered 429 with Retry-After. While Redis does not answer nobody is counted.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the call and return whether it may be answered."""
        self.now = time.time()
        key = f"rate-{_caller(request)}-{int(self.now) // _STEP}"
        try:
            cache.add(key, 0, 2 * _STEP)
            count = cache.incr(key)
        except (RedisError, OSError, ValueError) as error:
            logger.warning("a call is not counted: %s", error)
            return True
        return bool(count <= settings.API_CALLS_PER_MINUTE)

    def wait(self) -> float:
        """Return the seconds to the next step."""
        return _STEP - self.now % _STEP


def _caller(request: Request) -> str:
    if request.auth is not None and (number := getattr(request.auth, "pk", None)):
        return f"token-{number}"
    number = getattr(request.user, "pk", None)
    return f"user-{number}" if number else f"address-{request.META.get('REMOTE_ADDR', '')}"
