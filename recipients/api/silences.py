"""Silences over REST."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers

from monitoring.api.lists import Query, list_schema, ordering_field
from monitoring.api.writing import CheckedSerializer, OneView, WritableListView
from recipients import outbox
from recipients.models import Silence


class SilenceQuery(Query):
    """Which silences."""

    state = serializers.ChoiceField(choices=["active", "pending", "over"], required=False)
    ordering = ordering_field("id", "ends_at", default="-ends_at")


class SilenceSerializer(CheckedSerializer):
    """A silence; ``matchers`` is a condition a line, as “check = syn_scan”."""

    author = serializers.CharField(
        source="author.username", read_only=True, default=None, allow_null=True
    )
    state = serializers.SerializerMethodField()

    class Meta:
        """All of it."""

        model = Silence
        fields = ["id", "matchers", "starts_at", "ends_at", "comment", "author", "state"]
        extra_kwargs = {"comment": {"required": True}}

    def get_state(self, silence: Silence) -> str:
        """Return "pending", "active" or "over"."""
        return silence.state(timezone.now())

    def save(self, **how: Any) -> Any:
        """Save; it is in force at once."""
        saved = super().save(**how)
        outbox.recheck_soon(timezone.now())
        return saved


@list_schema(SilenceQuery, SilenceSerializer)
class SilenceList(WritableListView):
    """Silences; POST adds one, by the caller."""

    queryset = Silence.objects.select_related("author")
    query_class = SilenceQuery
    serializer_class = SilenceSerializer
    orderings = {"id": "id", "ends_at": "ends_at"}

    def narrow(self, rows: QuerySet[Any], query: dict[str, Any]) -> QuerySet[Any]:
        """Return the silences that the parameters leave."""
        now = timezone.now()
        states = {
            "over": {"ends_at__lte": now},
            "active": {"starts_at__lte": now, "ends_at__gt": now},
            "pending": {"starts_at__gt": now, "ends_at__gt": now},
        }
        return rows.filter(**states[query["state"]]) if "state" in query else rows

    def saving(self) -> dict[str, Any]:
        """Return the caller as author."""
        return {"author": self.request.user}


class SilenceOne(OneView):
    """One silence; deleting it tells what it held back, if that is still engaged."""

    queryset = Silence.objects.select_related("author")
    serializer_class = SilenceSerializer

    def perform_destroy(self, instance: Any) -> None:
        """Delete it."""
        super().perform_destroy(instance)
        outbox.recheck_soon(timezone.now())
