"""The platform itself over REST: what lives, what came, what is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from redis import RedisError
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from monitoring import heartbeat
from monitoring.history.agents import health_of
from monitoring.history.ledger import totals
from monitoring.models import Agent, FlowLive, Host, Interface, LedgerLine

_SPAN: Final = timedelta(hours=1)


class ReceivedSerializer(serializers.Serializer[Any]):
    """What batches brought in the last hour: rows = stored + refused."""

    batches = serializers.IntegerField()
    rows = serializers.IntegerField()
    stored = serializers.IntegerField()
    refused = serializers.IntegerField()
    repeated = serializers.IntegerField()
    findings = serializers.IntegerField()
    milliseconds = serializers.FloatField(allow_null=True, help_text="Mean time of a batch.")


class AgentStateSerializer(serializers.Serializer[Any]):
    """How an agent is."""

    name = serializers.CharField()
    level = serializers.ChoiceField(choices=["ok", "warning", "error", "off"])
    text = serializers.CharField()


class SystemSerializer(serializers.Serializer[Any]):
    """The platform."""

    time = serializers.DateTimeField()
    processes = serializers.DictField(
        child=serializers.BooleanField(), help_text="Which gave a sign of life lately."
    )
    agents = AgentStateSerializer(many=True)
    interfaces = serializers.IntegerField()
    hosts = serializers.IntegerField()
    active_flows = serializers.IntegerField()
    database_bytes = serializers.IntegerField()
    received = ReceivedSerializer()
    retention_days = serializers.DictField(child=serializers.FloatField())


class System(GenericAPIView[Any]):
    """The platform itself."""

    queryset = LedgerLine.objects.none()
    serializer_class = SystemSerializer

    @extend_schema(operation_id="system", responses=SystemSerializer)
    def get(self, request: Request) -> Response:
        """Return how the platform is now."""
        now = timezone.now()
        lines = LedgerLine.objects.filter(received_at__gte=now - _SPAN)
        said = {
            "time": now,
            "processes": _processes(),
            "agents": [_state(agent, now) for agent in Agent.objects.all()],
            "interfaces": Interface.objects.count(),
            "hosts": Host.objects.count(),
            "active_flows": FlowLive.objects.count(),
            "database_bytes": _database_bytes(),
            "received": totals(lines),
            "retention_days": settings.RETENTION_DAYS,
        }
        return Response(self.get_serializer(said).data)


def _processes() -> dict[str, bool]:
    try:
        alive = heartbeat.alive(heartbeat.PROCESSES)
    except (RedisError, OSError):
        alive = set()
    return {part: part in alive for part in heartbeat.PROCESSES}


def _state(agent: Agent, now: Any) -> dict[str, str]:
    health = health_of(agent, now)
    return {"name": agent.name, "level": health.level, "text": health.text}


def _database_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])
