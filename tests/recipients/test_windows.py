from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from recipients.windows import Hours, Recurrence

ROME, NEW_YORK = ZoneInfo("Europe/Rome"), ZoneInfo("America/New_York")


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


OFFICE = "Mon-Fri 08:00-18:00"


@pytest.mark.parametrize(
    ("zone", "at", "is_open"),
    [
        # Rome: +1 until 29 March 2026 02:00, +2 until 25 October 2026 03:00
        ("Europe/Rome", "2026-03-27 06:59", False),
        ("Europe/Rome", "2026-03-27 07:00", True),
        ("Europe/Rome", "2026-03-30 05:59", False),
        ("Europe/Rome", "2026-03-30 06:00", True),
        ("Europe/Rome", "2026-03-30 15:59", True),
        ("Europe/Rome", "2026-03-30 16:00", False),
        ("Europe/Rome", "2026-10-23 06:00", True),
        ("Europe/Rome", "2026-10-26 06:59", False),
        ("Europe/Rome", "2026-10-26 07:00", True),
        # New York: -5 until 8 March 2026 02:00, -4 until 1 November 2026 02:00
        ("America/New_York", "2026-03-06 12:59", False),
        ("America/New_York", "2026-03-06 13:00", True),
        ("America/New_York", "2026-03-09 11:59", False),
        ("America/New_York", "2026-03-09 12:00", True),
        ("America/New_York", "2026-10-30 12:00", True),
        ("America/New_York", "2026-11-02 12:59", False),
        ("America/New_York", "2026-11-02 13:00", True),
        # Saturday
        ("Europe/Rome", "2026-03-28 10:00", False),
    ],
)
def test_hours_are_on_the_wall_whatever_the_offset(zone, at, is_open):
    assert Hours.parse(OFFICE, zone).are_open(utc(at)) is is_open


@pytest.mark.parametrize(
    ("text", "at", "is_open"),
    [
        ("daily 22:00-06:00", "2026-11-24 23:00", True),
        ("daily 22:00-06:00", "2026-11-24 05:59", True),
        ("daily 22:00-06:00", "2026-11-24 06:00", False),
        ("Fri 22:00-06:00", "2026-11-28 05:00", True),  # the Saturday after
        ("Fri 22:00-06:00", "2026-11-27 05:00", False),
        ("Sat,Sun 00:00-24:00", "2026-11-29 23:59", True),
        ("Sat,Sun 00:00-24:00", "2026-11-30 00:00", False),
        ("Sat-Mon 10:00-11:00", "2026-11-30 10:30", True),
        ("Sat-Mon 10:00-11:00", "2026-12-01 10:30", False),
        ("", "2026-11-24 03:00", True),
        ("Mon 08:00-09:00\nTue 10:00-11:00", "2026-11-24 10:00", True),
    ],
)
def test_spans_may_pass_midnight_and_stand_several(text, at, is_open):
    assert Hours.parse(text, "UTC").are_open(utc(at)) is is_open


@pytest.mark.parametrize(
    ("text", "zone", "at", "opens"),
    [
        (OFFICE, "Europe/Rome", "2026-03-28 10:00", "2026-03-30 06:00"),  # over the change
        (OFFICE, "Europe/Rome", "2026-10-24 10:00", "2026-10-26 07:00"),
        (OFFICE, "America/New_York", "2026-03-07 10:00", "2026-03-09 12:00"),
        (OFFICE, "America/New_York", "2026-10-31 10:00", "2026-11-02 13:00"),
        (OFFICE, "UTC", "2026-11-24 12:00", "2026-11-24 12:00"),
        ("Mon 08:00-09:00", "UTC", "2026-11-24 12:00", "2026-11-30 08:00"),
        # 02:30 does not exist on that night: the offset before the change makes it 03:30
        ("Sun 02:30-04:00", "Europe/Rome", "2026-03-29 00:30", "2026-03-29 01:30"),
    ],
)
def test_it_is_known_when_the_hours_begin(text, zone, at, opens):
    assert Hours.parse(text, zone).next_open(utc(at)) == utc(opens)


@pytest.mark.parametrize(
    ("text", "zone", "reason"),
    [
        ("Mon-Fri", "UTC", "is no span"),
        ("Mo-Fr 08:00-18:00", "UTC", "is no day"),
        ("Mon 25:00-26:00", "UTC", "is no time of day"),
        ("", "Mars/Base", "no time zone 'Mars/Base'"),
        ("", "", "no time zone"),
        ("", "../etc/passwd", "no time zone"),
    ],
)
def test_hours_that_cannot_be_read_are_refused(text, zone, reason):
    with pytest.raises(ValueError, match=reason):
        Hours.parse(text, zone)


def window(first, rule, zone, minutes=120):
    return Recurrence.parse(first, minutes, rule, zone)


@pytest.mark.parametrize(
    ("zone", "first", "begins", "ends"),
    [
        # every Sunday at 02:00 on the wall for two hours of the clock that never stops
        ("Europe/Rome", "2026-03-01 02:00", "2026-03-22 01:00", "2026-03-22 03:00"),
        ("Europe/Rome", "2026-03-01 02:00", "2026-03-29 01:00", "2026-03-29 03:00"),  # skipped hour
        ("Europe/Rome", "2026-03-01 02:00", "2026-04-05 00:00", "2026-04-05 02:00"),
        ("Europe/Rome", "2026-10-04 02:00", "2026-10-25 00:00", "2026-10-25 02:00"),  # the first 02
        ("Europe/Rome", "2026-10-04 02:00", "2026-11-01 01:00", "2026-11-01 03:00"),
        ("America/New_York", "2026-03-01 02:00", "2026-03-08 07:00", "2026-03-08 09:00"),
        ("America/New_York", "2026-03-01 02:00", "2026-03-15 06:00", "2026-03-15 08:00"),
        ("America/New_York", "2026-10-04 01:30", "2026-11-01 05:30", "2026-11-01 07:30"),  # first
        ("America/New_York", "2026-10-04 01:30", "2026-11-08 06:30", "2026-11-08 08:30"),
    ],
)
def test_a_weekly_window_is_right_across_both_changes(zone, first, begins, ends):
    weekly = window(first, "FREQ=WEEKLY;BYDAY=SU", zone)
    second = timedelta(seconds=1)
    assert weekly.active_until(utc(begins) - second) is None
    assert weekly.active_until(utc(begins)) == utc(ends)
    assert weekly.active_until(utc(ends) - second) == utc(ends)
    assert weekly.active_until(utc(ends)) is None


def test_windows_that_overlap_end_with_the_last():
    daily = window("2026-11-01 00:00", "FREQ=DAILY", "UTC", minutes=36 * 60)
    assert daily.active_until(utc("2026-11-24 06:00")) == utc("2026-11-25 12:00")


def test_the_next_windows_are_listed():
    first = window("2026-11-07 03:00", "FREQ=MONTHLY;BYDAY=1SA", "Europe/Rome", minutes=60)
    listed = first.upcoming(utc("2026-11-07 02:30"), 2)
    assert listed == [
        (utc("2026-11-07 02:00"), utc("2026-11-07 03:00")),
        (utc("2026-12-05 02:00"), utc("2026-12-05 03:00")),
    ]


@pytest.mark.parametrize(
    ("first", "rule", "zone", "reason"),
    [
        ("tomorrow", "FREQ=DAILY", "UTC", "^first: "),
        ("2026-11-01T00:00+01:00", "FREQ=DAILY", "UTC", "^first: must be local"),
        ("0001-01-01 00:00", "FREQ=DAILY", "UTC", "^first: must be in"),
        ("2026-11-01 00:00", "FREQ=SECONDLY", "UTC", "^rule: needs FREQ="),
        ("2026-11-01 00:00", "BYDAY=SU", "UTC", "^rule: needs FREQ="),
        ("2026-11-01 00:00", "FREQ=DAILY;BYSECOND=1", "UTC", "^rule: comes at the time"),
        ("2026-11-01 00:00", "FREQ=DAILY;BYDAY=XX", "UTC", "^rule: "),
        ("2026-11-01 00:00", "FREQ=DAILY\nFREQ=DAILY", "UTC", "^rule: "),
        ("2026-11-01 00:00", "FREQ=DAILY", "Nowhere", "^zone: there is no time zone"),
    ],
)
def test_a_window_that_cannot_be_read_is_refused_by_field(first, rule, zone, reason):
    with pytest.raises(ValueError, match=reason):
        window(first, rule, zone)
