"""Every URL."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from monitoring.api.nowhere import Nowhere
from ntopweb.health import healthz
from ntopweb.metrics import metrics

#: What Django answers with where an error reached no view's own answer.
handler500 = "ntopweb.failing.failed"


def home(request: HttpRequest) -> HttpResponse:
    """Lead to the first page, or to the login."""
    return redirect("admin:index" if request.user.is_authenticated else "admin:login")


urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("api/v1/", include("monitoring.api.urls")),
    path("api/v1/", include("checks.lua.api_urls")),
    path("", include("monitoring.ingest.urls")),
    path("", include("monitoring.views.urls")),
    path("", include("checks.urls")),
    path("", include("checks.lua.urls")),
    path("", include("alerts.urls")),
    path("", include("recipients.urls")),
    path("", include("ntopweb.views.urls")),
    path("", include("ntopweb.ntopng.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    re_path("^api/v1/", Nowhere.as_view()),
    path(
        "api/docs/",
        login_required(SpectacularSwaggerView.as_view(url_name="schema")),
        name="api-docs",
    ),
    path("admin/", admin.site.urls),
]
