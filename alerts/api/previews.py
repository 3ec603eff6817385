"""What an exclusion would hide, before there is one."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.exclusion_preview import Preview, preview
from alerts.models import Alert
from checks.api.exclusions import ExclusionSerializer
from checks.exclusions import ExclusionError
from checks.models import Exclusion
from monitoring.api.permissions import ViewPermissions
from monitoring.patience import patiently


class CountSerializer(serializers.Serializer[Any]):
    """How many alerts of a check."""

    check = serializers.CharField()
    alerts = serializers.IntegerField()


class HiddenSerializer(serializers.ModelSerializer[Alert]):
    """An alert that would have been hidden."""

    check = serializers.CharField(source="check_key")

    class Meta:
        """Enough to know it."""

        model = Alert
        fields = ["id", "check", "entity", "message", "last_seen"]


class PreviewSerializer(serializers.Serializer[Preview]):
    """Of the alerts looked at, which would have been hidden."""

    since = serializers.DateTimeField()
    looked_at = serializers.IntegerField()
    hidden = serializers.IntegerField()
    share = serializers.FloatField(help_text="Per cent.")
    by_check = serializers.SerializerMethodField()
    examples = HiddenSerializer(many=True)

    @extend_schema_field(CountSerializer(many=True))
    def get_by_check(self, shown: Preview) -> list[dict[str, Any]]:
        """Return the hidden ones by check, most first."""
        return [{"check": check, "alerts": count} for check, count in shown.by_check]


class ExclusionPreview(GenericAPIView[Any]):
    """What an exclusion would have hidden of the alerts of the last seven days."""

    queryset = Alert.objects.none()
    only_asks = True
    permission_classes = (ViewPermissions,)
    serializer_class = ExclusionSerializer

    @extend_schema(
        operation_id="exclusion_preview", request=ExclusionSerializer, responses=PreviewSerializer
    )
    def post(self, request: Request) -> Response:
        """Return what it would hide; nothing is kept."""
        form = ExclusionSerializer(data=request.data, partial=True, context={"request": request})
        form.is_valid(raise_exception=True)
        criteria = Exclusion(**form.validated_data).criteria()
        try:
            criteria.validate()
            with patiently():
                shown = preview(criteria, timezone.now())
        except ExclusionError as error:
            raise ValidationError({error.field: [error.reason]}) from error
        return Response(PreviewSerializer(shown).data)
