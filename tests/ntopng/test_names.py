"""nDPI's numbers in the tables are those of the engine that names the flows."""

from __future__ import annotations

import ctypes

import pytest

from capture_agent import engine
from ntopweb.ntopng.names import applications, breed_of, categories, category_of, numbers_of


def test_the_tables_are_the_engines():
    dissector = engine.Dissector()
    for one in applications().values():
        assert dissector.application(one.id, 0) == one.name
    for name, number in categories().items():
        assert dissector.category(number) == name
    count = engine._function("ndpi_get_num_protocols", ctypes.c_uint)
    assert len(applications()) > 0.9 * count(ctypes.c_void_p(dissector.module))


@pytest.mark.parametrize(
    ("name", "numbers", "category", "breed"),
    [
        ("TLS", (91, 91), "Web", "Safe"),
        ("TLS.Google", (91, 126), "Web", "Acceptable"),
        ("DNS.Nothing", (5, 5), "Network", "Acceptable"),
        ("", (0, 0), "Unspecified", "Unrated"),
        ("Nothing.Google", (0, 126), "Web", "Acceptable"),
    ],
)
def test_names_of_two_parts(name, numbers, category, breed):
    assert (numbers_of(name), category_of(name), breed_of(name)) == (numbers, category, breed)
