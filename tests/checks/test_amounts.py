import polars as pl
import pytest

from checks.amounts import in_bits_per_second, in_bytes, whole


@pytest.mark.parametrize(("value", "as_bytes", "as_rate"), [
    (0, "0 B", "0 bit/s"),
    (2.68, "2.68 B", "2.68 bit/s"),
    (999, "999 B", "999 bit/s"),
    (999.5, "1000 B", "1.0 kbit/s"),
    (1_023, "1023 B", "1.02 kbit/s"),
    (1_024, "1 KB", "1.02 kbit/s"),
    (12_345, "12.1 KB", "12.3 kbit/s"),
    (2_700_703_665, "2.52 GB", "2.7 Gbit/s"),
    (1e18, "888 PB", "1000000 Tbit/s"),
])  # fmt: skip
def test_amounts_have_three_digits_and_their_unit(value, as_bytes, as_rate):
    table = pl.DataFrame({"value": [value]}, schema={"value": pl.Float64})
    told = table.select(
        b=in_bytes(pl.col("value")), r=in_bits_per_second(pl.col("value")), n=whole(pl.col("value"))
    )
    assert told.row(0) == (as_bytes, as_rate, str(round(value)))
