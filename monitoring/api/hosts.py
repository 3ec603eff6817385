"""Hosts over REST."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.generics import RetrieveAPIView

from monitoring.api.fields import InterfaceField, PlaceField
from monitoring.api.lists import (
    ModelListView,
    Query,
    WithinLimits,
    list_schema,
    one_schema,
    ordering_field,
)
from monitoring.history.addresses import within
from monitoring.history.hosts import ORDERINGS, hosts_with_bytes
from monitoring.models import Host


class HostQuery(Query):
    """Which hosts."""

    interface = InterfaceField(required=False, help_text="Name or number.")
    host = PlaceField(required=False, help_text="Address or network.")
    local = serializers.BooleanField(required=False, default=None, allow_null=True)
    vlan = serializers.IntegerField(required=False, min_value=0, max_value=4095)
    since = serializers.DateTimeField(required=False, help_text="Last seen at or after.")
    until = serializers.DateTimeField(required=False, help_text="Last seen at or before.")
    min_score = serializers.IntegerField(required=False, min_value=0)
    ordering = ordering_field(*ORDERINGS, default="-last_seen")


class HostSerializer(serializers.ModelSerializer[Host]):
    """A host: an address on an interface and VLAN."""

    interface = serializers.CharField(source="interface.name")
    local = serializers.BooleanField(source="is_local")
    bytes = serializers.IntegerField()
    pool = serializers.CharField(source="pool.name", default=None, allow_null=True)

    class Meta:
        """Every column, by the names of the domain."""

        model = Host
        fields = [
            "id",
            "address",
            "vlan",
            "interface",
            "name",
            "mac",
            "mac_vendor",
            "local",
            "pool",
            "country",
            "asn",
            "as_name",
            "city",
            "bytes",
            "bytes_sent",
            "bytes_received",
            "packets_sent",
            "packets_received",
            "flows_as_client",
            "flows_as_server",
            "score",
            "first_seen",
            "last_seen",
        ]


class AllHosts:
    """All hosts with the sum of their bytes."""

    def get_queryset(self) -> QuerySet[Host]:
        """Return them."""
        return hosts_with_bytes()


@list_schema(HostQuery, HostSerializer)
class HostList(WithinLimits, AllHosts, ModelListView):
    """Hosts."""

    queryset = Host.objects.none()
    address_columns = ("address",)
    query_class = HostQuery
    serializer_class = HostSerializer
    orderings = ORDERINGS

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the hosts that the parameters leave."""
        exact = {
            "interface__in": query.get("interface"),
            "is_local": query.get("local"),
            "vlan": query.get("vlan"),
            "last_seen__gte": query.get("since"),
            "last_seen__lte": query.get("until"),
            "score__gte": query.get("min_score"),
        }
        rows = rows.filter(**{name: value for name, value in exact.items() if value is not None})
        return rows.filter(within("address", query["host"])) if "host" in query else rows


@one_schema("host")
class HostOne(WithinLimits, AllHosts, RetrieveAPIView[Host]):
    """One host."""

    queryset = Host.objects.none()
    address_columns = ("address",)
    serializer_class = HostSerializer
