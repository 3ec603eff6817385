"""A recipient that was told something."""

import pytest

from recipients import rounds
from tests.recipients.builders import NOON, a_recipient, an_event


@pytest.fixture
def told(db):
    to = a_recipient()
    an_event()
    rounds.decide(NOON)
    return to
