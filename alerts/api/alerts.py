"""Alerts over REST: read, and acted upon."""

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

from alerts import actions
from alerts.chosen import ORDERINGS, STATES, AlertFilter, with_comments
from alerts.models import Alert, AlertEvent
from alerts.severity import Severity
from checks.base import Family
from monitoring.api.fields import InterfaceField, PlaceField
from monitoring.api.lists import (
    ModelListView,
    Query,
    WithinLimits,
    list_schema,
    one_schema,
    ordering_field,
)
from monitoring.api.permissions import ChangePermissions
from monitoring.api.typed import Typed


class AlertQuery(Query):
    """Which alerts."""

    check = serializers.SlugField(required=False, help_text="A check's key, as syn_flood.")
    family = serializers.ChoiceField(choices=[str(f) for f in Family], required=False)
    state = serializers.ChoiceField(
        choices=list(STATES), required=False, help_text="`open` is engaged and not acknowledged."
    )
    severity = serializers.ChoiceField(choices=[str(s) for s in Severity], required=False)
    host = PlaceField(required=False, help_text="Address or network of either end.")
    interface = InterfaceField(required=False, help_text="Name or number.")
    since = serializers.DateTimeField(required=False, help_text="Last seen at or after.")
    until = serializers.DateTimeField(required=False, help_text="First seen at or before.")
    min_score = serializers.IntegerField(required=False, min_value=0)
    search = serializers.CharField(required=False, help_text="In entity, message or check.")
    ordering = ordering_field(*ORDERINGS, default="-id")


class EventSerializer(serializers.ModelSerializer[AlertEvent]):
    """A line of the timeline."""

    user = serializers.CharField(source="user.username", default=None, allow_null=True)

    class Meta:
        """What happened, when, and by whom."""

        model = AlertEvent
        fields = ["id", "kind", "at", "user", "text", "count", "score"]


class AlertSerializer(serializers.ModelSerializer[Alert]):
    """An alert. Times of packets are first_seen and last_seen, the others the clock's."""

    check = serializers.CharField(source="check_key")
    interface = serializers.CharField(source="interface.name", default=None, allow_null=True)
    acknowledged = serializers.BooleanField(source="is_acknowledged")
    acknowledged_by = serializers.CharField(
        source="acknowledged_by.username", default=None, allow_null=True
    )
    comments = EventSerializer(source="said", many=True)

    class Meta:
        """All that an operator may want to know."""

        model = Alert
        fields = [
            *("id", "check", "family", "entity", "interface", "client", "client_port", "server"),
            *("server_port", "vlan", "score", "severity", "state", "count", "first_seen"),
            *("last_seen", "engaged_at", "released_at", "message", "values", "flows", "attacker"),
            *("victim", "attack", "acknowledged", "acknowledged_at", "acknowledged_by", "comments"),
        ]


class OneAlertSerializer(AlertSerializer):
    """An alert with its timeline."""

    timeline = EventSerializer(source="events", many=True)

    class Meta(AlertSerializer.Meta):
        """The timeline beside the rest."""

        fields = [*AlertSerializer.Meta.fields, "timeline"]


class Chosen(WithinLimits):
    """Alerts, narrowed by either end."""

    address_columns = ("client", "server")


@list_schema(AlertQuery, AlertSerializer)
class AlertList(Chosen, ModelListView):
    """Alerts, newest first."""

    queryset = with_comments(Alert.objects.all())
    query_class = AlertQuery
    serializer_class = AlertSerializer
    orderings = ORDERINGS

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the alerts that the parameters leave."""
        asked = {name: query[name] for name in query if name in AlertFilter.__dataclass_fields__}
        return AlertFilter(**asked, interfaces=query.get("interface")).narrow(rows)


@one_schema("alert")
class AlertOne(Chosen, RetrieveAPIView[Alert]):
    """One alert."""

    queryset = with_comments(Alert.objects.all())
    serializer_class = OneAlertSerializer


class CommentSerializer(Typed):
    """What a user says."""

    comment = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=actions.MAX_COMMENT
    )


class BulkSerializer(CommentSerializer):
    """Several alerts, and what a user says of them."""

    ids = serializers.ListField(child=serializers.IntegerField(min_value=1), max_length=1000)


class AcknowledgedSerializer(serializers.Serializer[Any]):
    """The ids of those that nobody had acknowledged before."""

    acknowledged = serializers.ListField(child=serializers.IntegerField())


class Act(Chosen, GenericAPIView[Alert]):
    """Does something to one alert and returns it."""

    queryset = with_comments(Alert.objects.all())
    permission_classes = [ChangePermissions]
    serializer_class = CommentSerializer

    @extend_schema(request=CommentSerializer, responses=OneAlertSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Act, and return the alert as it is now."""
        form = CommentSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        alert = self.get_object()
        try:
            self.act(request.user, alert.pk, form.validated_data["comment"])
        except ValueError as error:
            raise ValidationError({"comment": [str(error).removeprefix("comment: ")]}) from error
        return Response(OneAlertSerializer(self.get_object()).data)

    def act(self, user: Any, pk: int, comment: str) -> None:
        """Do it; raises ValueError naming what is wrong with the comment."""
        raise NotImplementedError


class Acknowledge(Act):
    """Says that the user knows of it."""

    def act(self, user: Any, pk: int, comment: str) -> None:
        """Acknowledge, with the comment if there is one."""
        actions.acknowledge(user, [pk], timezone.now(), comment)


class Comment(Act):
    """Adds a comment."""

    def act(self, user: Any, pk: int, comment: str) -> None:
        """Add the comment."""
        actions.comment(user, [pk], timezone.now(), comment)


class Release(Act):
    """Ends an alert; a finding that comes later engages a new one."""

    def act(self, user: Any, pk: int, comment: str) -> None:
        """Release, and say why if the user did."""
        if comment:
            actions.comment(user, [pk], timezone.now(), comment)
        actions.release(user, [pk], timezone.now())


class AcknowledgeMany(Chosen, GenericAPIView[Alert]):
    """Says that the user knows of several alerts."""

    queryset = Alert.objects.all()
    permission_classes = [ChangePermissions]
    serializer_class = BulkSerializer

    @extend_schema(
        operation_id="alerts_acknowledge_many",
        request=BulkSerializer,
        responses=AcknowledgedSerializer,
    )
    def post(self, request: Request) -> Response:
        """Return the ids of those that nobody had acknowledged before."""
        form = BulkSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        ids, said = form.validated_data["ids"], form.validated_data["comment"]
        known = list(self.get_queryset().filter(pk__in=ids).values_list("pk", flat=True))
        try:
            changed = actions.acknowledge(request.user, known, timezone.now(), said)
        except ValueError as error:
            raise ValidationError({"comment": [str(error).removeprefix("comment: ")]}) from error
        return Response({"acknowledged": [alert.pk for alert in changed]})
