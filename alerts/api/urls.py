"""URLs of the REST API of alerts, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from alerts.api.alerts import (
    Acknowledge,
    AcknowledgeMany,
    AlertList,
    AlertOne,
    Comment,
    Release,
)
from alerts.api.events import Events
from alerts.api.previews import ExclusionPreview

urlpatterns = [
    path("alerts/", AlertList.as_view(), name="api-alerts"),
    path("alerts/acknowledge/", AcknowledgeMany.as_view(), name="api-alerts-acknowledge"),
    path("alerts/<int:pk>/", AlertOne.as_view(), name="api-alert"),
    path("alerts/<int:pk>/acknowledge/", Acknowledge.as_view(), name="api-alert-acknowledge"),
    path("alerts/<int:pk>/comment/", Comment.as_view(), name="api-alert-comment"),
    path("alerts/<int:pk>/release/", Release.as_view(), name="api-alert-release"),
    path("events/", Events.as_view(), name="api-events"),
    path("exclusions/preview/", ExclusionPreview.as_view(), name="api-exclusion-preview"),
]
