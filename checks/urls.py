"""URLs of the checks."""

from __future__ import annotations

from django.urls import include, path

from checks.views import back_tests, conditions, learned
from checks.views.check_detail import check_detail
from checks.views.check_list import check_list, export, load, switch, switch_many

urlpatterns = [
    path("api/v1/", include("checks.api.urls")),
    path("checks/", check_list, name="checks"),
    path("checks/export/", export, name="checks-export"),
    path("checks/import/", load, name="checks-import"),
    path("checks/many/", switch_many, name="checks-many"),
    path("conditions/words/", conditions.condition_words, name="condition-words"),
    path("conditions/check/", conditions.condition_check, name="condition-check"),
    path("conditions/examples/", conditions.condition_examples, name="condition-examples"),
    path("back-tests/", back_tests.back_tests, name="back-tests"),
    path("back-tests/new/", back_tests.new, name="back-test-new"),
    path("back-tests/<int:pk>/", back_tests.back_test, name="back-test"),
    path("back-tests/<int:pk>/cancel/", back_tests.cancel, name="back-test-cancel"),
    path("learned/", learned.learned, name="learned"),
    path("learned/decide/", learned.decide, name="learned-decide"),
    path("learned/anew/", learned.learn_anew, name="learned-anew"),
    path("checks/<slug:key>/", check_detail, name="check"),
    path("checks/<slug:key>/switch/", switch, name="check-switch"),
]
