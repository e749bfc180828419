"""Small plots as SVG text that need nothing to be seen: bands, lines, and intervals by name."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
COLOURS = ("#2f6db3", "#c8553d", "#4f8a4b", "#8a5aa8", "#b08a2e", "#3f8f8f", "#7a7a7a", "#b0527a")
# Of what the lines are drawn on, and what is left around it; at the right stand the names.
PLOT, HEIGHT, LEFT, TOP, BOTTOM = 426, 400, 64, 36, 48
END = LEFT + PLOT


class Line(NamedTuple):
    """A line with a band around it."""

    name: str
    x: Array
    y: Array
    low: Array
    high: Array


def _ticks(low: float, high: float) -> list[float]:
    """About five round numbers inside [low, high]."""
    raw = (high - low) / 5
    size = 10 ** np.floor(np.log10(raw))
    step = next(size * m for m in (1, 2, 5, 10) if size * m >= raw * 0.999)
    first = int(np.ceil(low / step - 1e-9))
    last = int(np.floor(high / step + 1e-9))
    return [float(i * step) for i in range(first, last + 1)]


def _range(*arrays: Array) -> tuple[float, float]:
    low = min(float(np.min(a)) for a in arrays)
    high = max(float(np.max(a)) for a in arrays)
    pad = 0.05 * (high - low) or max(abs(low), 1.0) * 0.05
    return low - pad, high + pad


def _frame(title: str, names: Sequence[str], body: Sequence[str], height: int = HEIGHT) -> str:
    # No letter of this size is wider on average, whatever the viewer's font.
    width = END + 40 + max(110, 8 * max(map(len, names)))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
    )
    background = f'<rect width="{width}" height="{height}" fill="white"/>'
    heading = f'<text x="{LEFT}" y="22" font-size="15">{escape(title)}</text>'
    return "\n".join([head, background, heading, *body, "</svg>", ""])


def _axis_x(low: float, high: float, label: str, bottom: int) -> list[str]:
    parts = []
    for tick in _ticks(low, high):
        x = LEFT + (tick - low) / (high - low) * PLOT
        parts += [
            f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}" stroke="#e4e4e4"/>',
            f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{tick:g}</text>',
        ]
    middle = LEFT + PLOT / 2
    return [
        *parts,
        f'<text x="{middle}" y="{bottom + 36}" text-anchor="middle">{escape(label)}</text>',
    ]


def lines(title: str, x_label: str, y_label: str, drawn: Sequence[Line]) -> str:
    """Lines with bands over one another, named at the right."""
    left, right = _range(*(line.x for line in drawn))
    low, high = _range(*(line.low for line in drawn), *(line.high for line in drawn))
    bottom = HEIGHT - BOTTOM

    def points(x: Array, y: Array) -> str:
        across = LEFT + (x - left) / (right - left) * PLOT
        down = bottom - (y - low) / (high - low) * (bottom - TOP)
        return " ".join(f"{a:.1f},{d:.1f}" for a, d in zip(across, down, strict=True))

    body = _axis_x(left, right, x_label, bottom)
    for tick in _ticks(low, high):
        y = bottom - (tick - low) / (high - low) * (bottom - TOP)
        body += [
            f'<line x1="{LEFT}" y1="{y:.1f}" x2="{END}" y2="{y:.1f}" stroke="#e4e4e4"/>',
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>',
        ]
    body.append(
        f'<text x="16" y="{(TOP + bottom) / 2}" text-anchor="middle" '
        f'transform="rotate(-90 16 {(TOP + bottom) / 2})">{escape(y_label)}</text>'
    )
    for number, line in enumerate(drawn):
        colour = COLOURS[number % len(COLOURS)]
        band = f"{points(line.x, line.high)} {points(line.x[::-1], line.low[::-1])}"
        y = TOP + 14 + 18 * number
        body += [
            f'<polygon points="{band}" fill="{colour}" fill-opacity="0.18"/>',
            f'<polyline points="{points(line.x, line.y)}" fill="none" stroke="{colour}" '
            'stroke-width="1.8"/>',
            f'<rect x="{END + 12}" y="{y - 9}" width="10" height="10" fill="{colour}"/>',
            f'<text x="{END + 28}" y="{y}">{escape(line.name)}</text>',
        ]
    return _frame(title, [line.name for line in drawn], body)


def intervals(
    title: str, label: str, rows: Sequence[tuple[str, tuple[float, float, float]]]
) -> str:
    """A bar for each name with a mark at its value; rows of (value, low, high)."""
    low, high = _range(np.array([row[1] for row in rows]))
    height = TOP + 30 * len(rows) + BOTTOM + 8
    bottom = height - BOTTOM

    def across(x: float) -> float:
        return LEFT + (x - low) / (high - low) * PLOT

    body = _axis_x(low, high, label, bottom)
    for number, (name, (value, least, most)) in enumerate(rows):
        colour = COLOURS[number % len(COLOURS)]
        y = TOP + 30 * number + 8
        width = max(across(most) - across(least), 1.0)
        body += [
            f'<rect x="{across(least):.1f}" y="{y}" width="{width:.1f}" height="16" '
            f'fill="{colour}" fill-opacity="0.55"/>',
            f'<line x1="{across(value):.1f}" y1="{y - 2}" x2="{across(value):.1f}" y2="{y + 18}" '
            'stroke="black" stroke-width="2"/>',
            f'<text x="{END + 12}" y="{y + 12}">{escape(name)}</text>',
        ]
    return _frame(title, [row[0] for row in rows], body, height)
