import polars as pl
import pytest

from alerts.severity import Severity, severities, severity_of

CASES = [
    (0, "none"),
    (1, "info"),
    (9, "info"),
    (10, "notice"),
    (49, "notice"),
    (50, "warning"),
    (99, "warning"),
    (100, "error"),
    (150, "error"),
    (199, "error"),
    (200, "critical"),
    (249, "critical"),
    (250, "emergency"),
    (1000, "emergency"),
]


@pytest.mark.parametrize(("score", "severity"), CASES)
def test_severity_follows_from_score(score, severity):
    assert severity_of(score) == severity


def test_a_column_of_scores_gives_the_same_severities():
    table = pl.DataFrame(CASES, schema={"score": pl.Int16, "severity": pl.String}, orient="row")
    assert table.select(severities(pl.col("score"))).to_series().to_list() == [s for _, s in CASES]


def test_severities_are_ranked_from_nothing_to_everything():
    assert Severity.NONE.rank < Severity.WARNING.rank < Severity.EMERGENCY.rank
