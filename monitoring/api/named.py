"""What operators say of the network over REST: pools, local networks, blacklists."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from monitoring.api.lists import Query, list_schema, one_schema, ordering_field
from monitoring.api.writing import CheckedSerializer, OneView, WritableListView
from monitoring.enrichment.context import mac_number
from monitoring.history.addresses import parse_place
from monitoring.models import BlacklistSource, HostPool, HostPoolMember, LocalNetwork
from monitoring.protocols import mac_text


@extend_schema_field(OpenApiTypes.STR)
class MemberField(serializers.CharField):
    """An address, a network, or a MAC as 00:1b:63:84:45:e6."""

    def to_internal_value(self, data: Any) -> str:
        """Return it in its usual form."""
        text = super().to_internal_value(data).strip()
        number = mac_number(text)
        try:
            return mac_text(number) if number is not None else str(parse_place(text))
        except ValueError as error:
            said = f"{text!r} is no address, no network and no MAC."
            raise serializers.ValidationError(said) from error


class PoolQuery(Query):
    """Which pools."""

    search = serializers.CharField(required=False, help_text="In the name.")
    ordering = ordering_field("id", "name", default="name")


class PoolSerializer(CheckedSerializer):
    """A named set of hosts; ``members`` are addresses, networks and MACs."""

    members = serializers.ListField(child=MemberField(max_length=49), max_length=10_000)

    class Meta:
        """All of it."""

        model = HostPool
        fields = ["id", "name", "description", "members"]

    def validate_members(self, members: list[str]) -> list[str]:
        """Refuse what another pool has: a host is in one pool."""
        others = HostPoolMember.objects.filter(value__in=members)
        if self.instance is not None:
            others = others.exclude(pool=self.instance)
        if taken := others.select_related("pool").first():
            raise serializers.ValidationError(f"{taken.value} is in the pool {taken.pool.name!r}.")
        return list(dict.fromkeys(members))

    def to_representation(self, instance: HostPool) -> dict[str, Any]:
        """Return the pool."""
        return {
            "id": instance.pk,
            "name": instance.name,
            "description": instance.description,
            "members": [member.value for member in instance.members.all()],
        }

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> HostPool:
        """Make it with its members."""
        members = validated_data.pop("members")
        pool: HostPool = HostPool.objects.create(**validated_data)
        return self._filled(pool, members)

    @transaction.atomic
    def update(self, instance: HostPool, validated_data: dict[str, Any]) -> HostPool:
        """Change it; members that are given replace those before."""
        members = validated_data.pop("members", None)
        pool: HostPool = super().update(instance, validated_data)
        return pool if members is None else self._filled(pool, members)

    def _filled(self, pool: HostPool, members: list[str]) -> HostPool:
        pool.members.exclude(value__in=members).delete()
        known = set(pool.members.values_list("value", flat=True))
        HostPoolMember.objects.bulk_create(
            HostPoolMember(pool=pool, value=value) for value in members if value not in known
        )
        return HostPool.objects.prefetch_related("members").get(pk=pool.pk)


@list_schema(PoolQuery, PoolSerializer)
class PoolList(WritableListView):
    """Host pools; POST adds one."""

    queryset = HostPool.objects.prefetch_related("members")
    query_class = PoolQuery
    serializer_class = PoolSerializer
    orderings = {"id": "id", "name": "name"}

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the pools that the parameters leave."""
        return rows.filter(name__icontains=query["search"]) if "search" in query else rows


@one_schema("pool")
class PoolOne(OneView):
    """One host pool."""

    queryset = HostPool.objects.prefetch_related("members")
    serializer_class = PoolSerializer


class NetworkQuery(Query):
    """All of them."""

    ordering = ordering_field("id", "network", default="network")


class NetworkSerializer(CheckedSerializer):
    """A network whose hosts are local."""

    class Meta:
        """All of it."""

        model = LocalNetwork
        fields = ["id", "network", "name"]

    def validate_network(self, network: str) -> str:
        """Return the network in its usual form."""
        return str(ip_network(network))


@list_schema(NetworkQuery, NetworkSerializer)
class NetworkList(WritableListView):
    """Local networks; POST adds one."""

    queryset = LocalNetwork.objects.all()
    query_class = NetworkQuery
    serializer_class = NetworkSerializer
    orderings = {"id": "id", "network": "network"}


@one_schema("network")
class NetworkOne(OneView):
    """One local network."""

    queryset = LocalNetwork.objects.all()
    serializer_class = NetworkSerializer


class BlacklistQuery(Query):
    """Which blacklists."""

    enabled = serializers.BooleanField(required=False, default=None, allow_null=True)
    ordering = ordering_field("id", "name", default="name")


class BlacklistSerializer(CheckedSerializer):
    """A list of bad addresses or names. Once saved it is read within a minute."""

    enabled = serializers.BooleanField(source="is_enabled", required=False, default=True)

    class Meta:
        """What is read, and what came of it."""

        model = BlacklistSource
        fields = [
            *("id", "name", "location", "format", "category", "enabled", "refresh_seconds"),
            *("attempted_at", "refreshed_at", "entries", "refused", "error"),
        ]
        read_only_fields = ["attempted_at", "refreshed_at", "entries", "refused", "error"]

    def save(self, **how: Any) -> Any:
        """Save, and have the list read at the next round."""
        return super().save(**how, attempted_at=None)


@list_schema(BlacklistQuery, BlacklistSerializer)
class BlacklistList(WritableListView):
    """Blacklists; POST adds one."""

    queryset = BlacklistSource.objects.all()
    query_class = BlacklistQuery
    serializer_class = BlacklistSerializer
    orderings = {"id": "id", "name": "name"}

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the blacklists that the parameters leave."""
        enabled = query.get("enabled")
        return rows if enabled is None else rows.filter(is_enabled=enabled)


@one_schema("blacklist")
class BlacklistOne(OneView):
    """One blacklist."""

    queryset = BlacklistSource.objects.all()
    serializer_class = BlacklistSerializer
