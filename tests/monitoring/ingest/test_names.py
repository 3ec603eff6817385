"""Names have small numbers; beyond the bound they share one, and no row is lost."""

from __future__ import annotations

import polars as pl
import pytest
from django.db import connection

from monitoring.ingest import names
from monitoring.models import Application, Category

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize("model", [Application, Category], ids=["application", "category"]),
]


@pytest.fixture(autouse=True)
def nothing_remembered():
    names.forget()
    yield
    names.forget()


def numbered(model, *texts):
    """Return the names that stand behind the numbers of these names."""
    told = names.numbers(pl.Series(texts), model)
    assert told.dtype == pl.Int16 and told.null_count() == 0
    known = dict(model.objects.values_list("id", "name"))
    return [known[number] for number in told.to_list()]


def leave_room_for(model, count, monkeypatch):
    numbered(model, "the first")
    monkeypatch.setattr(names, "MOST", model.objects.get(name="the first").pk + count)


def test_each_name_has_its_number(model):
    assert numbered(model, "TLS", "DNS", "TLS", "") == ["TLS", "DNS", "TLS", ""]
    names.forget()
    assert numbered(model, "DNS", "x" * 90) == ["DNS", "x" * 80]


@pytest.mark.parametrize(("room", "own"), [(3, 3), (2, 2), (1, 1), (0, 0)])
def test_names_beyond_the_bound_share_a_number(model, room, own, monkeypatch):
    leave_room_for(model, room, monkeypatch)
    expected = ["a", "b", "c"][:own] + [names.OTHERS] * (3 - own)
    assert numbered(model, "a", "b", "c") == expected
    names.forget()
    assert numbered(model, "c", "b", "a", "the first") == [*expected[::-1], "the first"]


def test_names_without_a_number_use_none_up_however_often_they_come(model, monkeypatch):
    leave_room_for(model, 0, monkeypatch)
    numbered(model, "a")
    last = model.objects.order_by("id").last().pk
    for number in range(20):
        names.forget()
        assert numbered(model, f"new {number}", "a") == [names.OTHERS] * 2
    table = model._meta.db_table
    with connection.cursor() as cursor:
        sequence = "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, 'id')::regclass)"
        cursor.execute(sequence, [table])
        assert cursor.fetchone()[0] == last
