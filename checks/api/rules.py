"""User rules and limits on traffic over REST."""

from __future__ import annotations

from rest_framework import serializers

from checks.api.authored import KEPT, AuthoredList, AuthoredOne, AuthoredQuery, AuthoredSerializer
from checks.models import Mode, ThresholdRule, UserRule
from monitoring.api.lists import list_schema, one_schema, ordering_field


class RuleSerializer(AuthoredSerializer[UserRule]):
    """A user rule: a condition in the condition language over one frame."""

    class Meta:
        """The key is made of the title."""

        model = UserRule
        fields = [
            *("id", "key", "number", "title", "description", "mode", "frame", "condition"),
            *("message", "score", "category", "cooldown", "identity", "events", "attack"),
            *("attacker", "victim", *KEPT[1:]),
        ]
        read_only_fields = ["key", "number", *KEPT]


class RuleQuery(AuthoredQuery):
    """Which rules."""

    mode = serializers.ChoiceField(choices=Mode.choices, required=False)
    frame = serializers.CharField(required=False)
    ordering = ordering_field("id", "title", default="id")


@list_schema(RuleQuery, RuleSerializer)
class RuleList(AuthoredList):
    """User rules."""

    queryset = UserRule.objects.select_related("updated_by")
    query_class = RuleQuery
    serializer_class = RuleSerializer
    orderings = {"id": "id", "title": "title"}


@one_schema("rule")
class RuleOne(AuthoredOne):
    """One user rule."""

    queryset = UserRule.objects.select_related("updated_by")
    serializer_class = RuleSerializer


class ThresholdRuleSerializer(AuthoredSerializer[ThresholdRule]):
    """A limit on what somebody moves in a period."""

    class Meta:
        """``period`` is in seconds."""

        model = ThresholdRule
        fields = [
            *("id", "key", "number", "title", "description", "is_enabled", "subject", "target"),
            *("metric", "direction", "operator", "threshold", "period", "score", *KEPT[1:]),
        ]
        read_only_fields = ["key", "number", *KEPT]


@list_schema(AuthoredQuery, ThresholdRuleSerializer)
class ThresholdRuleList(AuthoredList):
    """Limits on traffic."""

    queryset = ThresholdRule.objects.select_related("updated_by")
    serializer_class = ThresholdRuleSerializer


@one_schema("thresholdrule")
class ThresholdRuleOne(AuthoredOne):
    """One limit on traffic."""

    queryset = ThresholdRule.objects.select_related("updated_by")
    serializer_class = ThresholdRuleSerializer
