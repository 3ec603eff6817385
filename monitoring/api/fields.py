"""Parameters that name things: an interface, an application, a place in the network."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from monitoring.history.addresses import parse_place
from monitoring.models import Interface
from monitoring.protocols import l4_number


@extend_schema_field(OpenApiTypes.STR)
class InterfaceField(serializers.Field[list[int], str, str, Any]):
    """An interface's number or name; gives the ids of those that have it."""

    def to_internal_value(self, data: str) -> list[int]:
        """Return the ids; several agents may have an interface of one name."""
        if type(data) not in (str, int):  # a bool is an int
            raise serializers.ValidationError("Name or number of an interface.")
        data = str(data)
        wanted = Q(name=data)
        if data.isdecimal() and len(data) < 10:
            wanted |= Q(id=int(data))
        if not (ids := list(Interface.objects.filter(wanted).values_list("id", flat=True))):
            raise serializers.ValidationError(f"There is no interface {data!r}.")
        return ids

    def to_representation(self, value: list[int]) -> str:
        """Return the first id; parameters are only read."""
        return str(value[0])


@extend_schema_field(OpenApiTypes.STR)
class PlaceField(serializers.CharField):
    """An IPv4 or IPv6 address, or a network as 10.0.0.0/8."""

    def to_internal_value(self, data: Any) -> str:
        """Return the address in its usual form, or the network."""
        try:
            return str(parse_place(super().to_internal_value(data)))
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error


@extend_schema_field(OpenApiTypes.STR)
class L4Field(serializers.CharField):
    """An IP protocol's name, as TCP, or its number."""

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        """Return the number."""
        try:
            return l4_number(super().to_internal_value(data))
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error
