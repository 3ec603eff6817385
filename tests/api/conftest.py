"""The cast, and nothing that leaves the machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from tests.monitoring.conftest import cast

__all__ = ["cast"]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@pytest.fixture
def call_rate_off(settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 10**9


@pytest.fixture
def stub_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name is looked up, no task begun: what is made up goes nowhere."""
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *args, **kwargs: None)
    real = socket.getaddrinfo

    def look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host in _LOOPBACK:
            return real(host, *args, **kwargs)
        raise socket.gaierror(socket.EAI_NONAME, "no names in tests")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture
def kept_connection() -> Iterator[None]:
    """Requests end without closing the test's connection, as those of Django's test client."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)
