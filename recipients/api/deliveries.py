"""Deliveries over REST: read with their attempts, and dead letters sent again."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from monitoring.api.lists import ModelListView, Query, list_schema, one_schema, ordering_field
from monitoring.api.permissions import ChangePermissions
from recipients import resending
from recipients.models import Attempt, Delivery


class DeliveryQuery(Query):
    """Which deliveries."""

    state = serializers.ChoiceField(choices=Delivery.State.choices, required=False)
    recipient = serializers.IntegerField(required=False)
    alert = serializers.IntegerField(required=False, help_text="That tell of this alert.")
    since = serializers.DateTimeField(required=False, help_text="Made at or after.")
    ordering = ordering_field("id", default="-id")


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """A delivery; ``key`` is the idempotency key that the service saw."""

    class Meta:
        """All but what it says."""

        model = Delivery
        fields = [
            *("id", "key", "recipient", "recipient_name", "endpoint_name", "reason", "state"),
            *("total", "severity", "created_at", "sent_at", "attempts", "outcome"),
        ]


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One try."""

    class Meta:
        """All of it."""

        model = Attempt
        fields = ["number", "started_at", "milliseconds", "outcome", "status", "answer"]


class OneDeliverySerializer(DeliverySerializer):
    """A delivery with its attempts and its alerts."""

    tries = AttemptSerializer(many=True)
    items = serializers.SerializerMethodField()

    class Meta(DeliverySerializer.Meta):
        """The attempts and the alerts beside the rest."""

        fields = [*DeliverySerializer.Meta.fields, "tries", "items"]

    def get_items(self, delivery: Delivery) -> list[dict[str, Any]]:
        """Return the alerts as they were told."""
        return list(delivery.content.get("items", []))


@list_schema(DeliveryQuery, DeliverySerializer)
class DeliveryList(ModelListView):
    """Deliveries, newest first."""

    queryset = Delivery.objects.defer("content")
    query_class = DeliveryQuery
    serializer_class = DeliverySerializer

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the deliveries that the parameters leave."""
        names = ("state", "recipient")
        exact: dict[str, Any] = {name: query[name] for name in names if name in query}
        if "since" in query:
            exact["created_at__gte"] = query["since"]
        if "alert" in query:
            told = Delivery.objects.filter(decisions__alert=query["alert"]).values("pk")
            exact["pk__in"] = told
        return rows.filter(**exact)


@one_schema("delivery")
class DeliveryOne(RetrieveAPIView[Delivery]):
    """One delivery with its attempts."""

    queryset = Delivery.objects.prefetch_related("tries")
    serializer_class = OneDeliverySerializer


class DeliveryResend(GenericAPIView[Delivery]):
    """Sends a dead letter again."""

    queryset = Delivery.objects.all()
    permission_classes = [ChangePermissions]
    serializer_class = DeliverySerializer

    @extend_schema(request=None, responses=DeliverySerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Put it into its queue and return it."""
        delivery = self.get_object()
        if not resending.resend(Delivery.objects.filter(pk=delivery.pk), timezone.now()):
            raise ValidationError({"detail": "Only a dead letter can be sent again."})
        delivery.refresh_from_db()
        return Response(self.get_serializer(delivery).data)
