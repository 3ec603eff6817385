"""Interfaces over REST."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.generics import RetrieveAPIView

from monitoring.api.fields import InterfaceField
from monitoring.api.lists import (
    ModelListView,
    Query,
    WithinLimits,
    list_schema,
    one_schema,
    ordering_field,
)
from monitoring.models import Interface


class InterfaceQuery(Query):
    """Which interfaces."""

    interface = InterfaceField(required=False, help_text="Name or number.")
    agent = serializers.CharField(required=False, help_text="The agent's name.")
    kind = serializers.CharField(required=False, help_text="As live, pcap or demonstration.")
    since = serializers.DateTimeField(required=False, help_text="Last seen at or after.")
    until = serializers.DateTimeField(required=False, help_text="Last seen at or before.")
    ordering = ordering_field("id", "name", "first_seen", default="name")


class InterfaceSerializer(serializers.ModelSerializer[Interface]):
    """Where an agent observes."""

    agent = serializers.CharField(source="agent.name")

    class Meta:
        """Every column."""

        model = Interface
        fields = ["id", "name", "kind", "agent", "first_seen", "last_seen", "counters"]


@list_schema(InterfaceQuery, InterfaceSerializer)
class InterfaceList(WithinLimits, ModelListView):
    """Interfaces."""

    interface_column = "id"

    queryset = Interface.objects.select_related("agent")
    query_class = InterfaceQuery
    serializer_class = InterfaceSerializer
    orderings = {"id": "id", "name": "name", "first_seen": "first_seen"}

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the interfaces that the parameters leave."""
        exact = {
            "id__in": query.get("interface"),
            "agent__name": query.get("agent"),
            "kind": query.get("kind"),
            "last_seen__gte": query.get("since"),
            "last_seen__lte": query.get("until"),
        }
        return rows.filter(**{name: value for name, value in exact.items() if value is not None})


@one_schema("interface")
class InterfaceOne(WithinLimits, RetrieveAPIView[Interface]):
    """One interface."""

    interface_column = "id"

    queryset = Interface.objects.select_related("agent")
    serializer_class = InterfaceSerializer
