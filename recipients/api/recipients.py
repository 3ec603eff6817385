"""Recipients over REST."""

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

from checks.parameters import ParameterError, parameters_of
from monitoring.api.lists import Query, list_schema, ordering_field
from monitoring.api.permissions import ChangePermissions
from monitoring.api.writing import CheckedSerializer, OneView, WritableListView
from recipients import outbox, trial
from recipients.api.endpoints import TestSerializer, test_answer
from recipients.models import Endpoint, Recipient


class RecipientQuery(Query):
    """Which recipients."""

    endpoint = serializers.IntegerField(required=False)
    ordering = ordering_field("id", "name", default="name")


class RecipientSerializer(CheckedSerializer):
    """A recipient; times are in seconds unless named otherwise."""

    endpoint = serializers.PrimaryKeyRelatedField(queryset=Endpoint.objects.all())
    enabled = serializers.BooleanField(source="is_enabled", required=False, default=True)
    parameters = serializers.DictField(required=False, help_text="The addressee's, by the kind.")

    class Meta:
        """All that is set in the admin."""

        model = Recipient
        fields = [
            *("id", "name", "endpoint", "parameters", "enabled", "is_builtin"),
            *("minimum_severity", "categories", "families", "checks", "pools", "interfaces"),
            *("networks", "tell_engaged", "tell_released", "tell_acknowledged", "hours", "zone"),
            *("mode", "group_by", "wait_seconds", "interval_seconds", "quiet_seconds"),
            *("repeat_seconds", "messages_per_hour", "give_up_hours", "subject_template"),
            *("body_template", "created_at"),
        ]
        read_only_fields = ["is_builtin"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse the addressee's parameters by name, then what the model refuses."""
        if self.instance and self.instance.is_builtin:
            raise ValidationError({"detail": "The interface itself has nothing to set."})
        endpoint = attrs["endpoint"] if "endpoint" in attrs else self.endpoint_before()
        before = self.instance.parameters if self.instance else {}
        to = endpoint.service_class.To
        try:
            typed = to.of({**before, **attrs.get("parameters", {})})
        except ParameterError as error:
            raise ValidationError({"parameters": error.reasons}) from error
        about = parameters_of(to)
        attrs["parameters"] = {name: about[name].dump(getattr(typed, name)) for name in about}
        return super().validate(attrs)

    def endpoint_before(self) -> Endpoint:
        """Return the endpoint of the recipient that is changed."""
        before: Any = self.instance
        found: Endpoint = before.endpoint
        return found

    def save(self, **how: Any) -> Any:
        """Save; what was held back is decided anew."""
        saved = super().save(**how)
        outbox.recheck_soon(timezone.now())
        return saved


@list_schema(RecipientQuery, RecipientSerializer)
class RecipientList(WritableListView):
    """Recipients; POST adds one."""

    queryset = Recipient.objects.prefetch_related("pools", "interfaces")
    query_class = RecipientQuery
    serializer_class = RecipientSerializer
    orderings = {"id": "id", "name": "name"}

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the recipients that the parameters leave."""
        return rows.filter(endpoint=query["endpoint"]) if "endpoint" in query else rows


class RecipientOne(OneView):
    """One recipient."""

    queryset = Recipient.objects.prefetch_related("pools", "interfaces")
    serializer_class = RecipientSerializer

    def may_delete(self, instance: Any) -> bool:
        """Return False for the interface itself."""
        return not instance.is_builtin


class RecipientTest(GenericAPIView[Recipient]):
    """Really sends a test to a recipient."""

    queryset = Recipient.objects.select_related("endpoint")
    permission_classes = [ChangePermissions]
    serializer_class = TestSerializer

    @extend_schema(request=None, responses=TestSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Send, and return what the service answered."""
        to = self.get_object()
        if to.is_builtin:
            raise ValidationError({"detail": "There is nothing to send: alerts are on the pages."})
        return test_answer(trial.test_recipient(to, timezone.now()))
