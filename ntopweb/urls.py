"""Every URL."""

from __future__ import annotations

from importlib.util import find_spec

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from ntopweb.health import healthz


def home(request: HttpRequest) -> HttpResponse:
    """Lead to the first page, or to the login."""
    return redirect("admin:index" if request.user.is_authenticated else "admin:login")


def is_there(module: str) -> bool:
    """Return whether an app has that module."""
    package = module.rpartition(".")[0]
    return find_spec(package) is not None and find_spec(module) is not None


#: The apps' own URLs, where the app has them.
_OF_APPS = [
    ("api/v1/", "monitoring.api.urls"),
    ("", "monitoring.ingest.urls"),
    ("", "monitoring.views.urls"),
    ("", "checks.urls"),
    ("", "alerts.urls"),
    ("", "ntopweb.views.urls"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("healthz", healthz, name="healthz"),
    *(path(prefix, include(module)) for prefix, module in _OF_APPS if is_there(module)),
    path("api/schema/", login_required(SpectacularAPIView.as_view()), name="schema"),
    path(
        "api/docs/",
        login_required(SpectacularSwaggerView.as_view(url_name="schema")),
        name="api-docs",
    ),
    path("admin/", admin.site.urls),
]
