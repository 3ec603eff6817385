"""Traffic over REST: the roll-ups, row by row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.utils import timezone
from rest_framework import serializers

from monitoring.api.fields import InterfaceField
from monitoring.api.lists import ListView, Query, list_schema, ordering_field
from monitoring.history.keyset import Page
from monitoring.history.rollups import RollupFilter, rollups
from monitoring.history.window import RESOLUTIONS
from monitoring.models import Traffic
from monitoring.models.traffic import DIMENSIONS

#: Without ``since``, so much is looked at.
_SPAN: Final = timedelta(hours=24)


class TrafficQuery(Query):
    """Which sums. Without `since`, those of the 24 hours before `until` or now."""

    dimension = serializers.ChoiceField(
        choices=DIMENSIONS, required=False, help_text="`total` unless said."
    )
    key = serializers.CharField(
        required=False, allow_blank=True, help_text="The dimension's value, as TLS or 10.0.0.7."
    )
    host = serializers.IPAddressField(
        required=False, help_text="Short for `dimension=host` and this key."
    )
    application = serializers.CharField(
        required=False, help_text="Short for `dimension=application` and this key."
    )
    resolution = serializers.ChoiceField(
        choices=list(RESOLUTIONS), required=False, default="1m", help_text="Length of a bucket."
    )
    interface = InterfaceField(required=False, help_text="Name or number.")
    since = serializers.DateTimeField(required=False, help_text="Bucket starts at or after.")
    until = serializers.DateTimeField(required=False, help_text="Bucket starts before.")
    ordering = ordering_field("bucket", default="-bucket")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Turn the short forms into dimension and key; refuse two that differ."""
        attrs = super().validate(attrs)
        for name in ("host", "application"):
            if (key := attrs.pop(name, None)) is None:
                continue
            if attrs.get("dimension", name) != name or "key" in attrs:
                raise serializers.ValidationError({name: ["Means another dimension or key."]})
            attrs |= {"dimension": name, "key": str(key)}
        return {"dimension": "total", **attrs}


class TrafficSerializer(serializers.Serializer[dict[str, Any]]):
    """Sums of one bucket of one interface by one key."""

    bucket = serializers.DateTimeField()
    interface = serializers.CharField(source="interface_name", allow_null=True)
    dimension = serializers.CharField()
    key = serializers.CharField()
    bytes_sent = serializers.IntegerField()
    bytes_received = serializers.IntegerField()
    packets_sent = serializers.IntegerField()
    packets_received = serializers.IntegerField()
    flows = serializers.IntegerField()
    score = serializers.IntegerField()
    alerts = serializers.IntegerField()


@list_schema(TrafficQuery, TrafficSerializer)
class TrafficList(ListView):
    """Traffic by dimension and time. Who is limited to networks sees their hosts' alone."""

    knows_limits = True

    queryset = Traffic.objects.none()
    query_class = TrafficQuery
    serializer_class = TrafficSerializer

    def page(self, query: dict[str, Any]) -> Page[dict[str, Any]]:
        """Return the page of sums."""
        if self.limits.networks and query["dimension"] != "host":
            said = "This token is limited to networks: ask for the dimension host."
            raise serializers.ValidationError({"dimension": [said]})
        until = query.get("until") or timezone.now()
        wanted = RollupFilter(
            resolution=query["resolution"],
            dimension=query["dimension"],
            key=query.get("key"),
            interfaces=self.limits.interfaces_of(query.get("interface")),
            networks=self.limits.networks,
            since=query.get("since") or until - _SPAN,
            until=until,
        )
        return rollups(wanted, query["ordering"], query["limit"], query["cursor"])
