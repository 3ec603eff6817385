"""The OpenAPI document is tried by schemathesis: what it promises holds, whoever asks.

More examples of each call: ``NTOPWEB_API_EXAMPLES=200 pytest tests/api/test_document.py``.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from hypothesis import HealthCheck, settings

from checks.models import sync_settings
from tests.api.seed import fill, snapshot
from tests.monitoring import builders

EXAMPLES = int(os.environ.get("NTOPWEB_API_EXAMPLES", 2))
pytestmark = pytest.mark.usefixtures("call_rate_off", "stub_outside", "kept_connection")

#: Conditions, names of interfaces and the like are right or wrong by more than their type, which
#: OpenAPI cannot say: what is valid by the document may be refused, naming the field.
FOR_VALID = ["2xx", "400", "401", "403", "404", "409"]
#: Calls that a viewer may make though they are no GET: they keep nothing.
SAFE = ("GET", "HEAD", "OPTIONS")
ONLY_ASK = ("/api/v1/exclusions/preview/", "/api/v1/reports/")

few = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES < 50,
    suppress_health_check=list(HealthCheck),
    database=None,
)


def document() -> Any:
    """Return the document as programs get it."""
    made = SchemaGenerator().get_schema(public=True)
    return json.loads(OpenApiJsonRenderer().render(made))


schema = schemathesis.openapi.from_dict(document())
schema.app = get_wsgi_application()
schema.config.checks.positive_data_acceptance.expected_statuses = FOR_VALID


@pytest.fixture
def admin(cast: Any) -> dict[str, str]:
    return seen_by(cast, "admin")


@pytest.fixture
def viewer(cast: Any) -> dict[str, str]:
    return seen_by(cast, "viewer")


def seen_by(cast: Any, who: str) -> dict[str, str]:
    sync_settings()
    fill(cast.admin)
    token = builders.a_token(getattr(cast, who), may_write=True, may_ingest=True)
    return {"Authorization": f"Token {token}"}


@schema.parametrize()
@few
def test_the_document_holds_for_an_admin(case: Any, admin: dict[str, str]) -> None:
    case.call_and_validate(headers=admin)


@schema.parametrize()
@few
def test_a_viewer_changes_nothing_and_sees_no_secret(case: Any, viewer: dict[str, str]) -> None:
    before = snapshot()
    answer = case.call_and_validate(headers=viewer)
    if case.method not in SAFE and case.path not in ONLY_ASK:
        assert answer.status_code >= 400
    assert snapshot() == before
    assert "s3cret" not in answer.text
