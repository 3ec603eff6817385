"""The condition language as the parameter ``q``; who has the language registers it here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from monitoring.history.flows import Condition

#: Reads a text; raises ValueError naming what is wrong and where.
Reader = Callable[[str], Condition]

_READERS: Final[dict[str, Reader]] = {}


def register(frame: str, reader: Reader) -> None:
    """Let the conditions on a frame be read so."""
    _READERS[frame] = reader


def read_condition(frame: str, text: str) -> Condition:
    """Return the condition; raises ValueError naming what is wrong and where."""
    return _READERS[frame](text)


@extend_schema_field(OpenApiTypes.STR)
class ConditionField(serializers.CharField):
    """A condition on flows, as ``application = 'DNS' AND bits_per_second > 1e6``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=4000,
            help_text="A condition in the condition language, as "
            "`application = 'TLS' AND in_network(client, '10.0.0.0/8')`.",
            **kwargs,
        )

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the condition."""
        text = super().run_validation(data)
        try:
            return read_condition("flow", text)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error
