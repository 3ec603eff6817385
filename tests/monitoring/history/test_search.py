import pytest

from monitoring.history.search import parse_search


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", {}),
        ("10.0.0.7", {"host": "10.0.0.7"}),
        ("2001:DB8::1", {"host": "2001:db8::1"}),
        ("10.1.2.3/8", {"host": "10.0.0.0/8"}),
        ("10.0.0.7 2001:db8::/32", {"host": "10.0.0.7", "peer": "2001:db8::/32"}),
        (":443", {"port": 443}),
        ("vlan:20 score:50 youtube", {"vlan": 20, "min_score": 50, "text": "youtube"}),
    ],
)
def test_words_stand_for_fields(text, fields):
    assert parse_search(text) == fields


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (":65536", "up to 65,535"),
        (":http", "give a number"),
        ("vlan:4096", "up to 4,095"),
        ("one two", "one text only"),
        ("10.0.0.1 10.0.0.2 10.0.0.3", "one peer only"),
    ],
)
def test_what_is_not_understood_is_named(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_search(text)
