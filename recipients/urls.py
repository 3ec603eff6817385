"""URLs of the app: the REST API and parts of pages."""

from __future__ import annotations

from django.urls import include, path

from recipients.views.alert_trail import alert_trail
from recipients.views.previews import hidden, preview

urlpatterns = [
    path("api/v1/", include("recipients.api.urls")),
    path("alerts/<int:pk>/trail/", alert_trail, name="alert-trail"),
    path("recipients/preview/", preview, name="recipient-preview"),
    path("silences/preview/", hidden, name="silence-preview"),
]
