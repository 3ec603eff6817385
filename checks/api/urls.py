"""URLs of the checks' REST API, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from checks.api.checks import CheckList, CheckOne

urlpatterns = [
    path("checks/", CheckList.as_view(), name="api-checks"),
    path("checks/<slug:key>/", CheckOne.as_view(), name="api-check"),
]
