"""Line plots as SVG, which needs no library and stays sharp."""

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from searchrerank.bench.measurements import Measurements

__all__ = ["line_plot"]

_WIDTH, _HEIGHT = 860, 440
_LEFT, _TOP, _RIGHT, _BOTTOM = 70, 44, 290, 52
_COLOURS = ("#d62728", "#1f77b4", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b", "#17becf", "#e377c2", "#7f7f7f", "#bcbd22")


def line_plot(measurements: Measurements, measure: str, *, title: str, across: str) -> str:
    """Medians over the places of `measure`, a line for each contender, both axes in powers.

    across: what the places are. Bars reach from the least number to the greatest.
    """
    places = measurements.places(measure)
    names = measurements.names(measure)
    spreads = {name: {at: found for at in places if (found := measurements.spread(measure, at, name))} for name in names}
    reach = [edge for line in spreads.values() for each in line.values() for edge in (each.least, each.greatest) if edge > 0]
    if not reach:
        return ""
    over = _Axis(min(places), max(places), _LEFT, _WIDTH - _RIGHT)
    up = _Axis(min(reach), max(reach), _HEIGHT - _BOTTOM, _TOP)
    parts = [_text(_LEFT, 24, title, "font-weight='bold'"), *_grid(over, places, up), _text(_LEFT, _HEIGHT - 12, across)]
    for index, (name, line) in enumerate(spreads.items()):
        colour = _COLOURS[index % len(_COLOURS)]
        points = " ".join(f"{over.at(at):.1f},{up.at(each.median):.1f}" for at, each in line.items())
        parts.append(f"<polyline points='{points}' fill='none' stroke='{colour}' stroke-width='2'/>")
        for at, each in line.items():
            x = over.at(at)
            parts.append(f"<circle cx='{x:.1f}' cy='{up.at(each.median):.1f}' r='3' fill='{colour}'/>")
            parts.append(_line(x, up.at(each.least), x, up.at(each.greatest), colour))
        row = _TOP + 18 * index
        parts.append(f"<rect x='{_WIDTH - _RIGHT + 20}' y='{row}' width='12' height='12' fill='{colour}'/>")
        parts.append(_text(_WIDTH - _RIGHT + 38, row + 11, name))
    return _document(parts)


class _Axis:
    """From a number to where it is drawn, by its logarithm."""

    def __init__(self, least: float, greatest: float, start: float, end: float) -> None:
        self.least = least
        self.greatest = greatest if greatest > least else least * 2
        self._start = start
        self._end = end

    def at(self, value: float) -> float:
        share = math.log(max(value, self.least) / self.least) / math.log(self.greatest / self.least)
        return self._start + share * (self._end - self._start)

    @property
    def ticks(self) -> list[float]:
        """1, 2 and 5 times each power of ten that lies on the axis."""
        powers = range(math.floor(math.log10(self.least)), math.ceil(math.log10(self.greatest)) + 1)
        steps = (step * 10.0**power for power in powers for step in (1, 2, 5))
        return [step for step in steps if self.least <= step <= self.greatest]


def _grid(over: _Axis, places: Sequence[int], up: _Axis) -> list[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = []
    for value in up.ticks:
        parts.append(_line(_LEFT, up.at(value), right, up.at(value), "#ddd"))
        parts.append(_text(_LEFT - 8, up.at(value) + 4, f"{value:g}", "text-anchor='end'"))
    for place in places:
        parts.append(_line(over.at(place), _TOP, over.at(place), bottom, "#eee"))
        parts.append(_text(over.at(place), bottom + 18, str(place), "text-anchor='middle'"))
    return parts


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{colour}'/>"


def _text(x: float, y: float, text: str, attributes: str = "") -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' {attributes}>{escape(text)}</text>"


def _document(parts: Sequence[str]) -> str:
    size = f"width='{_WIDTH}' height='{_HEIGHT}' viewBox='0 0 {_WIDTH} {_HEIGHT}'"
    head = f"<svg xmlns='http://www.w3.org/2000/svg' {size} font-family='sans-serif' font-size='12'>"
    return "\n".join((head, "<rect width='100%' height='100%' fill='white'/>", *parts, "</svg>")) + "\n"
