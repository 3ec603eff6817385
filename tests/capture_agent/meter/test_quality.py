"""The score of a call from its loss, jitter and codec."""

from __future__ import annotations

import pytest

from capture_agent.meter.quality import score

PCMU, G729 = 0, 18


@pytest.mark.parametrize(
    ("loss", "jitter", "kind", "mos"),
    [
        (0.0, 0.0, PCMU, 4.40), (1.0, 0.0, PCMU, 4.32), (10.0, 0.0, PCMU, 3.39),
        (0.0, 0.0, G729, 4.09), (5.0, 0.0, G729, 3.32), (0.0, 100.0, PCMU, 4.14),
        (100.0, 0.0, PCMU, 1.16),
    ],
)  # fmt: skip
def test_the_score_is_that_of_the_e_model(
    loss: float, jitter: float, kind: int, mos: float
) -> None:
    """R, then MOS, worked out apart: 93.2 − Id − Ie,eff of G.107 with G.113's Ie and Bpl."""
    assert score(loss, jitter, kind) == pytest.approx(mos, abs=0.005)
