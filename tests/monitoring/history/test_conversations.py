from datetime import timedelta

import pytest

from monitoring.history.conversations import conversations, countries
from monitoring.history.window import Window, finest_of
from tests.monitoring import builders
from tests.monitoring.builders import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def sums():
    place = NOON - timedelta(minutes=1), builders.an_interface("eth0").pk
    rows = [
        ("peers", "10.0.0.1 10.0.0.2", 5),
        ("peers", "2001:db8::1 2001:db8::2", 9),
        ("peers", "other", 99),
        ("country", "DE", 7),
        ("country", "XK", 1),
        ("country", "", 50),
        ("country", "other", 3),
    ]
    builders.much_traffic([(*place, d, key, {"bytes_sent": moved}) for d, key, moved in rows])
    return Window.last(timedelta(minutes=15), NOON)


def test_conversations_are_pairs_the_greatest_first(sums):
    found = [(one.client, one.server, one.sums.bytes) for one in conversations(sums)]
    assert found == [("2001:db8::1", "2001:db8::2", 9), ("10.0.0.1", "10.0.0.2", 5)]


def test_countries_have_a_name_and_a_number_where_the_code_is_known(sums):
    found = {one.code: (one.name, one.number) for one in countries(sums)}
    assert found["DE"] == ("Germany", "276")
    assert found.keys() == {"DE", "XK"}


@pytest.mark.parametrize(
    ("days", "seconds"), [(0, 10), (1, 10), (1.1, 60), (14, 60), (15, 3600), (400, 86_400)]
)
def test_what_is_old_is_read_from_sums_that_are_still_kept(days, seconds):
    kept = {"10s": 1, "1m": 14, "1h": 180, "1d": 1095}
    spans = {name: timedelta(days=number) for name, number in kept.items()}
    finest = finest_of(timedelta(days=days), spans)
    assert finest == seconds
    window = Window.last(timedelta(minutes=15), NOON)
    old = Window(window.since, window.until, None, finest)
    assert old.step >= seconds
    assert old.table == {10: "traffic_10s", 60: "traffic_1m", 3600: "traffic_1h"}.get(
        seconds, "traffic_1d"
    )
