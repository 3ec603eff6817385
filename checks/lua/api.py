"""Lua scripts over REST: listed, written, switched, with their versions and what they cost."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as Refused
from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView, RetrieveUpdateDestroyAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from checks.lua.declared import DeclarationError, values
from checks.lua.engine import process
from checks.lua.models import Script, Version, check_source
from monitoring.api.lists import ModelListView, Query, list_schema, one_schema, ordering_field
from monitoring.api.typed import Typed
from monitoring.models import HostPool


class ScriptQuery(Query):
    """Which scripts."""

    state = serializers.ChoiceField(choices=Script.State.choices, required=False)
    target = serializers.ChoiceField(choices=Script.Target.choices, required=False)
    ordering = ordering_field("id", "name", default="name")


class ScriptSerializer(Typed, serializers.ModelSerializer[Script]):
    """A check written in Lua; a changed source is a new version."""

    source = serializers.CharField(trim_whitespace=False)  # type: ignore[assignment]
    parameters = serializers.DictField(
        required=False, help_text="Values that differ from those that the source declares."
    )
    pools = serializers.PrimaryKeyRelatedField(
        queryset=HostPool.objects.all(), many=True, required=False
    )
    version = serializers.SerializerMethodField()

    class Meta:
        """All of it."""

        model = Script
        fields = [
            *("id", "name", "description", "target", "state", "source", "parameters", "pools"),
            *("version", "updated_at", "kills", "quarantined_at", "quarantine_reason"),
        ]
        read_only_fields = ["updated_at", "kills", "quarantined_at", "quarantine_reason"]

    def get_version(self, script: Script) -> int:
        """Return the number of the newest version, 0 before the first."""
        latest = script.latest
        return latest.number if latest else 0

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a source that is no Lua, and parameters that it does not declare."""
        before: Any = self.instance
        source = attrs.get("source") or before.source
        given = attrs.get("parameters", before.parameters if before else {})
        try:
            check_source(source)
            values(source, given)
        except Refused as error:
            raise ValidationError(error.message_dict) from error
        except (DeclarationError, TypeError) as error:
            raise ValidationError({"parameters": [str(error)]}) from error
        if "source" in attrs and (problem := process().compile(source)):
            raise ValidationError({"source": [problem]})
        return attrs

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> Script:
        """Make it with its first version."""
        source, pools = validated_data.pop("source"), validated_data.pop("pools", [])
        script = Script.objects.create(**validated_data)
        return self._kept(script, source, pools)

    @transaction.atomic
    def update(self, instance: Script, validated_data: dict[str, Any]) -> Script:
        """Change it; what is left out stays."""
        source, pools = validated_data.pop("source", None), validated_data.pop("pools", None)
        for name, value in validated_data.items():
            setattr(instance, name, value)
        instance.save()
        return self._kept(instance, source, pools)

    def _kept(self, script: Script, source: str | None, pools: list[HostPool] | None) -> Script:
        if pools is not None:
            script.pools.set(pools)
        if source is not None:
            script.write(source, by=self.context["request"].user, note="Over REST")
        return Script.objects.get(pk=script.pk)


@list_schema(ScriptQuery, ScriptSerializer)
class ScriptList(ModelListView):
    """Lua scripts; POST adds one."""

    queryset = Script.objects.prefetch_related("versions", "pools")
    query_class = ScriptQuery
    serializer_class = ScriptSerializer
    orderings = {"id": "id", "name": "name"}

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the scripts that the parameters leave."""
        return rows.filter(**{n: query[n] for n in ("state", "target") if n in query})

    @extend_schema(responses={201: ScriptSerializer})
    def post(self, request: Request) -> Response:
        """Add a script; off unless `state` says more. In force within seconds."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        form.save()
        return Response(form.data, status=status.HTTP_201_CREATED)


@one_schema("script")
class ScriptOne(RetrieveUpdateDestroyAPIView[Script]):
    """One Lua script."""

    queryset = Script.objects.all()
    serializer_class = ScriptSerializer
    http_method_names = ["get", "head", "options", "patch", "delete"]


class VersionSerializer(serializers.ModelSerializer[Version]):
    """What a script said at some time."""

    author = serializers.CharField(source="author.username", default=None, allow_null=True)

    class Meta:
        """All of it."""

        model = Version
        fields = ["number", "source", "note", "author", "created_at"]


class ScriptVersions(GenericAPIView[Any]):
    """A script's versions."""

    queryset = Script.objects.all()
    serializer_class = VersionSerializer

    @extend_schema(operation_id="script_versions", responses=VersionSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Return the newest hundred, newest first."""
        rows = self.get_object().versions.select_related("author")[:100]
        return Response(self.get_serializer(rows, many=True).data)
