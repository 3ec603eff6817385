"""Flows over REST."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from monitoring.api.conditions import ConditionField
from monitoring.api.fields import InterfaceField, L4Field, PlaceField
from monitoring.api.limits import limits_of
from monitoring.api.lists import ListView, Query, list_schema, ordering_field
from monitoring.history.flows import DEFAULT_ORDERING, ORDERINGS, FlowFilter, flow_of_id, flows
from monitoring.history.keyset import Page
from monitoring.history.names import applications_named, categories_named
from monitoring.history.seen_flow import SeenFlow
from monitoring.models import Flow

STATES = ("active", "ended", "lost")


class FlowQuery(Query):
    """Which flows. Without `since`, those seen in the 24 hours before `until` or now."""

    interface = InterfaceField(required=False, help_text="Name or number.")
    host = PlaceField(required=False, help_text="Address or network of either end.")
    peer = PlaceField(required=False, help_text="Address or network of the other end.")
    local = serializers.BooleanField(
        required=False, default=None, allow_null=True, help_text="Whether a local host takes part."
    )
    application = serializers.CharField(
        required=False, help_text="As TLS.Google; TLS and Google find it too."
    )
    category = serializers.CharField(required=False)
    l4 = L4Field(required=False, help_text="IP protocol: TCP, or 6.")
    port = serializers.IntegerField(required=False, min_value=0, max_value=65_535)
    vlan = serializers.IntegerField(required=False, min_value=0, max_value=4095)
    state = serializers.ChoiceField(choices=STATES, required=False)
    min_score = serializers.IntegerField(required=False, min_value=0)
    since = serializers.DateTimeField(required=False, help_text="Last packet at or after.")
    until = serializers.DateTimeField(required=False, help_text="Last packet at or before.")
    search = serializers.CharField(required=False, help_text="In application or server name.")
    q = ConditionField(required=False)
    ordering = ordering_field(*ORDERINGS, default=DEFAULT_ORDERING)


class PlainSerializer(serializers.Serializer[Any]):
    """Reads attributes as they are: the JSON encoder knows their types, and a page has many."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Return each field's attribute; a field of the whole object represents itself."""
        return {
            name: field.to_representation(instance)
            if field.source == "*"
            else getattr(instance, str(field.source))
            for name, field in self.fields.items()
        }


class FlowDetailSerializer(PlainSerializer):
    """What is known of a flow beside its counters; nDPI's fields join it where there are any."""

    community_id = serializers.CharField(allow_null=True)
    client_mac = serializers.CharField(source="client_mac_text")
    server_mac = serializers.CharField(source="server_mac_text")
    client_country = serializers.CharField()
    server_country = serializers.CharField()
    direction = serializers.CharField()
    tunnel = serializers.CharField()
    breed = serializers.CharField()
    confidence = serializers.CharField()
    connection_state = serializers.CharField()
    tcp_flags_to_server = serializers.ListField(
        child=serializers.CharField(), source="flags_to_server"
    )
    tcp_flags_to_client = serializers.ListField(
        child=serializers.CharField(), source="flags_to_client"
    )
    payload_to_server = serializers.IntegerField()
    payload_to_client = serializers.IntegerField()
    retransmissions_to_server = serializers.IntegerField()
    retransmissions_to_client = serializers.IntegerField()
    out_of_order_to_server = serializers.IntegerField()
    out_of_order_to_client = serializers.IntegerField()
    zero_window_to_server = serializers.IntegerField()
    zero_window_to_client = serializers.IntegerField()
    rtt_client_ms = serializers.FloatField(allow_null=True)
    rtt_server_ms = serializers.FloatField(allow_null=True)

    def to_representation(self, instance: SeenFlow) -> dict[str, Any]:
        """Return the fields above and nDPI's."""
        return {**super().to_representation(instance), **instance.detail}


class FlowSerializer(PlainSerializer):
    """A flow: the client opened it. Bytes are L3's, times are of packets."""

    id = serializers.IntegerField()
    interface = serializers.CharField(source="interface_name")
    state = serializers.ChoiceField(choices=STATES)
    client = serializers.IPAddressField()
    client_port = serializers.IntegerField()
    server = serializers.IPAddressField()
    server_port = serializers.IntegerField()
    l4 = serializers.CharField(source="l4_name")
    l4_id = serializers.IntegerField(source="l4")
    vlan = serializers.IntegerField()
    application = serializers.CharField(source="application_name")
    category = serializers.CharField(source="category_name")
    bytes_to_server = serializers.IntegerField()
    bytes_to_client = serializers.IntegerField()
    packets_to_server = serializers.IntegerField()
    packets_to_client = serializers.IntegerField()
    first_seen = serializers.DateTimeField()
    last_seen = serializers.DateTimeField()
    duration = serializers.FloatField(help_text="Seconds.")
    bits_per_second = serializers.FloatField()
    score = serializers.IntegerField()
    risks = serializers.ListField(child=serializers.CharField())
    checks = serializers.ListField(child=serializers.IntegerField(), help_text="Ids that fired.")
    info = serializers.CharField(help_text="The URL, the name asked or the server's name.")
    detail = FlowDetailSerializer(source="*")


@list_schema(FlowQuery, FlowSerializer)
class FlowList(ListView):
    """Flows, active and finished."""

    queryset = Flow.objects.none()
    knows_limits = True
    query_class = FlowQuery
    serializer_class = FlowSerializer

    def page(self, query: dict[str, Any]) -> Page[SeenFlow]:
        """Return the page of flows."""
        return flows(
            replace(
                wanted := flow_filter(query),
                interfaces=self.limits.interfaces_of(wanted.interfaces),
                networks=self.limits.networks,
            ),
            timezone.now(),
            ordering=query["ordering"],
            size=query["limit"],
            cursor=query["cursor"],
        )


class FlowOne(GenericAPIView[Any]):
    """One flow."""

    queryset = Flow.objects.none()
    knows_limits = True
    serializer_class = FlowSerializer

    @extend_schema(responses=FlowSerializer)
    def get(self, request: Request, flow_id: int) -> Response:
        """Return the flow, or 404."""
        limits = limits_of(request)
        among = FlowFilter(interfaces=limits.interfaces, networks=limits.networks)
        if (flow := flow_of_id(flow_id, timezone.now(), among)) is None:
            raise Http404("There is no such flow; its partition may have been dropped.")
        return Response(self.get_serializer(flow).data)


def flow_filter(query: dict[str, Any]) -> FlowFilter:
    """Return the filter of validated parameters."""
    application, category = query.get("application"), query.get("category")
    return FlowFilter(
        since=query.get("since"),
        until=query.get("until"),
        interfaces=query.get("interface"),
        host=query.get("host", ""),
        peer=query.get("peer", ""),
        is_local=query.get("local"),
        applications=applications_named(application) if application else None,
        categories=categories_named(category) if category else None,
        l4=query.get("l4"),
        port=query.get("port"),
        vlan=query.get("vlan"),
        min_score=query.get("min_score"),
        states=(query["state"],) if "state" in query else (),
        text=query.get("search", ""),
        condition=query.get("q"),
    )
