import pytest

from recipients import vault
from tests.recipients.builders import an_endpoint


def test_secrets_come_back_and_do_not_stand_in_the_token():
    token = vault.seal({"password": "hunter2"})
    assert "hunter2" not in token
    assert vault.open_sealed(token) == {"password": "hunter2"}
    assert vault.seal({}) == "" and vault.open_sealed("") == {}


def test_a_new_key_reads_what_a_former_key_sealed(settings):
    token = vault.seal({"a": "b"})
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "new"
    assert vault.open_sealed(token) == {"a": "b"}
    fresh = vault.seal({"a": "b"})
    settings.SECRET_KEY_FALLBACKS = []
    assert vault.open_sealed(fresh) == {"a": "b"}
    with pytest.raises(vault.Sealed, match="NTOPWEB_SECRET_KEY_FALLBACKS"):
        vault.open_sealed(token)


@pytest.mark.django_db
def test_an_endpoint_keeps_its_secrets_encrypted_and_as_they_were():
    endpoint = an_endpoint("telegram", token="123:abc")
    endpoint.refresh_from_db()
    assert "123:abc" not in endpoint.secrets and "token" not in endpoint.parameters
    assert endpoint.has_secrets == {"token"}
    endpoint.configure({"api": "https://other.example", "token": ""})
    endpoint.save()
    assert endpoint.service().token == "123:abc"
    assert endpoint.service().api == "https://other.example"
    endpoint.configure({"token": "456:def"})
    assert endpoint.service().token == "456:def"
