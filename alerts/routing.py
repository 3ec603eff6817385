"""The WebSockets; ``ntopweb.asgi`` puts sessions and the check of origins before them."""

from __future__ import annotations

from django.urls import path

from alerts.live.consumer import AlertsConsumer, LiveConsumer

websocket_urlpatterns = [
    path("ws/alerts/", AlertsConsumer.as_asgi()),
    path("ws/live/", LiveConsumer.as_asgi()),
]
