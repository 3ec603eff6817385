"""URLs of the checks' REST API, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from checks.api.back_tests import BackTestList, BackTestOne, FlowExplanation
from checks.api.checks import CheckList, CheckOne
from checks.api.exclusions import (
    ExclusionList,
    ExclusionOne,
    OverrideList,
    OverrideOne,
    TrialList,
    TrialOne,
)
from checks.api.rules import RuleList, RuleOne, ThresholdRuleList, ThresholdRuleOne

urlpatterns = [
    path("checks/", CheckList.as_view(), name="api-checks"),
    path("checks/<slug:key>/", CheckOne.as_view(), name="api-check"),
    path("rules/", RuleList.as_view(), name="api-rules"),
    path("rules/<int:pk>/", RuleOne.as_view(), name="api-rule"),
    path("threshold-rules/", ThresholdRuleList.as_view(), name="api-threshold-rules"),
    path("threshold-rules/<int:pk>/", ThresholdRuleOne.as_view(), name="api-threshold-rule"),
    path("exclusions/", ExclusionList.as_view(), name="api-exclusions"),
    path("exclusions/<int:pk>/", ExclusionOne.as_view(), name="api-exclusion"),
    path("overrides/", OverrideList.as_view(), name="api-overrides"),
    path("overrides/<int:pk>/", OverrideOne.as_view(), name="api-override"),
    path("trials/", TrialList.as_view(), name="api-trials"),
    path("trials/<int:pk>/", TrialOne.as_view(), name="api-trial"),
    path("back-tests/", BackTestList.as_view(), name="api-back-tests"),
    path("back-tests/<int:pk>/", BackTestOne.as_view(), name="api-back-test"),
    path("flows/<int:flow_id>/explanation/", FlowExplanation.as_view(), name="api-explanation"),
]
