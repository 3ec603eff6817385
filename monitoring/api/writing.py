"""Lists and single objects that can be written: what the model refuses is said by field."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import models
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import RetrieveUpdateDestroyAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from monitoring.api.lists import ModelListView
from monitoring.api.typed import Typed


class WritableListView(ModelListView):
    """A list to which POST adds."""

    def post(self, request: Request) -> Response:
        """Add one and return it; 400 names each field that is refused."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        save(form, **self.saving())
        return Response(form.data, status=status.HTTP_201_CREATED)

    def saving(self) -> dict[str, Any]:
        """Return what is set beside what was sent."""
        return {}


class OneView(RetrieveUpdateDestroyAPIView[Any]):
    """One object: read, changed by PATCH, deleted."""

    http_method_names = ["get", "head", "options", "patch", "delete"]

    def perform_update(self, serializer: serializers.BaseSerializer[Any]) -> None:
        """Save what the model accepts."""
        save(serializer)

    def perform_destroy(self, instance: Any) -> None:
        """Delete what may be deleted."""
        if not self.may_delete(instance):
            raise PermissionDenied("This one is the product's own and cannot be deleted.")
        instance.delete()

    def may_delete(self, instance: Any) -> bool:
        """Return whether it may be deleted."""
        return True


def save(serializer: Any, **how: Any) -> models.Model:
    """Save; what the model refuses is a 400 by field."""
    try:
        saved: models.Model = serializer.save(**how)
    except DjangoValidationError as error:
        raise ValidationError(error.message_dict) from error
    return saved


class CheckedSerializer(Typed, serializers.ModelSerializer[Any]):
    """A model that is asked whether it accepts the values, as forms do."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what the model's own check refuses, by field."""
        candidate = self.candidate()
        columns = {field.name for field in candidate._meta.concrete_fields}
        given = {name: value for name, value in attrs.items() if name in columns}
        for name, value in given.items():
            setattr(candidate, name, value)
        try:
            candidate.clean_fields(exclude=columns - set(given))
            candidate.clean()
        except DjangoValidationError as error:
            raise ValidationError(error.message_dict) from error
        return attrs

    def candidate(self) -> models.Model:
        """Return a copy of the object, or a new one."""
        model: Any = self.Meta.model
        if self.instance is None:
            return cast(models.Model, model())
        values = {f.attname: getattr(self.instance, f.attname) for f in model._meta.concrete_fields}
        return cast(models.Model, model(**values))
