"""The pictures of the gallery: a loop where bodies move, a chart where a plant has none."""

from __future__ import annotations

from pathlib import Path

from flyball import film
from PIL import Image

from gallery_site.facts import Facts

WIDTH, HEIGHT = 400, 300
FRAMES = 48  # of a loop at most
SECONDS = 10.0  # of the plant's time in a loop at most


def draw(facts: Facts, folder: Path) -> None:
    """Write ID.webp, the picture of the card; of a loop ID.still.webp too, for who wants none."""
    spec = facts.spec
    take = film.Take(spec.id, policy=facts.baseline)
    limit = spec.max_episode_steps or 1000
    moving, still = (folder / f"{spec.id}{end}" for end in (".webp", ".still.webp"))
    if not facts.has_body:
        shown = _at_intervals(take, limit, limit)
        shown[-1].save(moving, lossless=True, method=4)
        return
    steps = min(limit, round(SECONDS / spec.control_period))
    stride = -(-steps // FRAMES)
    shown = _at_intervals(take, steps, stride)
    # Shown as fast as it happens, but no loop so short that nothing can be seen.
    period = 1000 * stride * spec.control_period
    duration = round(min(200, max(period, 2000 / len(shown))))
    first, *rest = shown
    # The last picture stands for a second: then it is plain where a loop begins.
    durations = [duration] * len(rest) + [1000]
    first.save(moving, save_all=True, append_images=rest, duration=durations, loop=0,
               quality=72, method=2)  # fmt: skip
    shown[len(shown) // 2].save(still, quality=80, method=4)


def _at_intervals(take: film.Take, steps: int, stride: int) -> list[Image.Image]:
    pictures = film.pictures(take, steps, stride, WIDTH, HEIGHT)
    return [Image.fromarray(picture) for picture in pictures]
