"""A user's own tokens over REST: made in a session, listed, ended; no token makes another."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import RetrieveDestroyAPIView
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from monitoring.api.lists import ModelListView, Query, list_schema, one_schema, ordering_field
from monitoring.api.permissions import refusal
from monitoring.api.typed import Typed
from monitoring.models import ApiToken, Interface
from monitoring.models.host import validate_network
from monitoring.models.token import SCOPES


class OwnTokens(BasePermission):
    """Users have their own tokens; a token reads of them and makes none."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the caller may; the message says why not."""
        if isinstance(request.auth, ApiToken):
            made = "A token makes and ends no tokens: log in, and use /api/docs/ or the admin."
            self.message = refusal(request, view) if request.method in SAFE_METHODS else made
            return not self.message
        return bool(request.user.is_authenticated)


def _networks() -> serializers.ListField:
    network = serializers.CharField(max_length=49, validators=[validate_network])
    return serializers.ListField(child=network, required=False, max_length=100)


class TokenSerializer(Typed, serializers.ModelSerializer[ApiToken]):
    """A token of the caller; the token itself is shown by the answer that makes it."""

    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=SCOPES), allow_empty=False, required=False
    )
    interfaces = serializers.PrimaryKeyRelatedField(
        queryset=Interface.objects.all(), many=True, required=False
    )
    networks = _networks()
    allowed_from = _networks()

    class Meta:
        """All but the token."""

        model = ApiToken
        fields = [
            *("id", "name", "scopes", "interfaces", "networks", "allowed_from", "expires_at"),
            *("created_at", "last_used_at", "last_used_from"),
        ]
        read_only_fields = ["last_used_at", "last_used_from"]


class NewTokenSerializer(TokenSerializer):
    """A new token."""

    token = serializers.CharField(read_only=True, help_text="Shown once.")

    class Meta(TokenSerializer.Meta):
        """The token beside the rest."""

        fields = [*TokenSerializer.Meta.fields, "token"]


class TokenQuery(Query):
    """All of the caller's."""

    ordering = ordering_field("id", "name", default="name")


@list_schema(TokenQuery, TokenSerializer)
class TokenList(ModelListView):
    """The caller's tokens; POST makes one."""

    queryset = ApiToken.objects.prefetch_related("interfaces")
    permission_classes = (OwnTokens,)
    query_class = TokenQuery
    serializer_class = TokenSerializer
    orderings = {"id": "id", "name": "name"}

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the caller's own."""
        return rows.filter(user=self.request.user)

    @extend_schema(request=TokenSerializer, responses={201: NewTokenSerializer})
    def post(self, request: Request) -> Response:
        """Make a token and return it; only reading unless scopes say more."""
        form = TokenSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        interfaces, scopes = values.pop("interfaces", []), values.pop("scopes", ["read"])
        chosen = {f"may_{scope}": scope in scopes for scope in SCOPES}
        with transaction.atomic():
            user: Any = request.user
            token = ApiToken(user=user, **values, **chosen)
            text = token.renew_token()
            token.save()
            token.limit_to(interfaces)
        answer = {**TokenSerializer(token).data, "token": text}
        return Response(answer, status=status.HTTP_201_CREATED)


@one_schema("token")
class TokenOne(RetrieveDestroyAPIView[ApiToken]):
    """One of the caller's tokens; deleting it ends it at once."""

    queryset = ApiToken.objects.none()
    permission_classes = (OwnTokens,)
    serializer_class = TokenSerializer

    def get_queryset(self) -> QuerySet[ApiToken]:
        """Return the caller's own."""
        user = self.request.user
        return ApiToken.objects.filter(user=user) if user.pk else ApiToken.objects.none()
