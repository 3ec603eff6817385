"""Events of other programs over REST: an IDS, a script, a monitoring system."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any, Final

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.external import STATES, CheckIsOff, External, OtherEvent, accept
from alerts.models import Finding
from alerts.severity import LOWEST_SCORE
from checks.base import HIGHEST_SCORE, Family
from monitoring.api.fields import InterfaceField
from monitoring.api.limits import Limits, limits_of
from monitoring.api.typed import Typed
from monitoring.history.addresses import parse_place

_SCORE: Final = 100
_DAY: Final = 86_400
_PORT: Final[dict[str, Any]] = {"min_value": 0, "max_value": 65_535, "allow_null": True}


class Conflict(APIException):
    """What is asked does not go with how things are."""

    status_code = status.HTTP_409_CONFLICT


class EventPostSerializer(Typed):
    """An event: what happened, how bad it is, and whom it is about.

    It is about a flow when `client` and `server` are given, about a host with `client` or `server`
    alone, else about the interface, or about the named `entity`.
    """

    key = serializers.CharField(
        max_length=200, help_text="Of your choice, another for each event: a repeat is no new one."
    )
    title = serializers.CharField(max_length=200)
    message = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)
    state = serializers.ChoiceField(
        choices=STATES,
        required=False,
        default="once",
        help_text="`engaged` until you say `released`, or `once`: something that happened.",
    )
    identity = serializers.CharField(
        max_length=200,
        required=False,
        help_text="Events of one identity are one alert; title and entity unless said.",
    )
    score = serializers.IntegerField(min_value=1, max_value=HIGHEST_SCORE, required=False)
    severity = serializers.ChoiceField(
        choices=[str(name) for name in LOWEST_SCORE],
        required=False,
        help_text="Instead of a score.",
    )
    interface = InterfaceField(required=False, allow_null=True, help_text="Name or number.")
    client = serializers.IPAddressField(required=False, allow_null=True)
    server = serializers.IPAddressField(required=False, allow_null=True)
    client_port = serializers.IntegerField(required=False, **_PORT)
    server_port = serializers.IntegerField(required=False, **_PORT)
    vlan = serializers.IntegerField(required=False, default=0, min_value=0, max_value=4095)
    entity = serializers.CharField(
        max_length=200, required=False, help_text="The name of what is none of these."
    )
    attacker = serializers.ChoiceField(choices=["client", "server"], required=False)
    engaged_seconds = serializers.IntegerField(
        required=False,
        default=_DAY,
        min_value=1,
        max_value=30 * _DAY,
        help_text="An engaged one ends after so long without another event of its identity.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse two measures, several interfaces of one name, and nothing to be about."""
        if "score" in attrs and "severity" in attrs:
            raise ValidationError({"severity": ["Give either score or severity."]})
        if len(attrs.get("interface") or ()) > 1:
            raise ValidationError({"interface": ["Several have this name: give the number."]})
        if not any(attrs.get(name) for name in ("client", "server", "interface", "entity")):
            raise ValidationError({"entity": ["Say whom it is about."]})
        return attrs


class EventAnswerSerializer(serializers.Serializer[Any]):
    """What became of it; it is durable."""

    key = serializers.CharField()
    identity = serializers.CharField()
    repeated = serializers.BooleanField(help_text="It was known already.")


class Events(GenericAPIView[Finding]):
    """Events of other programs."""

    queryset = Finding.objects.none()
    scope = "ingest"
    knows_limits = True
    serializer_class = EventPostSerializer

    @extend_schema(
        operation_id="event_post",
        request=EventPostSerializer,
        responses={
            201: EventAnswerSerializer,
            200: EventAnswerSerializer,
            (409, "application/problem+json"): OpenApiTypes.OBJECT,
        },
    )
    def post(self, request: Request) -> Response:
        """Keep an event; it becomes an alert within a second. The same again is answered 200."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        event = _event(form.validated_data)
        _check_limits(event, limits_of(request))
        try:
            is_new = accept(event, request.user, timezone.now())
        except (CheckIsOff, OtherEvent) as error:
            raise Conflict(str(error)) from error
        answer = {"key": event.key, "identity": event.identity, "repeated": not is_new}
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(EventAnswerSerializer(answer).data, status=code)


def _event(said: dict[str, Any]) -> External:
    client, server = _address(said.get("client")), _address(said.get("server"))
    interface = (said.get("interface") or [None])[0]
    family, entity = _about(said, client, server, interface)
    sides = {"client": client, "server": server}
    attacker = said.get("attacker", "")
    other = {"client": "server", "server": "client"}.get(attacker, "")
    return External(
        key=said["key"],
        title=said["title"],
        identity=said.get("identity") or f"{said['title']}|{entity}"[:400],
        state=said["state"],
        family=family,
        entity=entity,
        score=_score(said),
        message=said["message"],
        cooldown=float(said["engaged_seconds"]),
        interface=interface,
        client=client,
        server=server,
        client_port=said.get("client_port"),
        server_port=said.get("server_port"),
        vlan=said["vlan"],
        attacker=sides.get(attacker),
        victim=sides.get(other),
    )


def _score(said: dict[str, Any]) -> int:
    by_name = {str(name): score for name, score in LOWEST_SCORE.items()}
    return int(said.get("score") or by_name.get(said.get("severity", ""), _SCORE))


def _address(text: str | None) -> str | None:
    return str(parse_place(text)) if text else None


def _about(
    said: dict[str, Any], client: str | None, server: str | None, interface: int | None
) -> tuple[str, str]:
    """Return family and entity."""
    if client and server:
        found = Family.FLOW, f"{client} → {server}"
    elif host := client or server:
        found = Family.HOST, f"{host}@{said['vlan']}" if said["vlan"] else host
    elif "entity" in said:
        found = Family.SYSTEM, said["entity"]
    else:
        found = Family.INTERFACE, str(interface)
    return str(found[0]), said.get("entity") or found[1]


def _check_limits(event: External, limits: Limits) -> None:
    """Refuse what the token is not for."""
    if limits.interfaces is not None and event.interface not in limits.interfaces:
        raise ValidationError({"interface": ["This token is limited to other interfaces."]})
    if limits.networks:
        ends = [ip_address(end) for end in (event.client, event.server) if end]
        nets = [ip_network(network) for network in limits.networks]
        if not any(end in network for end in ends for network in nets):
            raise ValidationError({"client": ["This token is limited to other networks."]})
