"""Checks over REST: what there is, how it is set, and setting it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as Refused
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from checks.base import HIGHEST_SCORE, Category, Family
from checks.models import CheckSetting, sync_settings
from checks.parameters import parameters_of
from checks.registry import discover
from checks.settings_store import forget_runner
from checks.views.rows import Row
from monitoring.api.lists import ModelListView, Query, list_schema, one_schema, ordering_field
from monitoring.api.permissions import ModelPermissions
from monitoring.api.typed import Typed

_STATES = ("enabled", "disabled", "quarantined")


class CheckQuery(Query):
    """Which checks."""

    family = serializers.ChoiceField(choices=[str(f) for f in Family], required=False)
    category = serializers.ChoiceField(choices=[str(c) for c in Category], required=False)
    state = serializers.ChoiceField(choices=_STATES, required=False)
    search = serializers.CharField(
        required=False, help_text="In title, key, description or ATT&CK id."
    )
    ordering = ordering_field("key", default="key")


class CheckSerializer(serializers.Serializer[CheckSetting]):
    """A check and its setting; ``parameters`` are those in force, defaults included."""

    id = serializers.IntegerField(help_text="Stands for the check in a flow's `checks`.")
    key = serializers.CharField()
    title = serializers.CharField(source="kind.title")
    description = serializers.CharField(source="kind.describe")
    family = serializers.CharField(source="kind.family")
    frame = serializers.CharField(source="kind.frame")
    category = serializers.CharField(source="kind.category")
    attack = serializers.CharField(source="kind.attack", help_text="ATT&CK technique or tactic.")
    needs = serializers.CharField(source="kind.needs")
    advice = serializers.CharField(source="kind.advice")
    enabled = serializers.BooleanField(source="is_enabled")
    default_enabled = serializers.BooleanField(source="kind.default_enabled")
    state = serializers.SerializerMethodField(help_text="enabled, disabled or quarantined")
    score = serializers.IntegerField(source="effective_score")
    default_score = serializers.IntegerField(source="kind.score")
    cooldown = serializers.FloatField(source="kind.cooldown", help_text="Seconds.")
    parameters = serializers.SerializerMethodField()
    parameter_fields = serializers.SerializerMethodField()
    quarantined_at = serializers.DateTimeField(allow_null=True)
    quarantine_error = serializers.CharField()
    updated_at = serializers.DateTimeField()
    updated_by = serializers.CharField(source="updated_by.username", default=None, allow_null=True)

    def get_state(self, setting: CheckSetting) -> str:
        """Return whether it runs, and if not, why."""
        return _row(setting).state

    def get_parameters(self, setting: CheckSetting) -> dict[str, Any]:
        """Return the values in force, defaults included."""
        row = _row(setting)
        return {name: row.value_of(name, p) for name, p in parameters_of(row.kind).items()}

    def get_parameter_fields(self, setting: CheckSetting) -> dict[str, Any]:
        """Return kind, title, default, unit and bounds of each parameter."""
        return {name: p.describe() for name, p in parameters_of(_row(setting).kind).items()}


class ChangeSerializer(Typed):
    """What can be set; what is left out stays. None sets a score or a parameter back."""

    enabled = serializers.BooleanField(required=False)
    parameters = serializers.DictField(required=False)
    score = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=HIGHEST_SCORE
    )


def _row(setting: CheckSetting) -> Row:
    return Row(setting, discover()[setting.key])


def _known() -> QuerySet[CheckSetting]:
    """Return the settings of the checks that there are; those that are missing are made."""
    rows = CheckSetting.objects.filter(key__in=discover()).select_related("updated_by")
    if rows.count() < len(discover()):
        sync_settings()
    return rows


@list_schema(CheckQuery, CheckSerializer)
class CheckList(ModelListView):
    """All checks, by key."""

    queryset = CheckSetting.objects.all()
    query_class = CheckQuery
    serializer_class = CheckSerializer
    orderings = {"key": "key"}

    def get_queryset(self) -> QuerySet[CheckSetting]:
        """Return the settings of the checks that there are."""
        return _known()

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the checks that the parameters leave."""
        chosen = (row for row in map(_row, rows) if _matches(row, query))
        return rows.filter(key__in=[row.setting.key for row in chosen])


def _matches(row: Row, query: dict[str, Any]) -> bool:
    facts = {"family": str(row.kind.family), "category": str(row.kind.category), "state": row.state}
    asked = {name: query[name] for name in facts if name in query}
    return row.mentions(query.get("search", "")) and asked.items() <= facts.items()


@one_schema("check")
class CheckOne(RetrieveAPIView[CheckSetting]):
    """One check."""

    queryset = CheckSetting.objects.all()
    serializer_class = CheckSerializer
    permission_classes = (ModelPermissions,)
    lookup_field = "key"

    def get_queryset(self) -> QuerySet[CheckSetting]:
        """Return the settings of the checks that there are."""
        return _known()

    @extend_schema(
        operation_id="check_change",
        request=ChangeSerializer,
        responses=CheckSerializer,
    )
    def patch(self, request: Request, key: str) -> Response:
        """Change a check; in force within five seconds. 400 names each field and the reason."""
        setting = self.get_object()
        change = ChangeSerializer(data=request.data)
        change.is_valid(raise_exception=True)
        wanted = change.validated_data
        if "enabled" in wanted:
            wanted["is_enabled"] = wanted.pop("enabled")
        try:
            setting.change(by=request.user, **wanted)
        except Refused as error:
            raise ValidationError(error.message_dict) from error
        forget_runner()
        return Response(self.get_serializer(setting).data)
