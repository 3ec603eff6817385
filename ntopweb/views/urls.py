"""URLs of the pages that span apps. The dashboard stands where the admin's index was."""

from __future__ import annotations

from django.urls import path

from ntopweb.views.dashboard import dashboard, drop_demonstration
from ntopweb.views.host_alerts import host_alerts
from ntopweb.views.search import page as search

urlpatterns = [
    path("admin/", dashboard, name="dashboard"),
    path("search/", search, name="search"),
    path("hosts/<int:pk>/alerts/", host_alerts, name="host-alerts"),
    path("demonstration/remove/", drop_demonstration, name="remove-demonstration"),
]
