"""URLs of the app: the REST API and the pages."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("alerts.api.urls")),
]
