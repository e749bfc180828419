"""Small charts as SVG text: what a card shows, without a plotting library."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 380, 230
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 30, 40
STYLE = (
    "text{font:11px system-ui,sans-serif;fill:#333}.title{font-size:12px;font-weight:600}"
    ".bar{fill:#3a7ebf}.axis{stroke:#999;fill:none}.grid{stroke:#e4e4e4}"
)


def histogram(values: NDArray[np.float64], title: str, label: str, bins: int = 40) -> str:
    """How often which value occurs; those that are not finite are told of in the title."""
    finite = values[np.isfinite(values)]
    if len(finite) < len(values):
        title = f"{title} ({len(values) - len(finite)} not finite)"
    if not len(finite):
        return _svg(title, [])
    low, high = float(finite.min()), float(finite.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    if np.all(finite == np.round(finite)) and high - low < bins:  # whole numbers: one bar each
        low, high, bins = low - 0.5, high + 0.5, round(high - low) + 1
    counts, edges = np.histogram(finite, bins, (low, high))
    top = int(counts.max())
    parts = _axes((low, high), (0, top), label)
    for count, left, right in zip(counts, edges[:-1], edges[1:], strict=True):
        if count:
            x, y = _x(left, low, high), _y(count, 0, top)
            width = max(0.5, _x(right, low, high) - x - 0.5)
            height = _y(0, 0, top) - y
            parts.append(
                f'<rect class="bar" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
                f'height="{height:.1f}"><title>{count} in [{left:.6g}, {right:.6g}]</title></rect>'
            )
    return _svg(title, parts)


def density(points: NDArray[np.float64], title: str, labels: tuple[str, str]) -> str:
    """Where points (N, 2) lie: squares, the darker the more."""
    low, high = points.min(axis=0), points.max(axis=0)
    high = np.where(high > low, high, low + 1.0)
    cells = 36
    limits = [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
    counts, xs, ys = np.histogram2d(points[:, 0], points[:, 1], cells, limits)
    parts = _axes(limits[0], limits[1], labels[0], labels[1])
    top = np.log1p(counts.max())
    for i, j in zip(*np.nonzero(counts), strict=True):
        x, y = _x(xs[i], *limits[0]), _y(ys[j + 1], *limits[1])
        width, height = _x(xs[i + 1], *limits[0]) - x, _y(ys[j], *limits[1]) - y
        shade = 0.12 + 0.88 * np.log1p(counts[i, j]) / top
        parts.append(
            f'<rect class="bar" x="{x:.1f}" y="{y:.1f}" width="{width:.2f}" '
            f'height="{height:.2f}" fill-opacity="{shade:.2f}"/>'
        )
    return _svg(title, parts)


def _svg(title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}"><style>{STYLE}</style>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<text class="title" x="{LEFT}" y="18">{escape(title)}</text>{"".join(parts)}</svg>'
    )


def _axes(
    xs: tuple[float, float], ys: tuple[float, float], label: str, side: str = ""
) -> list[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = []
    for value in _ticks(*ys):
        y = _y(value, *ys)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{value:.4g}</text>')
    for value in _ticks(*xs):
        x = _x(value, *xs)
        parts.append(f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle">{value:.4g}</text>')
    parts.append(f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>')
    middle = (LEFT + right) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{escape(label)}</text>')
    if side:
        at = (TOP + bottom) / 2
        parts.append(
            f'<text x="12" y="{at}" text-anchor="middle" '
            f'transform="rotate(-90 12 {at})">{escape(side)}</text>'
        )
    return parts


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between the ends, four or so."""
    step = 10.0 ** np.floor(np.log10((high - low) / 2.0))
    while (high - low) / step > 5:
        step *= 2.5 if str(f"{step:e}").startswith("2.0") else 2.0
    first = np.ceil(low / step - 1e-9)
    return [float(k * step) + 0.0 for k in np.arange(first, np.floor(high / step + 1e-9) + 1)]


def _x(value: float, low: float, high: float) -> float:
    return float(LEFT + (value - low) / (high - low) * (WIDTH - RIGHT - LEFT))


def _y(value: float, low: float, high: float) -> float:
    bottom = HEIGHT - BOTTOM
    return float(bottom - (value - low) / max(high - low, 1e-300) * (bottom - TOP))
