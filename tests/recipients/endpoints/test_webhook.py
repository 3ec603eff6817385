"""What a webhook sends of its secrets, and where they are kept."""

import pytest

from checks.parameters import parameters_of
from recipients.endpoints.webhook import Webhook
from recipients.parameters import Secret
from tests.recipients.endpoints.test_kinds import a_message, send


def test_a_webhooks_authorization_is_sent_and_a_secret(stub, loopback):
    send("webhook", a_message(), loopback, url=stub.url, username="u", authorization="Bearer x")
    assert stub.requests[0].headers["authorization"] == "Bearer x"
    assert isinstance(parameters_of(Webhook)["authorization"], Secret)


@pytest.mark.parametrize("row", ["Authorization: Bearer x", "cookie: a=b"])
def test_a_header_that_is_a_password_has_its_own_field(row):
    with pytest.raises(ValueError, match="field Authorization"):
        parameters_of(Webhook)["headers"].parse(row)
