"""Every check of the catalogue has a row at its limit and one just over; none is left out."""

from __future__ import annotations

import pytest

from checks.documentation import LEFT_OUT
from checks.registry import discover
from tests.checks.builders import PEERS, run, the
from tests.checks.definitions.limits import limits

BY_FAMILY = [pytest.param(client, server, id=client) for client, server in PEERS]
#: The catalogue's least; docs/checks.md lists them all.
FEWEST = 150


@pytest.mark.parametrize(("client", "server"), BY_FAMILY)
def test_every_check_has_a_limit(client: str, server: str) -> None:
    assert {limit.key for limit in limits(client, server)} == set(discover())
    assert len(discover()) >= FEWEST


@pytest.mark.parametrize(("client", "server"), BY_FAMILY)
@pytest.mark.parametrize("key", sorted(discover()))
def test_it_is_silent_at_its_limit_and_fires_over_it(key: str, client: str, server: str) -> None:
    cases = [limit for limit in limits(client, server) if limit.key == key]
    for _, parameters, below, above in cases:
        assert below != above
        found = run(the(key, **parameters), below, above)
        assert {entry["row"] for entry in found} == {1}


def test_no_check_is_left_out_and_there() -> None:
    lines = LEFT_OUT.read_text(encoding="utf-8").splitlines()[1:]
    assert {line.partition(",")[0] for line in lines} & set(discover()) == set()
