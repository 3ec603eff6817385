"""The only place that formats numbers, rates and times for people."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import sqrt
from typing import Final

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

_DASH: Final = "–"
_BINARY: Final = ("B", "KB", "MB", "GB", "TB", "PB")
_DECIMAL: Final = ("", "k", "M", "G", "T", "P")


def _scaled(value: float, names: tuple[str, ...], step: int) -> str:
    """Return the value with the largest unit that leaves at least 1, three digits at most."""
    position = 0
    while abs(value) >= step - 0.5 and position < len(names) - 1:
        value /= step
        position += 1
    digits = 0 if position == 0 or abs(value) >= 99.95 else 1
    return f"{value:.{digits}f} {names[position]}".rstrip()


@register.filter(name="bytes")
def bytes_text(value: float | None) -> str:
    """Return bytes as "1.5 MB", 1 KB being 1,024 bytes; "–" for None."""
    return _DASH if value is None else _scaled(float(value), _BINARY, 1024)


@register.filter
def bits_per_second(value: float | None) -> str:
    """Return a rate of bits as "12.3 Mbit/s", 1 k being 1,000; "–" for None."""
    if value is None:
        return _DASH
    number, _, unit = _scaled(float(value), _DECIMAL, 1000).partition(" ")
    return f"{number} {unit}bit/s"


@register.filter
def count(value: float | None) -> str:
    """Return a number with its thousands set apart, as "12,345"; "–" for None."""
    return _DASH if value is None else f"{value:,.0f}"


@register.filter
def short(value: float | None) -> str:
    """Return a number as "1.2 M", 1 k being 1,000; "–" for None."""
    return _DASH if value is None else _scaled(float(value), _DECIMAL, 1000)


@register.filter
def packets(value: float | None) -> str:
    """Return a number of packets as "1.2 k pkts"."""
    return _DASH if value is None else f"{short(value)} pkts"


@register.filter
def duration(value: float | timedelta | None) -> str:
    """Return seconds (or a timedelta) as "0.42 s", "12 s", "3 min 5 s" or "2 h 4 min"."""
    if value is None:
        return _DASH
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if seconds < 10:
        return "< 0.01 s" if 0 < seconds < 0.01 else f"{seconds:.2f} s".replace("0.00 s", "0 s")
    return _in_units(round(seconds))


def _in_units(whole: int) -> str:
    """Return whole seconds with their two largest units."""
    for size, unit, lower, lower_unit in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= size:
            rest = whole % size // lower
            return f"{whole // size} {unit}" + (f" {rest} {lower_unit}" if rest else "")
    return f"{whole} s"


@register.filter
def lasting(value: float | timedelta | None) -> str:
    """Return how long something lasted as :func:`duration`, from a second on in whole seconds."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    return duration(seconds) if seconds is None or seconds < 1 else _in_units(round(seconds))


@register.filter
def milliseconds(value: float | None) -> str:
    """Return milliseconds as "0.42 ms" or "12 ms"."""
    return _DASH if value is None else f"{value:.{2 if value < 10 else 0}f} ms"


@register.filter
def microseconds(value: float | None) -> str:
    """Return microseconds as "0.012 µs", "12.3 µs" or, from 1,000 on, "1.93 ms"."""
    if value is None:
        return _DASH
    number, unit = (value / 1000, "ms") if value >= 999.5 else (value, "µs")
    limits = (99.95, 9.995, 0.9995)  # from each on, one digit less is worth telling
    return f"{number:,.{sum(number < limit for limit in limits)}f} {unit}"


@register.filter
def percent(value: float | None) -> str:
    """Return a share from 0 to 1 as "12.3 %"."""
    return _DASH if value is None else f"{value * 100:.{0 if value in (0, 1) else 1}f} %"


def ago_text(moment: datetime | None, now: datetime) -> str:
    """Return how long before ``now`` a moment was: "now", "5 s ago", "3 min ago", "2 d ago"."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    if seconds < 2:
        return "now"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"


@register.filter
def ago(moment: datetime | None) -> SafeString | str:
    """Return a ``<time>`` element that reads "3 min ago", with the whole time as its title."""
    if moment is None:
        return "never"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        moment_text(moment),
        ago_text(moment, timezone.now()),
    )


def moment_text(moment: datetime | None) -> str:
    """Return a time in the viewer's zone as "2026-11-24 13:05:09"; "–" for None."""
    return _DASH if moment is None else f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """Return a ``<time>`` element with the time in the viewer's zone."""
    if value is None:
        return _DASH
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), moment_text(value))


@register.filter
def moment_short(value: datetime) -> str:
    """Return a time in the viewer's zone as "24 Nov 13:05"."""
    local = timezone.localtime(value)
    return f"{local.day} {local:%b %H:%M}"


@register.filter
def local_input(value: datetime) -> str:
    """Return a time in the viewer's zone as a field ``datetime-local`` has it."""
    return f"{timezone.localtime(value):%Y-%m-%dT%H:%M:%S}"


@register.filter
def clock(value: datetime | None) -> SafeString | str:
    """Return a ``<time>`` element with the time of day; the whole time when pointed at."""
    if value is None:
        return _DASH
    return format_html(
        '<time datetime="{}" title="{}">{:%H:%M:%S}</time>',
        value.isoformat(),
        moment_text(value),
        timezone.localtime(value),
    )


@register.filter
def share(part: float | None, whole: float | None) -> float:
    """Return part of whole in percent, 0 to 100, for the width of a bar; 0 when there is none."""
    return min(100.0, round(100 * part / whole, 2)) if part and whole else 0.0


@register.filter
def root_share(part: float | None, whole: float | None) -> float:
    """Return the square root of :func:`share`, 0 to 100: a bar in which small ones still show."""
    return round(10 * sqrt(share(part, whole)), 2)
