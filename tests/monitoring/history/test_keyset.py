from datetime import timedelta

import pytest

from monitoring.history.keyset import BadCursor, Bound, Keyset, decode, read_page, rows_of
from monitoring.models import Host
from tests.monitoring import builders

pytestmark = pytest.mark.django_db


def _walk(keyset, size):
    """Return all rows forward, then all backward from the last page."""
    fetch = rows_of(Host.objects.all())
    page, forward = read_page(fetch, keyset, size), []
    assert page.previous is None
    while True:
        forward += [row.pk for row in page.rows]
        if page.next is None:
            break
        page = read_page(fetch, keyset, size, page.next)
    backward = [row.pk for row in page.rows]
    while page.previous:
        page = read_page(fetch, keyset, size, page.previous)
        backward = [row.pk for row in page.rows] + backward
    return forward, backward


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
@pytest.mark.parametrize("name", ["last_seen", "-last_seen"])
def test_every_row_comes_once_in_both_directions_though_many_are_equal(name, size):
    for place in range(7):
        builders.a_host(f"10.0.0.{place + 1}", seen=builders.NOON - timedelta(hours=place // 3))
    forward, backward = _walk(Keyset(name, ("last_seen", "id")), size)
    sign = "-" if name.startswith("-") else ""
    expected = list(
        Host.objects.order_by(f"{sign}last_seen", f"{sign}id").values_list("pk", flat=True)
    )
    assert forward == expected
    assert backward == expected


@pytest.mark.parametrize("addresses", [("10.0.0.1", "10.0.0.2"), ("2001:db8::1", "2001:db8::2")])
def test_addresses_are_an_order(addresses):
    hosts = [builders.a_host(address) for address in addresses]
    forward, backward = _walk(Keyset("address", ("address", "id")), 1)
    assert forward == backward == [host.pk for host in hosts]


def test_rows_that_come_in_between_move_nothing():
    for place in range(4):
        builders.a_host(f"10.0.0.{place + 1}", seen=builders.NOON - timedelta(minutes=place))
    keyset, fetch = Keyset("-last_seen", ("last_seen", "id")), rows_of(Host.objects.all())
    first = read_page(fetch, keyset, 2)
    builders.a_host("10.0.0.9", seen=builders.NOON + timedelta(minutes=1))
    second = read_page(fetch, keyset, 2, first.next)
    assert [host.address for host in second.rows] == ["10.0.0.3", "10.0.0.4"]


@pytest.mark.parametrize(
    "cursor", ["x", "!!!", "W10", "bnVsbA", "WyItaWQiLDAsW11d", "WyItaWQiLDBd"]
)
def test_a_made_up_cursor_is_refused(cursor):
    with pytest.raises(BadCursor, match="follow the links"):
        decode(Keyset("-id", ("id",)), cursor)


def test_a_cursor_of_another_order_is_refused_by_name():
    builders.a_host("10.0.0.1"), builders.a_host("10.0.0.2")
    fetch = rows_of(Host.objects.all())
    cursor = read_page(fetch, Keyset("id", ("id",)), 1).next
    with pytest.raises(BadCursor, match="belongs to ordering 'id'"):
        read_page(fetch, Keyset("-id", ("id",)), 1, cursor)


def test_a_cursor_whose_values_the_columns_do_not_understand_is_refused():
    builders.a_host("10.0.0.1"), builders.a_host("10.0.0.2")
    fetch = rows_of(Host.objects.all())
    cursor = read_page(fetch, Keyset("id", ("address", "id")), 1).next
    with pytest.raises(BadCursor, match="follow the links"):
        read_page(fetch, Keyset("id", ("last_seen", "id")), 1, cursor)


def test_a_bound_is_a_row_comparison_in_sql():
    assert Bound(("bucket", "key"), (1, "a"), less=True).as_sql() == (
        "(bucket, key) < (%s, %s)",
        [1, "a"],
    )
