"""Endpoints over REST; secrets are written, never read."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from checks.parameters import ParameterError
from monitoring.api.lists import Query, list_schema, ordering_field
from monitoring.api.permissions import ChangePermissions
from monitoring.api.typed import Typed
from monitoring.api.writing import OneView, WritableListView
from recipients import trial
from recipients.models import Endpoint
from recipients.registry import discover


class EndpointQuery(Query):
    """Which endpoints."""

    kind = serializers.ChoiceField(choices=list(discover()), required=False)
    enabled = serializers.BooleanField(required=False, default=None, allow_null=True)
    ordering = ordering_field("id", "name", default="name")


class EndpointSerializer(Typed, serializers.ModelSerializer[Endpoint]):
    """An endpoint. ``secrets_set`` names the secrets that it has."""

    kind = serializers.ChoiceField(choices=list(discover()))
    enabled = serializers.BooleanField(source="is_enabled", default=True)
    parameters = serializers.DictField(
        help_text="The kind's; a secret that is left out or empty stays as it is."
    )
    secrets_set = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        """All but the secrets."""

        model = Endpoint
        fields = [
            *("id", "name", "kind", "enabled", "parameters", "secrets_set", "refused_at"),
            *("refusal", "created_at", "updated_at"),
        ]
        read_only_fields = ["refused_at", "refusal"]

    def to_representation(self, instance: Endpoint) -> dict[str, Any]:
        """Return the endpoint with the names of its secrets."""
        instance.secrets_set = sorted(instance.has_secrets)  # type: ignore[attr-defined]
        return dict(super().to_representation(instance))

    def validate_kind(self, kind: str) -> str:
        """Refuse another kind for an endpoint that is there, and a second interface."""
        if self.instance and kind != self.instance.kind:
            raise ValidationError("The kind of an endpoint stays; make another.")
        if discover()[kind].is_interface and not self.instance:
            raise ValidationError("The interface itself is there already.")
        return kind

    def save(self, **how: Any) -> Endpoint:
        """Save; parameters that the kind refuses are said by name."""
        values = self.validated_data
        endpoint: Endpoint = self.instance or Endpoint(kind=values["kind"])
        try:
            endpoint.configure({**endpoint.parameters, **values.get("parameters", {})})
        except ParameterError as error:
            raise ValidationError({"parameters": error.reasons}) from error
        endpoint.name = values.get("name", endpoint.name)
        endpoint.is_enabled = values.get("is_enabled", endpoint.is_enabled)
        if endpoint.is_enabled:
            endpoint.refused_at, endpoint.refusal = None, ""
        endpoint.save()
        self.instance = endpoint
        return endpoint


@list_schema(EndpointQuery, EndpointSerializer)
class EndpointList(WritableListView):
    """Endpoints; POST adds one."""

    queryset = Endpoint.objects.all()
    query_class = EndpointQuery
    serializer_class = EndpointSerializer
    orderings = {"id": "id", "name": "name"}

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the endpoints that the parameters leave."""
        if query.get("kind"):
            rows = rows.filter(kind=query["kind"])
        if query.get("enabled") is not None:
            rows = rows.filter(is_enabled=query["enabled"])
        return rows


class EndpointOne(OneView):
    """One endpoint."""

    queryset = Endpoint.objects.all()
    serializer_class = EndpointSerializer

    def may_delete(self, instance: Any) -> bool:
        """Return False for the interface itself."""
        return not instance.service_class.is_interface


class TestSerializer(serializers.Serializer[Any]):
    """What came of a test."""

    sent = serializers.BooleanField()
    status = serializers.IntegerField(allow_null=True)
    answer = serializers.CharField()
    milliseconds = serializers.FloatField()


def test_answer(result: Any) -> Response:
    """Return what came of a test."""
    said = result.answer.text if result.answer else str(result.error)
    status = result.answer.status if result.answer else result.error.status
    return Response(
        {
            "sent": result.error is None,
            "status": status,
            "answer": said,
            "milliseconds": round(result.milliseconds, 1),
        }
    )


class EndpointTest(GenericAPIView[Endpoint]):
    """Really sends a test by an endpoint that needs no addressee."""

    queryset = Endpoint.objects.all()
    permission_classes = [ChangePermissions]
    serializer_class = TestSerializer

    @extend_schema(request=None, responses=TestSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Send, and return what the service answered."""
        endpoint = self.get_object()
        kind = endpoint.service_class
        if kind.is_interface or trial.needs_addressee(kind):
            raise ValidationError({"detail": "A test needs an addressee: test a recipient."})
        return test_answer(trial.test_endpoint(endpoint, timezone.now()))
