"""URLs of the scripts."""

from __future__ import annotations

from django.urls import path

from checks.lua.views.back_tests import begin_back_test, cancel_back_test, show_back_test
from checks.lua.views.editor import edit_script, new_script, roll_back
from checks.lua.views.script_list import act, export_script, import_script, script_list
from checks.lua.views.trying import check_syntax, read_capture, try_script

urlpatterns = [
    path("scripts/", script_list, name="scripts"),
    path("scripts/new/", new_script, name="script-new"),
    path("scripts/import/", import_script, name="script-import"),
    path("scripts/syntax/", check_syntax, name="script-syntax"),
    path("scripts/try/", try_script, name="script-try"),
    path("scripts/captures/", read_capture, name="script-capture"),
    path("scripts/back-tests/", begin_back_test, name="script-back-test-begin"),
    path("scripts/back-tests/<int:pk>/", show_back_test, name="script-back-test"),
    path("scripts/back-tests/<int:pk>/cancel/", cancel_back_test, name="script-back-test-cancel"),
    path("scripts/<int:pk>/", edit_script, name="script"),
    path("scripts/<int:pk>/act/", act, name="script-act"),
    path("scripts/<int:pk>/export/", export_script, name="script-export"),
    path("scripts/<int:pk>/versions/<int:number>/", roll_back, name="script-roll-back"),
]
