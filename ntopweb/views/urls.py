"""URLs of the pages that span apps. The dashboard stands where the admin's index was."""

from __future__ import annotations

from django.urls import path

from ntopweb.views.dashboard import dashboard, drop_demonstration

urlpatterns = [
    path("admin/", dashboard, name="dashboard"),
    path("demonstration/remove/", drop_demonstration, name="remove-demonstration"),
]
