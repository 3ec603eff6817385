"""The ledger over REST."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from capture_agent.schema import FRAMES
from monitoring.api.fields import InterfaceField
from monitoring.api.lists import ModelListView, Query, WithinLimits, list_schema, ordering_field
from monitoring.models import LedgerLine, Overflow


class LedgerQuery(Query):
    """Which lines."""

    interface = InterfaceField(required=False, help_text="Name or number.")
    agent = serializers.CharField(required=False, help_text="The agent's name.")
    session = serializers.UUIDField(required=False)
    frame = serializers.ChoiceField(choices=sorted(FRAMES), required=False)
    since = serializers.DateTimeField(required=False, help_text="Received at or after.")
    until = serializers.DateTimeField(required=False, help_text="Received at or before.")
    ordering = ordering_field("id", "received_at", default="-id")


class LedgerLineSerializer(serializers.ModelSerializer[LedgerLine]):
    """A batch: rows = stored + refused; sent again it only counts in `repeated`."""

    agent = serializers.CharField(source="agent.name")
    interface = serializers.CharField(source="interface.name")

    class Meta:
        """Every column."""

        model = LedgerLine
        fields = [
            "id",
            "agent",
            "session",
            "sequence",
            "interface",
            "frame",
            "received_at",
            "rows",
            "stored",
            "refused",
            "refused_by_reason",
            "repeated",
            "findings",
            "milliseconds",
        ]


@list_schema(LedgerQuery, LedgerLineSerializer)
class LedgerList(WithinLimits, ModelListView):
    """Lines of the ledger."""

    queryset = LedgerLine.objects.select_related("agent", "interface")
    query_class = LedgerQuery
    serializer_class = LedgerLineSerializer
    orderings = {"id": "id", "received_at": "received_at"}

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the lines that the parameters leave."""
        exact = {
            "interface__in": query.get("interface"),
            "agent__name": query.get("agent"),
            "session": query.get("session"),
            "frame": query.get("frame"),
            "received_at__gte": query.get("since"),
            "received_at__lte": query.get("until"),
        }
        return rows.filter(**{name: value for name, value in exact.items() if value is not None})


class OverflowQuery(Query):
    """Which counts."""

    interface = InterfaceField(required=False, help_text="Name or number.")
    since = serializers.DateTimeField(required=False, help_text="Counted at or after.")
    until = serializers.DateTimeField(required=False, help_text="Counted at or before.")
    ordering = ordering_field("id", "noted_at", default="-id")


class OverflowSerializer(serializers.ModelSerializer[Overflow]):
    """So many hosts or keys of roll-ups got no line of their own, by the bound that they met."""

    interface = serializers.CharField(source="interface.name")

    class Meta:
        """Every column."""

        model = Overflow
        fields = ["id", "interface", "noted_at", "bound", "count"]


@list_schema(OverflowQuery, OverflowSerializer)
class OverflowList(WithinLimits, ModelListView):
    """What was more than the bounds allow."""

    queryset = Overflow.objects.select_related("interface")
    query_class = OverflowQuery
    serializer_class = OverflowSerializer
    orderings = {"id": "id", "noted_at": "noted_at"}

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the counts that the parameters leave."""
        exact = {
            "interface__in": query.get("interface"),
            "noted_at__gte": query.get("since"),
            "noted_at__lte": query.get("until"),
        }
        return rows.filter(**{name: value for name, value in exact.items() if value is not None})
