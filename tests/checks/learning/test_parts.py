"""A round takes a bounded number of rows; each row is fresh once, and windows hold the newest."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

from checks.learning import parts
from checks.models import Part
from tests.checks.learning.builders import NOW, SIDES, flow, flows

pytestmark = pytest.mark.django_db


def leave(*sizes, first=1):
    """Leave parts of so many rows, IPv4 and IPv6 in turn, whose flow_ids count on."""
    numbers = iter(range(first, first + sum(sizes)))
    with transaction.atomic(), connection.cursor() as cursor:
        for size in sizes:
            of_part = [next(numbers) for _ in range(size)]
            ends = [SIDES[number % 2][:2] for number in of_part]
            rows = [flow(*end, flow_id=n) for end, n in zip(ends, of_part, strict=True)]
            parts.append(cursor, "flow", flows(*rows))


def taken(now=NOW):
    """Return the numbers of the flows that a round takes: fresh, and in its window."""
    with transaction.atomic():
        round_ = parts.take("flow", now)
    return tuple([] if t.is_empty() else t["flow_id"].to_list() for t in round_)


@pytest.fixture
def bounds(monkeypatch):
    monkeypatch.setattr(parts, "MOST_FRESH", 5)
    monkeypatch.setattr(parts, "MOST_PAST", 4)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(parts, "MOST_PARTS", 2)


def test_what_waits_is_taken_in_rounds_the_oldest_first_and_once(bounds):
    leave(2, 3, 1, 2, 2, 4)
    rounds = [taken()[0] for _ in range(5)]
    assert rounds == [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], [11, 12, 13, 14], [], []]
    assert parts.waiting() == 0


@pytest.mark.parametrize(
    ("sizes", "fresh"), [((5, 1), 5), ((3, 2, 1), 5), ((3, 3), 3), ((6, 1), 6), ((9,), 9)]
)
def test_a_part_is_never_cut_and_one_at_least_is_taken(bounds, sizes, fresh):
    leave(*sizes)
    assert taken()[0] == list(range(1, fresh + 1))


def test_a_window_holds_what_is_fresh_and_the_newest_of_what_was(bounds):
    leave(2, 2)
    assert taken() == ([1, 2, 3, 4], [1, 2, 3, 4])
    leave(1, first=5)
    assert taken() == ([5], [1, 2, 3, 4, 5])
    leave(2, first=6)
    assert taken() == ([6, 7], [3, 4, 5, 6, 7])


def test_many_parts_that_were_folded_do_not_keep_a_new_one_waiting(few):
    for number in range(1, 6):
        leave(1, first=number)
        fresh, window = taken()
        assert fresh == [number] and window == [n for n in range(number - 2, number + 1) if n > 0]


def test_what_left_the_window_is_gone_and_what_waits_is_not(bounds):
    leave(3)
    taken()
    leave(3, first=4)
    Part.objects.update(created_at=NOW)
    assert taken(NOW + timedelta(minutes=6)) == ([4, 5, 6], [4, 5, 6])
    assert not taken(NOW + timedelta(minutes=6))[0]
    assert not Part.objects.exists()
