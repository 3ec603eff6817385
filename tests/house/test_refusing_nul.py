import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/hosts/", "/flows/", "/learned/"])
def test_a_query_with_a_nul_is_refused_and_says_why(admin_client, path):
    assert admin_client.get(path).status_code == 200
    answer = admin_client.get(path, {"q": "a\0", "search": "\0"})
    assert answer.status_code == 400
    assert "NUL" in answer.content.decode()
