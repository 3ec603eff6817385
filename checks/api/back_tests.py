"""Back-tests over REST: begun, watched, read; and what matched a flow."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import GenericAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from checks.backtests.subjects import NotStoredError
from checks.explaining import Match, explain
from checks.models import BackTest
from checks.parameters import ParameterError
from checks.rules import RuleError
from checks.views.back_tests import start
from monitoring.api.lists import ModelListView, Query, list_schema, one_schema, ordering_field
from monitoring.api.permissions import ModelPermissions
from monitoring.api.typed import Typed
from monitoring.models import Flow


class BackTestSerializer(serializers.ModelSerializer[BackTest]):
    """A run over stored flows; ``result`` is empty until it is done."""

    created_by = serializers.CharField(
        source="created_by.username", default=None, allow_null=True, read_only=True
    )

    class Meta:
        """What is tested, how far it is, what came of it."""

        model = BackTest
        fields = [
            *("id", "title", "subject", "since", "until", "state", "percent", "rows_done"),
            *("rows_total", "pinned", "result", "error", "created_at", "created_by"),
            *("started_at", "finished_at"),
        ]
        read_only_fields = fields


class NewBackTestSerializer(Typed):
    """What to test: a check's key with other parameters, or a rule that is not saved."""

    check = serializers.CharField(required=False, help_text="Key of a check or a rule.")
    parameters = serializers.DictField(required=False)
    score = serializers.IntegerField(required=False, min_value=1, max_value=250)
    rule = serializers.DictField(required=False, help_text="Fields of a rule, as of /rules/.")
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse both and neither of check and rule, and a time range that is none."""
        if ("check" in attrs) == ("rule" in attrs):
            raise ValidationError({"check": ["Give either a check or a rule."]})
        if attrs["since"] >= attrs["until"]:
            raise ValidationError({"until": ["Must be after `since`."]})
        return attrs


class BackTestQuery(Query):
    """Which back-tests."""

    state = serializers.ChoiceField(choices=BackTest.State.choices, required=False)
    ordering = ordering_field("id", default="-id")


@list_schema(BackTestQuery, BackTestSerializer)
class BackTestList(ModelListView):
    """Back-tests."""

    queryset = BackTest.objects.select_related("created_by")
    query_class = BackTestQuery
    serializer_class = BackTestSerializer
    permission_classes = (ModelPermissions,)

    def narrow(self, rows: Any, query: dict[str, Any]) -> Any:
        """Return the back-tests in the state that is asked for."""
        return rows.filter(state=query["state"]) if "state" in query else rows

    @extend_schema(
        operation_id="backtest_begin",
        request=NewBackTestSerializer,
        responses={202: BackTestSerializer},
    )
    def post(self, request: Request) -> Response:
        """Begin one; read it again for its progress. 400 says why it cannot be tested."""
        form = NewBackTestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = dict(form.validated_data)
        since, until = said.pop("since"), said.pop("until")
        title = said.get("check") or said["rule"].get("title", "a rule")
        try:
            test = start(said, str(title)[:200], since, until, request.user)
        except (NotStoredError, RuleError, ParameterError, LookupError, TypeError) as error:
            raise ValidationError({"check": [str(error)]}) from error
        return Response(BackTestSerializer(test).data, status=status.HTTP_202_ACCEPTED)


@one_schema("backtest")
class BackTestOne(RetrieveAPIView[BackTest]):
    """One back-test."""

    queryset = BackTest.objects.select_related("created_by")
    serializer_class = BackTestSerializer
    permission_classes = (ModelPermissions,)


class MatchSerializer(serializers.Serializer[Match]):
    """A check that matches a flow; ``hidden_by`` is the exclusion that keeps it quiet."""

    check = serializers.CharField()
    title = serializers.CharField()
    message = serializers.CharField()
    score = serializers.IntegerField()
    is_shadow = serializers.BooleanField()
    hidden_by = serializers.IntegerField(source="hidden_by.pk", default=None, allow_null=True)


class FlowExplanation(GenericAPIView[Any]):
    """Why a flow is alerted, or is not."""

    queryset = Flow.objects.all()
    serializer_class = MatchSerializer
    permission_classes = (ModelPermissions,)

    @extend_schema(operation_id="flow_explain", responses=MatchSerializer(many=True))
    def get(self, request: Request, flow_id: int) -> Response:
        """Return the checks that match the flow under the present settings."""
        if not Flow.objects.filter(flow_id=flow_id).exists():
            raise NotFound("There is no such flow; it may be older than flows are kept.")
        return Response(self.get_serializer(explain(flow_id), many=True).data)
