"""The lists of the REST API: one way to filter, to order and to page."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from monitoring.history.keyset import BadCursor, Keyset, Page, read_page, rows_of

_FORMAT = "format"


class Query(serializers.Serializer[Any]):
    """The parameters that all lists have. What a list does not know is refused, never ignored."""

    cursor = serializers.CharField(
        required=False, default="", help_text="Of the links `next` and `previous`."
    )
    limit = serializers.IntegerField(
        required=False, default=100, min_value=1, max_value=1000, help_text="Rows of a page."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a parameter that is not one of the fields, or stands twice."""
        given = self.context["request"].query_params
        known = {*self.fields, _FORMAT}
        unknown = {
            name: [f"No such filter; there are: {', '.join(sorted(self.fields))}."]
            for name in given
            if name not in known
        }
        twice = {name: ["Give it once."] for name in given if len(given.getlist(name)) > 1}
        if unknown or twice:
            raise ValidationError({**unknown, **twice})
        return attrs


def ordering_field(*names: str, default: str) -> serializers.ChoiceField:
    """Return the parameter ``ordering`` of a list that can be ordered by these, "-" reversing."""
    choices = [sign + name for name in names for sign in ("", "-")]
    return serializers.ChoiceField(
        choices=choices, required=False, default=default, help_text="With `-` greatest first."
    )


def list_schema(query: type[Query], row: type[serializers.Serializer[Any]]) -> Any:
    """Return the decorator that describes a list in the OpenAPI document."""
    name = row.__name__.removesuffix("Serializer")
    answer = inline_serializer(
        f"{name}Page",
        {
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": row(many=True),
        },
    )
    get = extend_schema(operation_id=f"{name.lower()}_list", parameters=[query], responses=answer)
    return extend_schema_view(get=get)


def one_schema(name: str) -> Any:
    """Return the decorator that names a single object's reading in the OpenAPI document."""
    return extend_schema_view(get=extend_schema(operation_id=f"{name}_one"))


class ListView(GenericAPIView[Any]):
    """A list: ``query_class`` reads the parameters, :meth:`page` finds the rows."""

    query_class: ClassVar[type[Query]] = Query
    filter_backends: ClassVar[list[Any]] = []  # type: ignore[misc]
    pagination_class = None

    def get(self, request: Request) -> Response:
        """Return ``{"next", "previous", "results"}``; 400 naming what is wrong with a parameter."""
        query = self.query_class(data=request.query_params, context={"request": request})
        query.is_valid(raise_exception=True)
        try:
            page = self.page(query.validated_data)
        except BadCursor as error:
            raise ValidationError({"cursor": [str(error)]}) from error
        rows = self.get_serializer(page.rows, many=True).data
        return Response(
            {"next": self._link(page.next), "previous": self._link(page.previous), "results": rows}
        )

    def page(self, query: dict[str, Any]) -> Page[Any]:
        """Return the page of rows for the validated parameters."""
        raise NotImplementedError

    def _link(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        parameters = self.request.query_params.copy()
        parameters["cursor"] = cursor
        return self.request.build_absolute_uri(f"{self.request.path}?{parameters.urlencode()}")


class ModelListView(ListView):
    """A list of a model's rows. ``orderings`` names each order and its column."""

    orderings: ClassVar[dict[str, str]] = {"id": "id"}

    def page(self, query: dict[str, Any]) -> Page[Any]:
        """Return the page of the rows that :meth:`narrow` leaves."""
        ordering = query["ordering"]
        column = self.orderings[ordering.removeprefix("-")]
        keyset = Keyset(ordering, (column,) if column == "id" else (column, "id"))
        rows = rows_of(self.narrow(self.get_queryset(), query))
        return read_page(rows, keyset, query["limit"], query["cursor"])

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the rows that the parameters leave."""
        return rows
