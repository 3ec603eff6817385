"""URLs of the scripts' REST API, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from checks.lua.api import ScriptList, ScriptOne, ScriptVersions

urlpatterns = [
    path("scripts/", ScriptList.as_view(), name="api-scripts"),
    path("scripts/<int:pk>/", ScriptOne.as_view(), name="api-script"),
    path("scripts/<int:pk>/versions/", ScriptVersions.as_view(), name="api-script-versions"),
]
