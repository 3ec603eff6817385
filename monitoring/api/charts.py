"""What charts are made of, over REST: top talkers and rates over time, from the roll-ups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any, Final

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from monitoring.api.fields import InterfaceField
from monitoring.api.limits import Limits, limits_of
from monitoring.api.lists import Parameters
from monitoring.history.traffic import Series, directions, stacked, top
from monitoring.history.window import Window
from monitoring.models import Traffic
from monitoring.models.traffic import DIMENSIONS
from monitoring.patience import patiently

_SPAN: Final = timedelta(hours=1)
#: What has keys to be compared.
_KEYED: Final = [name for name in DIMENSIONS if name != "total"]


class WindowParameters(Parameters):
    """The time and the interfaces. Without `since`, the hour before `until` or now."""

    interface = InterfaceField(required=False, help_text="Name or number.")
    since = serializers.DateTimeField(required=False, help_text="From here on.")
    until = serializers.DateTimeField(required=False, help_text="Until before.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fill the time range in; refuse one that ends before it begins."""
        attrs = super().validate(attrs)
        until = attrs.setdefault("until", timezone.now())
        if attrs.setdefault("since", until - min(_SPAN, until - _FIRST)) >= until:
            raise serializers.ValidationError({"until": ["Must be after `since`."]})
        if until - attrs["since"] > _LONGEST:
            raise serializers.ValidationError({"since": ["Five years are the most."]})
        return attrs


_LONGEST: Final = timedelta(days=5 * 366)
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)


class TopParameters(WindowParameters):
    """Of what the greatest are wanted."""

    dimension = serializers.ChoiceField(choices=_KEYED, required=False, default="host")
    limit = serializers.IntegerField(required=False, default=10, min_value=1, max_value=1000)


class TopSerializer(serializers.Serializer[Any]):
    """A key's sums; bytes and packets are those of both ways unless named."""

    key = serializers.CharField(help_text="The dimension's value, as TLS or 10.0.0.7.")
    bytes = serializers.IntegerField()
    bytes_sent = serializers.IntegerField()
    bytes_received = serializers.IntegerField()
    packets = serializers.IntegerField()
    flows = serializers.IntegerField()
    score = serializers.IntegerField()


class Top(GenericAPIView[Any]):
    """The greatest hosts, applications, countries."""

    queryset = Traffic.objects.none()
    knows_limits = True
    serializer_class = TopSerializer

    @extend_schema(
        operation_id="top", parameters=[TopParameters], responses=TopSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return the keys with most bytes, greatest first."""
        query, limits = TopParameters.read(request), limits_of(request)
        if limits.networks:
            raise serializers.ValidationError({"": ["This token is limited to networks."]})
        with patiently():
            rows = top(query["dimension"], _window(query, limits), query["limit"])
        return Response(self.get_serializer(rows, many=True).data)


class SeriesParameters(WindowParameters):
    """Whose rates are wanted: one key's, or those of the greatest."""

    dimension = serializers.ChoiceField(choices=DIMENSIONS, required=False, default="total")
    key = serializers.CharField(
        required=False, help_text="Of this key alone, as `Sent` and `Received`."
    )
    lines = serializers.IntegerField(
        required=False, default=8, min_value=1, max_value=50, help_text="The rest is `Other`."
    )


class LineSerializer(serializers.Serializer[Any]):
    """A line of the chart."""

    name = serializers.CharField()
    bits_per_second = serializers.ListField(child=serializers.FloatField())


class SeriesSerializer(serializers.Serializer[Any]):
    """Rates over time: each line has one value for each of the times."""

    step = serializers.IntegerField(help_text="Seconds between two points.")
    times = serializers.ListField(child=serializers.DateTimeField())
    lines = LineSerializer(many=True)


class TimeSeries(GenericAPIView[Any]):
    """Rates over time."""

    queryset = Traffic.objects.none()
    knows_limits = True
    serializer_class = SeriesSerializer

    @extend_schema(
        operation_id="timeseries", parameters=[SeriesParameters], responses=SeriesSerializer
    )
    def get(self, request: Request) -> Response:
        """Return the rates, in steps that make at most 200 points."""
        query, limits = SeriesParameters.read(request), limits_of(request)
        if limits.networks and not _is_within(query, limits):
            said = "This token is limited to networks: ask for a host in them."
            raise serializers.ValidationError({"key": [said]})
        with patiently():
            return Response(_told(_series(query, _window(query, limits))))


def _series(query: dict[str, Any], window: Window) -> Series:
    if query["dimension"] == "total":
        return directions("total", "", window)
    if "key" in query:
        return directions(query["dimension"], query["key"], window)
    return stacked(query["dimension"], window, query["lines"])


def _told(series: Series) -> dict[str, Any]:
    lines = [{"name": name, "bits_per_second": line} for name, line in series.lines.items()]
    return {"step": series.seconds, "times": series.times, "lines": lines}


def _window(query: dict[str, Any], limits: Limits) -> Window:
    return Window(query["since"], query["until"], limits.interfaces_of(query.get("interface")))


def _is_within(query: dict[str, Any], limits: Limits) -> bool:
    """Return whether the key is a host of the networks."""
    try:
        address = ip_address(query.get("key", "").partition("@")[0])
    except ValueError:
        return False
    inside = any(address in ip_network(network) for network in limits.networks)
    return inside and query["dimension"] == "host"
