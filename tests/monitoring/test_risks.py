import pytest
from _lib_engine import ffi

from monitoring.risks import NAMES, risk_names


@pytest.mark.parametrize(
    ("bitmap", "expected"),
    [
        (0, []),
        (1, []),  # bit 0 means no risk
        (1 << 2 | 1 << 36, ["Possible SQL injection", "Clear-text credentials"]),
        (1 << 56, ["Obfuscated traffic"]),
        (1 << 57, ["Risk 57"]),
        (-(1 << 63), ["Risk 63"]),  # a signed BIGINT
    ],
)
def test_bits_have_names(bitmap, expected):
    assert risk_names(bitmap) == expected


def test_every_risk_of_the_engine_has_its_own_name():
    risks = ffi.typeof("ndpi_risk_enum").elements
    assert len(NAMES) == next(number for number, name in risks.items() if name == "NDPI_MAX_RISK")
    assert len(set(NAMES)) == len(NAMES)
