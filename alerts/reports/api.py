"""Reports over REST: asked for, watched, downloaded."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.models import SavedReport
from alerts.reports import making
from alerts.reports.subject import Every, Kind, Period, last_complete
from alerts.reports.views import file_of
from alerts.tasks import make_report
from monitoring.api.lists import ModelListView, Query, list_schema, one_schema, ordering_field
from monitoring.api.permissions import ViewPermissions
from monitoring.api.typed import Typed


class ReportPermissions(ViewPermissions):
    """A report tells of traffic, hosts and alerts: who asks must be allowed to see all of them."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the caller may make and read reports."""
        return super().has_permission(request, view) and making.may(request.user)


class SavedReportSerializer(serializers.ModelSerializer[SavedReport]):
    """A report; its files are there when `state` is `done`."""

    created_by = serializers.CharField(
        source="created_by.username", default=None, allow_null=True, read_only=True
    )

    class Meta:
        """What it is of, and how far it is."""

        model = SavedReport
        fields = [
            *("id", "kind", "value", "title", "since", "until", "zone", "state", "percent"),
            *("step", "error", "schedule", "created_at", "created_by", "finished_at"),
        ]
        read_only_fields = fields


class NewReportSerializer(Typed):
    """What a report is to be of: `since` and `until`, or the last `every` that is over."""

    kind = serializers.ChoiceField(choices=[str(kind) for kind in Kind])
    value = serializers.CharField(
        required=False,
        default="",
        max_length=60,
        allow_blank=True,
        help_text="Address, network or interface's number; nothing for `site`.",
    )
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    every = serializers.ChoiceField(choices=[str(every) for every in Every], required=False)
    zone = serializers.CharField(
        required=False, default="UTC", max_length=60, help_text="IANA name, as Europe/Rome."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters with their ``period``; refuse what is none."""
        try:
            return {**attrs, "period": _period(attrs)}
        except ValueError as error:
            raise ValidationError({"since": [str(error)]}) from error


def _period(said: dict[str, Any]) -> Period:
    times = [said.get(side) for side in ("since", "until")]
    if "every" in said and times == [None, None]:
        zone = making.zone_of(said["zone"])
        return last_complete(Every(said["every"]), timezone.now(), zone)
    if "every" in said or times[0] is None:
        raise ValueError("give either since (and until), or every")
    return Period(times[0], times[1] or timezone.now())


class ReportQuery(Query):
    """Which reports."""

    kind = serializers.ChoiceField(choices=[str(kind) for kind in Kind], required=False)
    state = serializers.ChoiceField(choices=SavedReport.State.choices, required=False)
    ordering = ordering_field("id", default="-id")


@list_schema(ReportQuery, SavedReportSerializer)
class ReportList(ModelListView):
    """Reports, newest first."""

    queryset = SavedReport.objects.select_related("created_by").defer("document", "pdf")
    query_class = ReportQuery
    serializer_class = SavedReportSerializer
    permission_classes = (ReportPermissions,)
    only_asks = True

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the reports of that kind and state."""
        asked = {name: query[name] for name in ("kind", "state") if name in query}
        return rows.filter(**asked)

    @extend_schema(
        operation_id="report_make",
        request=NewReportSerializer,
        responses={202: SavedReportSerializer},
    )
    def post(self, request: Request) -> Response:
        """Have one made; read it again for its progress. 400 says what is wrong."""
        form = NewReportSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        try:
            saved = making.ask(
                said["kind"], said["value"], said["period"], said["zone"], request.user
            )
        except (ValueError, LookupError) as error:
            raise ValidationError({"value": [str(error).strip("'\"")]}) from error
        make_report.delay(saved.pk)
        return Response(SavedReportSerializer(saved).data, status=status.HTTP_202_ACCEPTED)


@one_schema("report")
class ReportOne(RetrieveAPIView[SavedReport]):
    """One report: how far it is."""

    queryset = SavedReport.objects.select_related("created_by").defer("document", "pdf")
    serializer_class = SavedReportSerializer
    permission_classes = (ReportPermissions,)


class ReportFile(GenericAPIView[SavedReport]):
    """A report's file."""

    queryset = SavedReport.objects.filter(state=SavedReport.State.DONE)
    serializer_class = SavedReportSerializer
    permission_classes = (ReportPermissions,)
    form = "pdf"

    def get(self, request: Request, pk: int) -> HttpResponse:
        """Return the file; 404 while it is not made."""
        saved = get_object_or_404(self.get_queryset(), pk=pk)
        answer = file_of(saved, self.form)
        name = f"{saved.file_name}.{self.form}"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


@extend_schema_view(
    get=extend_schema(
        operation_id="report_pdf", responses={(200, "application/pdf"): OpenApiTypes.BINARY}
    )
)
class ReportPdf(ReportFile):
    """A report as PDF."""


@extend_schema_view(
    get=extend_schema(operation_id="report_html", responses={(200, "text/html"): OpenApiTypes.STR})
)
class ReportHtml(ReportFile):
    """A report as one HTML file, which fetches nothing."""

    form = "html"
