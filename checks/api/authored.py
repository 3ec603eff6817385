"""What operators write, over REST: one way to read, make, change and remove it."""

from __future__ import annotations

from typing import Any, TypeVar

from django.core.exceptions import ValidationError as Refused
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import RetrieveUpdateDestroyAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from checks.models.authored import Authored
from checks.settings_store import forget_runner
from monitoring.api.lists import ModelListView, Query, ordering_field
from monitoring.api.typed import Typed

_Row = TypeVar("_Row", bound=Authored)

#: Fields that the platform fills.
KEPT = ("id", "created_at", "updated_at", "updated_by", "quarantined_at", "quarantine_error")


class AuthoredSerializer(Typed, serializers.ModelSerializer[_Row]):
    """Saves in the caller's name; the model judges, as it does for forms."""

    updated_by = serializers.CharField(
        source="updated_by.username", default=None, allow_null=True, read_only=True
    )

    def create(self, validated_data: dict[str, Any]) -> _Row:
        """Make it."""
        model: type[_Row] = self.Meta.model
        return self._keep(model(**validated_data))

    def update(self, instance: _Row, validated_data: dict[str, Any]) -> _Row:
        """Change it; what is left out stays."""
        for name, value in validated_data.items():
            setattr(instance, name, value)
        return self._keep(instance)

    def _keep(self, row: _Row) -> _Row:
        try:
            row.keep(by=self.context["request"].user)
        except Refused as error:
            raise ValidationError(_by_field(error)) from error
        forget_runner()
        return row


def _by_field(error: Refused) -> dict[str, list[str]]:
    found = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
    return {("non_field_errors" if n == "__all__" else n): said for n, said in found.items()}


class AuthoredQuery(Query):
    """All of them, by number."""

    ordering = ordering_field("id", default="id")


class AuthoredList(ModelListView):
    """A list to which can be added."""

    query_class = AuthoredQuery

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the rows that the parameters leave: equal in all columns that are named."""
        exact = {n: v for n, v in query.items() if n not in ("cursor", "limit", "ordering")}
        return rows.filter(**exact)

    @extend_schema()
    def post(self, request: Request) -> Response:
        """Make one; in force within five seconds. 400 names each field and the reason."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        form.save()
        return Response(form.data, status=status.HTTP_201_CREATED)


class AuthoredOne(RetrieveUpdateDestroyAPIView[Any]):
    """One of them."""

    http_method_names = ["get", "head", "options", "patch", "delete"]

    def perform_destroy(self, instance: Any) -> None:
        """Remove it, in force within five seconds."""
        instance.delete()
        forget_runner()
