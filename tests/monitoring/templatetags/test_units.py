from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from monitoring.templatetags import units

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"), (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KB"), (1536, "1.5 KB"),
        (102_300, "99.9 KB"), (102_349, "100 KB"), (102_400, "100 KB"),
        (1_048_575, "1.0 MB"), (5 * 2**40, "5.0 TB"),
        (2**61, "2048 PB"),
    ],
)  # fmt: skip
def test_bytes(value, text):
    assert units.bytes_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0 bit/s"), (999, "999 bit/s"), (1000, "1.0 kbit/s"), (999_999, "1.0 Mbit/s"),
     (12_345_678, "12.3 Mbit/s"), (2.5e9, "2.5 Gbit/s")],
)  # fmt: skip
def test_rates(value, text):
    assert units.bits_per_second(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0 s"), (0.001, "< 0.01 s"), (0.42, "0.42 s"), (9.99, "9.99 s"), (10, "10 s"),
     (59.6, "1 min"), (185, "3 min 5 s"), (3600, "1 h"), (7_440, "2 h 4 min"), (266_400, "3 d 2 h"),
     (timedelta(minutes=2), "2 min")],
)  # fmt: skip
def test_durations(value, text):
    assert units.duration(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0.000 µs"), (0.0123, "0.012 µs"), (0.9994, "0.999 µs"), (0.9996, "1.00 µs"),
     (9.994, "9.99 µs"), (9.996, "10.0 µs"), (99.94, "99.9 µs"), (99.96, "100 µs"),
     (999.4, "999 µs"), (999.5, "1.00 ms"), (1927.098, "1.93 ms"), (2_000_000, "2,000 ms")],
)  # fmt: skip
def test_costs_have_three_digits(value, text):
    assert units.microseconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0 s"), (0.42, "0.42 s"), (0.999, "1.00 s"), (1, "1 s"), (6.21, "6 s"),
     (7.04, "7 s"), (59.6, "1 min"), (185, "3 min 5 s"), (timedelta(seconds=6.21), "6 s")],
)  # fmt: skip
def test_what_lasted_is_in_whole_seconds(value, text):
    assert units.lasting(value) == text


@pytest.mark.parametrize(
    ("part", "whole", "width"),
    [(None, 9, 0), (0, 9, 0), (3, 0, 0), (9, 9, 100), (1, 4, 50), (1, 100, 10), (9, 4, 100)],
)
def test_a_bar_of_roots_shows_the_small_ones(part, whole, width):
    assert units.root_share(part, whole) == width


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "now"), (1, "now"), (2, "2 s ago"), (59, "59 s ago"), (60, "1 min ago"),
     (3599, "59 min ago"), (3600, "1 h ago"), (86_400, "1 d ago")],
)  # fmt: skip
def test_how_long_ago(seconds, text):
    assert units.ago_text(NOW - timedelta(seconds=seconds), NOW) == text


def test_what_never_was_says_so():
    assert (units.ago_text(None, NOW), units.moment_text(None)) == ("never", "–")


def test_times_are_in_the_viewers_zone():
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        assert units.moment_text(NOW) == "2026-11-24 21:00:00"
        assert "2026-11-24T12:00:00+00:00" in units.moment(NOW)


@pytest.mark.parametrize(
    ("part", "whole", "width"),
    [(1, 4, 25.0), (5, 4, 100.0), (1, 0, 0.0), (None, 4, 0.0), (0, 4, 0.0)],
)
def test_a_bar_is_never_longer_than_its_place(part, whole, width):
    assert units.share(part, whole) == width


def test_large_numbers():
    assert (units.count(1_234_567), units.short(1_234_567), units.packets(1500)) == (
        "1,234,567", "1.2 M", "1.5 k pkts",
    )  # fmt: skip
    assert (units.percent(0.1234), units.percent(1), units.milliseconds(0.4)) == (
        "12.3 %", "100 %", "0.40 ms",
    )  # fmt: skip
