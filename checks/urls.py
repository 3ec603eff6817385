"""URLs of the checks."""

from __future__ import annotations

from django.urls import include, path

from checks.views.check_detail import check_detail
from checks.views.check_list import check_list, switch

urlpatterns = [
    path("api/v1/", include("checks.api.urls")),
    path("checks/", check_list, name="checks"),
    path("checks/<slug:key>/", check_detail, name="check"),
    path("checks/<slug:key>/switch/", switch, name="check-switch"),
]
