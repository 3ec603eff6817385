"""A flood, small; in full size: ``tests.reliability.flood``."""

import pytest

from tests.reliability import flood


@pytest.mark.django_db
def test_a_flood_becomes_a_bounded_number_of_messages_that_tell_of_all(settings):
    found = flood.run(3000)
    assert (found["alerts"], found["alerts_lost"], found["undecided"]) == (3000, 0, 0)
    assert found["untold"] == 0
    assert found["messages_each"] == flood.CAP + 1
    assert found["messages_digest"] <= 3
    assert found["largest_message_bytes"] < 100_000
