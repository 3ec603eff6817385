import pytest

from recipients.backoff import FIRST, LONGEST, pause


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 5), (2, 10), (3, 20), (6, 160), (7, 300), (8, 300), (10**6, 300)]
)
def test_a_pause_doubles_up_to_the_longest(failures, seconds):
    assert pause(failures, 1.0) == seconds


@pytest.mark.parametrize("failures", [1, 5, 50])
def test_the_jitter_spreads_over_half_of_it(failures):
    least, most = pause(failures, 0.0), pause(failures, 1.0)
    assert least == most / 2
    assert FIRST / 2 <= least <= LONGEST


@pytest.mark.parametrize("asked", [0.0, 4.0, 100.0, 7200.0])
@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_a_service_never_waits_less_than_it_asked_for(asked, chance):
    assert pause(1, chance, asked) >= asked
    assert pause(1, chance, asked) >= pause(1, chance) * 0.1
