"""The pure parts: periods, words, charts, and texts that want to be markup."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pypdfium2
import pytest

from alerts.reports import charts, words
from alerts.reports.document import (
    CODE,
    NUMBER,
    Column,
    Figure,
    Report,
    Row,
    Section,
    Table,
    Tile,
)
from alerts.reports.html import html_of
from alerts.reports.pdf import pdf_of
from alerts.reports.subject import Every, Period, last_complete
from monitoring.templatetags.units import bits_per_second

ROME = ZoneInfo("Europe/Rome")
#: What would be code, markup or a way out of a string in one of the languages that texts pass.
HOSTILE = [
    '#panic("typst")',
    '#read("/etc/passwd")',
    "*bold* _under_ $x^2$ = head <label> @cite",
    '"); #image("x") //',
    "\\u{0041} \\",
    "<script>alert(1)</script>",
    "</text></svg><svg onload=alert(1)>",
    "]]> & ' \"",
    "{{ 7 }} {% now 'Y' %}",
    "a" * 300,
    "2001:0db8:0000:0000:ffff:ffff:ffff:ffff%very-long-interface-name",
]


def a_report(text: str = "192.168.1.10", **fields: object) -> Report:
    start = datetime(2026, 11, 23, tzinfo=UTC)
    times = [start + timedelta(hours=hour) for hour in range(24)]
    picture = charts.area(times, {text: [1e6] * 24, "Other": [2e6] * 24}, ROME, bits_per_second)
    columns = [Column("Host", CODE, 3.0), Column("Name", width=2.0), Column("Bytes", NUMBER)]
    said = {
        "title": "Host report",
        "subject": text,
        "kind": "host",
        "period": "23 November – 24 November",
        "before": "22 November – 23 November",
        "zone": "Europe/Rome",
        "made_at": "24 November 2026, 13:00",
        "summary": [text],
        "tiles": [Tile("Traffic", "1 GB", "as much as in the period before")],
        "sections": [
            Section(
                "Talkers",
                text,
                Figure(picture, text),
                Table(columns, [Row([text, text, "1"], 0.4)]),
            ),
            Section("Countries", empty=text),
        ],
        "about": [text],
    }
    return Report(**{**said, **fields})  # type: ignore[arg-type]


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [document[number] for number in range(len(document))]
        return "\n".join(page.get_textpage().get_text_range() for page in pages)
    finally:
        document.close()


def test_a_rates_unit_keeps_its_line() -> None:
    columns = [Column("Name", width=8.5), Column("In", NUMBER), Column("Out", NUMBER)]
    table = Table(columns, [Row(["laptop", "123.4 kbit/s", "67.8 Mbit/s"])])
    found = text_of(pdf_of(a_report(sections=[Section("Hosts", table=table)])))
    assert {"kbit/s", "Mbit/s"} <= set(found.split())


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_text_in_the_pdf(text: str) -> None:
    found = text_of(pdf_of(a_report(text)))
    letters = "".join(found.replace("\u200b", "").split())
    assert "".join(text.split())[:40] in letters


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_text_in_the_html(text: str) -> None:
    page = html_of(a_report(text))
    assert "<script" not in page
    assert "<svg onload" not in page
    assert "{{ 7 }}" in page or "{{" not in text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_text_in_the_chart(text: str) -> None:
    figure = a_report(text).sections[0].figure
    assert figure
    root = ElementTree.fromstring(figure.svg)
    said = ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert any(one and text.startswith(one.rstrip("…")) for one in said)
    assert {one.tag.rpartition("}")[2] for one in root.iter()} <= {
        *("svg", "text", "rect", "line", "polygon")
    }


def test_what_is_not_printable_is_marked() -> None:
    assert "evil\N{REPLACEMENT CHARACTER}name" in text_of(pdf_of(a_report("evil\u202ename")))


def test_pages_are_numbered_and_name_the_zone() -> None:
    columns = [Column("Host", CODE)]
    rows = [Row([f"10.0.0.{number}"]) for number in range(120)]
    many = a_report(sections=[Section("Hosts", table=Table(columns, rows))])
    found = text_of(pdf_of(many))
    numbers = re.findall(r"Page (\d+) of (\d+)", found)
    pages = len(numbers)
    assert numbers == [(str(number + 1), str(pages)) for number in range(pages)]
    assert pages > 2
    assert found.count("Europe/Rome") >= pages


def test_a_report_survives_its_json() -> None:
    report = a_report()
    again = Report.of(json.loads(json.dumps(report.as_json())))
    assert again.as_json() == json.loads(json.dumps(report.as_json()))
    assert html_of(again) == html_of(report)
    assert pdf_of(again)[:5] == b"%PDF-"


@pytest.mark.parametrize(
    ("every", "now", "since", "until"),
    [
        ("day", "2026-11-24T12:00", "2026-11-23T00:00+01:00", "2026-11-24T00:00+01:00"),
        ("day", "2026-10-26T12:00", "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00"),
        ("day", "2026-11-23T23:30", "2026-11-23T00:00+01:00", "2026-11-24T00:00+01:00"),
        ("week", "2026-11-24T12:00", "2026-11-16T00:00+01:00", "2026-11-23T00:00+01:00"),
        ("week", "2026-11-23T12:00", "2026-11-16T00:00+01:00", "2026-11-23T00:00+01:00"),
        ("month", "2026-01-01T12:00", "2025-12-01T00:00+01:00", "2026-01-01T00:00+01:00"),
        ("month", "2026-04-15T12:00", "2026-03-01T00:00+01:00", "2026-04-01T00:00+02:00"),
    ],
)
def test_the_last_period_that_is_over_follows_the_calendar_of_the_zone(
    every: str, now: str, since: str, until: str
) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = last_complete(Every(every), moment, ROME)
    assert found == Period(datetime.fromisoformat(since), datetime.fromisoformat(until))


@pytest.mark.parametrize("minutes", [-5, 0, 4, 366 * 1440 + 1])
def test_a_period_that_is_none_is_refused(minutes: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="covers 5 minutes to 366 days"):
        Period(start, start + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (0, 0, "as in the period before"),
        (5, 0, "none in the period before"),
        (5, 5, "as much as in the period before"),
        (0, 5, "100 % less than in the period before"),
        (6, 5, "20 % more than in the period before"),
        (49, 5, "880 % more than in the period before"),
        (50, 5, "10 times the period before"),
    ],
)
def test_a_change_in_words(now: int, before: int, said: str) -> None:
    assert words.change(now, before) == said


@pytest.mark.parametrize(
    ("now", "before", "said"), [(1, 0, "new"), (5, 2, "+3"), (2, 5, "−3"), (4, 4, "0"), (0, 0, "0")]
)
def test_a_trend_in_a_cell(now: int, before: int, said: str) -> None:
    assert words.trend(now, before) == said


@pytest.mark.parametrize(
    ("most", "last"), [(0, 1.0), (1, 1.0), (9, 10.0), (10, 10.0), (10.1, 12.5), (1e9, 1e9)]
)
def test_an_axis_ends_at_a_round_number_over_the_greatest(most: float, last: float) -> None:
    ticks = charts.ticks(most)
    assert ticks[-1] == pytest.approx(last)
    assert len(ticks) <= 6


def test_bars_stand_one_for_each_value_that_there_is() -> None:
    times = [datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2, 3)]
    picture = charts.bars(times, {"warning": [1.0, 0.0, 2.0], "error": [0.0, 0.0, 1.0]}, ROME, str)
    root = ElementTree.fromstring(picture)
    boxes = list(root.iter("{http://www.w3.org/2000/svg}rect"))
    assert len(boxes) == 3 + 2  # and two of the legend
    assert {box.get("fill") for box in boxes} == {
        charts.SEVERITIES["warning"],
        charts.SEVERITIES["error"],
    }
