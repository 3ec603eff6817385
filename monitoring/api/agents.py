"""Agents over REST: read, made, switched off."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import RetrieveUpdateAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from monitoring.api.lists import ModelListView, Query, list_schema, one_schema, ordering_field
from monitoring.api.typed import Typed
from monitoring.models import Agent


class AgentQuery(Query):
    """Which agents."""

    since = serializers.DateTimeField(required=False, help_text="Last seen at or after.")
    until = serializers.DateTimeField(required=False, help_text="Last seen at or before.")
    ordering = ordering_field("id", "name", "created_at", default="name")


class AgentSerializer(Typed, serializers.ModelSerializer[Agent]):
    """A process that observes. Its token is shown by the answer that makes it, and never again."""

    class Meta:
        """Name and switch may be written."""

        model = Agent
        fields = [
            "id",
            "name",
            "is_enabled",
            "created_at",
            "last_seen_at",
            "address",
            "version",
            "session",
            "clock_skew_ms",
            "counters",
        ]
        read_only_fields = fields[3:]


class NewAgentSerializer(AgentSerializer):
    """A new agent with its token."""

    token = serializers.CharField(read_only=True, help_text="Shown once.")

    class Meta(AgentSerializer.Meta):
        """The token beside the rest."""

        fields = [*AgentSerializer.Meta.fields, "token"]


@list_schema(AgentQuery, AgentSerializer)
class AgentList(ModelListView):
    """Agents."""

    queryset = Agent.objects.all()
    query_class = AgentQuery
    serializer_class = AgentSerializer
    orderings = {"id": "id", "name": "name", "created_at": "created_at"}

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the agents that the parameters leave."""
        exact = {"last_seen_at__gte": query.get("since"), "last_seen_at__lte": query.get("until")}
        return rows.filter(**{name: value for name, value in exact.items() if value is not None})

    @extend_schema(request=AgentSerializer, responses={201: NewAgentSerializer})
    def post(self, request: Request) -> Response:
        """Make an agent and return it with its token."""
        form = AgentSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        agent = Agent(**form.validated_data)
        token = agent.renew_token()
        agent.save()
        answer = {**AgentSerializer(agent).data, "token": token}
        return Response(answer, status=status.HTTP_201_CREATED)


@one_schema("agent")
class AgentOne(RetrieveUpdateAPIView[Agent]):
    """One agent."""

    queryset = Agent.objects.all()
    serializer_class = AgentSerializer
    http_method_names = ["get", "head", "options", "patch"]
