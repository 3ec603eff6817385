"""The cast of users."""

from tests.monitoring.conftest import cast as cast
