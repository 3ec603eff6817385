"""Bodies keep JSON's types: the text "7" is no number, and 0 is no name."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

#: What JSON may say of each kind of field; a bool is no number though Python counts it as one.
_TYPES: Final[list[tuple[type[Any], tuple[type[Any], ...], str]]] = [
    (serializers.BooleanField, (bool,), "Not a valid boolean."),
    (serializers.ChoiceField, (str, int), "Not a valid choice."),
    (serializers.CharField, (str,), "Not a valid string."),
    (serializers.DateTimeField, (str,), "Not a valid string."),
    (serializers.TimeField, (str,), "Not a valid string."),
    (serializers.IntegerField, (int,), "A valid integer is required."),
    (serializers.FloatField, (int, float), "A valid number is required."),
    (serializers.PrimaryKeyRelatedField, (int,), "A valid integer is required."),
    (serializers.ManyRelatedField, (list,), "Expected a list of items."),
    (serializers.ListField, (list,), "Expected a list of items."),
]


class Typed(serializers.Serializer[Any]):
    """A body whose values have the types that the document says, and no field that is not there."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the values; raises ValidationError naming each field."""
        if isinstance(data, dict):
            known = ", ".join(name for name, field in self.fields.items() if not field.read_only)
            wrong = {
                name: _wrong(self.fields[name], data[name]) for name in data if name in self.fields
            }
            wrong |= {name: f"Can be set are: {known}." for name in data if name not in self.fields}
            reasons = {name: [reason] for name, reason in wrong.items() if reason}
            if reasons:
                raise ValidationError(reasons)
        return super().to_internal_value(data)


def _wrong(field: Any, value: Any) -> str:
    """Return why a value is not of the field's type, or ""."""
    if field.read_only or value is None:
        return ""
    types, reason = next(
        ((types, said) for kind, types, said in _TYPES if isinstance(field, kind)), ((object,), "")
    )
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in (*types, object)):
        return reason if object not in types else ""
    child = getattr(field, "child", None) or getattr(field, "child_relation", None)
    if isinstance(value, list) and child is not None:
        return next((said for each in value if (said := _wrong(child, each))), "")
    return ""
