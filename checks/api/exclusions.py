"""Exclusions, overrides and trials in shadow over REST."""

from __future__ import annotations

from rest_framework import serializers

from checks.api.authored import KEPT, AuthoredList, AuthoredOne, AuthoredQuery, AuthoredSerializer
from checks.models import Exclusion, Override, Trial
from monitoring.api.lists import list_schema, one_schema


class ExclusionSerializer(AuthoredSerializer[Exclusion]):
    """A condition under which checks say nothing. What is empty does not narrow it."""

    check = serializers.CharField(
        source="check_key", required=False, allow_blank=True, help_text="Key; empty for all."
    )
    describes = serializers.CharField(source="__str__", read_only=True)
    hits = serializers.SerializerMethodField(help_text="How many findings it hid.")
    last_hit = serializers.DateTimeField(
        source="tally.last_hit", default=None, allow_null=True, read_only=True
    )

    class Meta:
        """All criteria, and what it hid."""

        model = Exclusion
        fields = [
            *("id", "check", "describes", "client", "server", "host", "network", "port"),
            *("application", "domain", "certificate", "interface", "hours_from", "hours_until"),
            *("zone", "condition", "frame", "reason", "owner", "expires_at", "is_enabled"),
            *("hits", "last_hit", *KEPT[1:]),
        ]
        read_only_fields = list(KEPT)

    def get_hits(self, exclusion: Exclusion) -> int:
        """Return how many findings it hid."""
        tally = getattr(exclusion, "tally", None)
        return tally.hits if tally else 0


class CheckedQuery(AuthoredQuery):
    """Which of them."""

    check = serializers.CharField(source="check_key", required=False, help_text="The check's key.")


@list_schema(CheckedQuery, ExclusionSerializer)
class ExclusionList(AuthoredList):
    """Exclusions."""

    queryset = Exclusion.objects.select_related("updated_by", "tally", "interface")
    query_class = CheckedQuery
    serializer_class = ExclusionSerializer


@one_schema("exclusion")
class ExclusionOne(AuthoredOne):
    """One exclusion."""

    queryset = Exclusion.objects.select_related("updated_by", "tally", "interface")
    serializer_class = ExclusionSerializer


class OverrideSerializer(AuthoredSerializer[Override]):
    """Other settings of a check in one place: a pool, a network or an interface."""

    check = serializers.CharField(source="check_key")

    class Meta:
        """null and missing parameters are inherited."""

        model = Override
        fields = [
            *("id", "check", "pool", "network", "interface", "is_enabled", "parameters"),
            *("score", *KEPT[1:]),
        ]
        read_only_fields = list(KEPT)
        validators: list[object] = []  # the model judges


@list_schema(CheckedQuery, OverrideSerializer)
class OverrideList(AuthoredList):
    """Overrides."""

    queryset = Override.objects.select_related("updated_by")
    query_class = CheckedQuery
    serializer_class = OverrideSerializer


@one_schema("override")
class OverrideOne(AuthoredOne):
    """One override."""

    queryset = Override.objects.select_related("updated_by")
    serializer_class = OverrideSerializer


class TrialSerializer(AuthoredSerializer[Trial]):
    """A change of a check that is tried in shadow: evaluated, shown, told to nobody."""

    check = serializers.CharField(source="check_key")

    class Meta:
        """One trial per check."""

        model = Trial
        fields = ["id", "check", "parameters", "score", *KEPT[1:]]
        read_only_fields = list(KEPT)


@list_schema(CheckedQuery, TrialSerializer)
class TrialList(AuthoredList):
    """Trials in shadow."""

    queryset = Trial.objects.select_related("updated_by")
    query_class = CheckedQuery
    serializer_class = TrialSerializer


@one_schema("trial")
class TrialOne(AuthoredOne):
    """One trial in shadow; PATCH of the check itself puts values in force."""

    queryset = Trial.objects.select_related("updated_by")
    serializer_class = TrialSerializer
