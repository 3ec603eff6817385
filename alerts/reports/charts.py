"""Charts as SVG, drawn on the server: for paper, so nothing moves and nothing is pointed at.

Colours are Okabe and Ito's (2008), which people who confuse red and green tell apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil, floor, log10
from typing import Final, Literal
from zoneinfo import ZoneInfo

import svg

BLUE: Final = "#0072B2"
COLOURS: Final = (
    *(BLUE, "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#CC79A7", "#F0E442", "#7A7A7A"),
)
#: Severities from mild to grave, in lightness too, so that they hold in grey.
SEVERITIES: Final = {
    "info": "#B8D4E8",
    "notice": "#56B4E9",
    "warning": "#E69F00",
    "error": "#D55E00",
    "critical": "#8C2D04",
    "emergency": "#4A1486",
}
_FONT: Final = "Source Sans Pro, Source Sans 3, Helvetica, Arial, sans-serif"
_INK, _MUTED, _GRID = "#1F2933", "#616E7C", "#D9E2EC"
_WIDTH, _HEIGHT = 720.0, 230.0
_LEFT, _TOP, _BOTTOM = 70.0, 8.0, 24.0
_LEGEND: Final = 20.0
#: Width of a letter of the legend, on average, in units of the picture.
_LETTER: Final = 5.4

Lines = Mapping[str, Sequence[float]]
Words = Callable[[float], str]
Anchor = Literal["start", "middle", "end"]


def area(times: Sequence[datetime], lines: Lines, zone: ZoneInfo, words: Words) -> str:
    """Return lines stacked over time; ``words`` writes a value of the axis."""
    frame = _Frame(times, lines, zone, words)
    below = [0.0] * len(times)
    shapes: list[svg.Element] = []
    for name, values in lines.items():
        above = [low + value for low, value in zip(below, values, strict=True)]
        points = [frame.at(place, value) for place, value in enumerate(above)]
        back = [frame.at(place, value) for place, value in reversed(list(enumerate(below)))]
        outline = [svg.Point(round(x, 1), round(y, 1)) for x, y in [*points, *back]]
        shapes.append(svg.Polygon(points=outline, fill=frame.colour(name), fill_opacity=0.9))
        below = above
    return frame.picture(shapes)


def bars(times: Sequence[datetime], lines: Lines, zone: ZoneInfo, words: Words) -> str:
    """Return one stacked bar for each time."""
    frame = _Frame(times, lines, zone, words, is_bars=True)
    shapes: list[svg.Element] = []
    below = [0.0] * len(times)
    for name, values in lines.items():
        for place, value in enumerate(values):
            if value:
                shapes.append(_bar(frame, place, below[place], value, frame.colour(name)))
                below[place] += value
    return frame.picture(shapes)


def _bar(frame: _Frame, place: int, low: float, value: float, colour: str) -> svg.Element:
    wide = frame.wide / len(frame.times)
    top, bottom = frame.y(low + value), frame.y(low)
    return svg.Rect(
        x=round(_LEFT + (place + 0.12) * wide, 1),
        y=round(top, 1),
        width=round(wide * 0.76, 1),
        height=round(bottom - top, 1),
        fill=colour,
    )


def highest(lines: Lines, places: int) -> float:
    """Return the greatest sum of all lines at one place."""
    return max(
        (sum(values[place] for values in lines.values()) for place in range(places)), default=0
    )


def ticks(most: float) -> list[float]:
    """Return four to six round values from 0 that reach over ``most``."""
    if most <= 0:
        return [0.0, 1.0]
    size = 10 ** floor(log10(most))
    step = next(s * size for s in (0.2, 0.25, 0.5, 1, 2) if most / (s * size) <= 5)
    return [step * number for number in range(ceil(most / step) + 1)]


class _Frame:
    """Axes, grid and legend around the shapes."""

    def __init__(
        self,
        times: Sequence[datetime],
        lines: Lines,
        zone: ZoneInfo,
        words: Words,
        *,
        is_bars: bool = False,
    ) -> None:
        self.times, self.lines, self.zone, self.words = times, lines, zone, words
        self.ticks = ticks(highest(lines, len(times)))
        self.is_bars = is_bars
        self.wide = _WIDTH - _LEFT - 8

    def colour(self, name: str) -> str:
        """Return a line's colour: a severity's own, grey for all others, else the next."""
        if name in SEVERITIES:
            return SEVERITIES[name]
        if name == "Other":
            return "#B8C1CC"
        return COLOURS[list(self.lines).index(name) % len(COLOURS)]

    def y(self, value: float) -> float:
        """Return where a value stands."""
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value / self.ticks[-1])

    def x(self, place: float) -> float:
        """Return where a time stands; a bar stands in the middle of its part."""
        if self.is_bars:
            return _LEFT + self.wide * (place + 0.5) / max(len(self.times), 1)
        return _LEFT + self.wide * place / max(len(self.times) - 1, 1)

    def at(self, place: int, value: float) -> tuple[float, float]:
        """Return the point of a value."""
        return self.x(place), self.y(value)

    def picture(self, shapes: Sequence[svg.Element]) -> str:
        """Return the whole picture."""
        legend, rows = self._legend()
        high = _HEIGHT + rows * _LEGEND + 4
        drawing = svg.SVG(
            viewBox=svg.ViewBoxSpec(0, 0, int(_WIDTH), int(high)),
            style=f"font-family: {_FONT}; font-size: 11px",
            elements=[*self._grid(), *shapes, *self._clock(), *legend],
        )
        return str(drawing)

    def _grid(self) -> list[svg.Element]:
        found: list[svg.Element] = []
        for value in self.ticks:
            y = round(self.y(value), 1)
            found.append(
                svg.Line(x1=_LEFT, x2=_WIDTH - 8, y1=y, y2=y, stroke=_GRID, stroke_width=1)
            )
            text = self.words(value)
            found.append(_text(text, _LEFT - 8, y + 4, anchor="end"))
        return found

    def _clock(self) -> list[svg.Element]:
        """Return the times below: six at most, as dates where the period is long."""
        if not self.times:
            return []
        span = self.times[-1] - self.times[0]
        form = "%a %d %b" if span > timedelta(days=2) else "%H:%M"
        every = max(1, ceil(len(self.times) / 6))
        found: list[svg.Element] = []
        for place in range(every // 2, len(self.times), every):
            words = self.times[place].astimezone(self.zone).strftime(form)
            found.append(_text(words, self.x(place), _HEIGHT - 6, anchor="middle"))
        return found

    def _legend(self) -> tuple[list[svg.Element], int]:
        found: list[svg.Element] = []
        x, row = _LEFT, 0
        for name in self.lines:
            wide = 16 + _LETTER * len(_short(name)) + 14
            if x + wide > _WIDTH and x > _LEFT:
                x, row = _LEFT, row + 1
            y = _HEIGHT + 4 + row * _LEGEND
            box = svg.Rect(x=x, y=y, width=10, height=10, rx=2, fill=self.colour(name))
            found += [box, _text(_short(name), x + 15, y + 9.5, colour=_INK)]
            x += wide
        return found, row + 1 if self.lines else 0


def _short(name: str) -> str:
    return name if len(name) <= 28 else f"{name[:27]}…"


def _text(
    text: str, x: float, y: float, *, anchor: Anchor = "start", colour: str = _MUTED
) -> svg.Element:
    x, y = round(x, 1), round(y, 1)
    return svg.Text(text=_escaped(text), x=x, y=y, text_anchor=anchor, fill=colour)


def _escaped(text: str) -> str:
    """Return the text as XML has it: the library writes texts as they are."""
    kept = "".join(letter if letter.isprintable() else "�" for letter in text)
    return kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
