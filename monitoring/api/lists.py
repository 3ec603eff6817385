"""The lists of the REST API: one way to filter, to order and to page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, ClassVar, Final

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from monitoring.api.limits import Limits, limits_of
from monitoring.api.streams import CsvRenderer, NdjsonRenderer, pages, streamed
from monitoring.history.keyset import BadCursor, Keyset, Page, read_page, rows_of
from monitoring.patience import patiently

#: What a list can be answered as, beside "api", the browsable page.
FORMATS: Final = ("json", "csv", "ndjson")
_STREAMS: Final = ("csv", "ndjson")
_PAGE: Final = 100


class Parameters(serializers.Serializer[Any]):
    """A call's parameters. What it does not know is refused, never ignored."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a parameter that is not one of the fields, or stands twice."""
        given = self.context["request"].query_params
        known: Any = {*self.fields, "format"}
        unknown = {
            name: [f"No such filter; there are: {', '.join(sorted(known))}."]
            for name in given
            if name not in known
        }
        twice = {name: ["Give it once."] for name in given if len(given.getlist(name)) > 1}
        if unknown or twice:
            raise ValidationError({**unknown, **twice})
        return attrs

    @classmethod
    def read(cls, request: Request) -> dict[str, Any]:
        """Return the validated parameters; raises ValidationError."""
        # A plain dict: in a form, as Django sees a query, what is empty counts as left out.
        data = request.query_params.dict()
        if data.get("format") == "api":
            del data["format"]
        form = cls(data=data, context={"request": request})
        form.is_valid(raise_exception=True)
        found: dict[str, Any] = form.validated_data
        return found


class Query(Parameters):
    """The parameters that all lists have."""

    cursor = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        help_text="Of the links `next` and `previous`.",
    )
    limit = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=1000,
        help_text="Rows of a page, 100 unless said; of a stream in all, all unless said.",
    )
    fields = serializers.CharField(  # type: ignore[assignment]
        required=False,
        help_text="The fields that are wanted, with commas between; all unless said.",
    )
    format = serializers.ChoiceField(
        choices=FORMATS,
        required=False,
        help_text="`csv` and `ndjson` stream the whole list, from the cursor on.",
    )


def ordering_field(*names: str, default: str) -> serializers.ChoiceField:
    """Return the parameter ``ordering`` of a list that can be ordered by these, "-" reversing."""
    choices = [sign + name for name in names for sign in ("", "-")]
    return serializers.ChoiceField(
        choices=choices, required=False, default=default, help_text="With `-` greatest first."
    )


def list_schema(query: type[Query], row: type[serializers.Serializer[Any]]) -> Any:
    """Return the decorator that describes a list in the OpenAPI document."""
    name = row.__name__.removesuffix("Serializer")
    page = inline_serializer(
        f"{name}Page",
        {
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": row(many=True),
        },
    )
    answers: Any = {(200, "application/json"): page}
    answers |= {(200, kind.media_type): OpenApiTypes.STR for kind in (CsvRenderer, NdjsonRenderer)}
    get = extend_schema(operation_id=f"{name.lower()}_list", parameters=[query], responses=answers)
    post = extend_schema(operation_id=f"{name.lower()}_add", responses={201: row})

    def describe(view: Any) -> Any:
        adds = hasattr(view, "post") and "post" not in vars(view)
        return extend_schema_view(get=get, **({"post": post} if adds else {}))(view)

    return describe


def one_schema(name: str) -> Any:
    """Return the decorator that names a single object's reading in the OpenAPI document."""
    return extend_schema_view(get=extend_schema(operation_id=f"{name}_one"))


class ListView(GenericAPIView[Any]):
    """A list: ``query_class`` reads the parameters, :meth:`page` finds the rows."""

    query_class: ClassVar[type[Query]] = Query
    filter_backends: ClassVar[list[Any]] = []  # type: ignore[misc]
    pagination_class = None
    renderer_classes = (
        *api_settings.DEFAULT_RENDERER_CLASSES,  # type: ignore[arg-type]
        CsvRenderer,
        NdjsonRenderer,
    )

    def get(self, request: Request) -> Any:
        """Return ``{"next", "previous", "results"}``; 400 naming what is wrong with a parameter."""
        query = self.query_class.read(request)
        columns = self._columns(query.pop("fields", None))
        query.pop("format", None)
        most = query.pop("limit", None)
        renderer: Any = request.accepted_renderer
        if renderer.format in _STREAMS:
            return self._stream(renderer.format, query, columns, most)
        page = self._read(query, most or _PAGE, query["cursor"])
        return Response(
            {
                "next": self._link(page.next),
                "previous": self._link(page.previous),
                "results": self._rows(page.rows, columns),
            }
        )

    def _stream(
        self, format: str, query: dict[str, Any], columns: Sequence[str], most: int | None
    ) -> Any:
        """Return the rows from the cursor on. The first page is read before the answer begins."""

        def read(size: int, cursor: str) -> Page[Any]:
            return self._read(query, size, cursor or query["cursor"], whole=True)

        parts = (self._rows(rows, columns) for rows in pages(read, most))
        first: Any = next(parts, [])
        plain: Any = self.request._request
        return streamed(plain, format, columns, chain([first], parts))

    def _read(
        self, query: dict[str, Any], size: int, cursor: str, *, whole: bool = False
    ) -> Page[Any]:
        try:
            with patiently(whole=whole):
                return self.page({**query, "limit": size, "cursor": cursor})
        except BadCursor as error:
            raise ValidationError({"cursor": [str(error)]}) from error

    def _columns(self, asked: str | None) -> list[str]:
        """Return the fields of a row; raises ValidationError for one that rows do not have."""
        row: Any = self.get_serializer()
        known = list(row.fields)
        if asked is None:
            return known
        wanted = [name.strip() for name in asked.split(",") if name.strip()]
        if not wanted or (unknown := set(wanted) - set(known)):
            said = f"No such field: {', '.join(sorted(unknown))}. " if wanted else "Name some. "
            raise ValidationError({"fields": [f"{said}There are: {', '.join(known)}."]})
        return [name for name in known if name in wanted]

    def _rows(self, rows: Sequence[Any], columns: Sequence[str]) -> Any:
        """Return the rows as they are told, with these fields alone."""
        serializer: Any = self.get_serializer(rows, many=True)
        for name in set(serializer.child.fields) - set(columns):
            del serializer.child.fields[name]
        return serializer.data

    @property
    def limits(self) -> Limits:
        """What the call's token is limited to."""
        return limits_of(self.request)

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


class WithinLimits:
    """A view of rows that a token's limits narrow, by their interface and their addresses."""

    knows_limits = True
    interface_column: ClassVar[str] = "interface"
    address_columns: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self) -> QuerySet[Any]:
        """Return the rows within the limits."""
        rows: QuerySet[Any] = super().get_queryset()  # type: ignore[misc]
        limits = limits_of(self.request)  # type: ignore[attr-defined]
        return rows.filter(limits.on(self.interface_column, self.address_columns))
