"""Rectangles whose areas are as given, and as near to squares as they come.

M. Bruls, K. Huizing, J. van Wijk: Squarified Treemaps, 2000.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Box(NamedTuple):
    """A rectangle, in any unit."""

    x: float
    y: float
    width: float
    height: float


def squarify(sizes: Sequence[float], box: Box) -> list[Box]:
    """A box for each of *sizes*, which fall and are above zero, so that together they fill *box*."""
    total = sum(sizes)
    if not total or box.width <= 0 or box.height <= 0:
        return [Box(box.x, box.y, 0, 0) for _ in sizes]
    scale = box.width * box.height / total
    areas = [size * scale for size in sizes]
    boxes: list[Box] = []
    while areas:
        side = min(box.width, box.height)
        if side <= 0:  # rounding has left nothing for the last ones
            return boxes + [Box(box.x, box.y, 0, 0) for _ in areas]
        count = _row_length(areas, side)
        row, areas = areas[:count], areas[count:]
        laid, box = _lay(row, box)
        boxes += laid
    return boxes


def _row_length(areas: Sequence[float], side: float) -> int:
    """How many of *areas* the next row along *side* takes: while its worst box does not become longer."""
    total, worst = 0.0, float("inf")
    for count, area in enumerate(areas):
        total += area
        # As areas fall, the worst of a row is its first or its last.
        longest = max(side * side * areas[0] / total**2, total**2 / (side * side * area))
        if longest > worst:
            return count
        worst = longest
    return len(areas)


def _lay(row: Sequence[float], box: Box) -> tuple[list[Box], Box]:
    """(the boxes of a row along the shorter side, what is left of *box*)."""
    total = sum(row)
    boxes = []
    if box.width >= box.height:
        thickness = min(total / box.height, box.width)
        y = box.y
        for area in row:
            height = box.height * area / total
            boxes.append(Box(box.x, y, thickness, height))
            y += height
        return boxes, Box(box.x + thickness, box.y, max(box.width - thickness, 0), box.height)
    thickness = min(total / box.width, box.height)
    x = box.x
    for area in row:
        width = box.width * area / total
        boxes.append(Box(x, box.y, width, thickness))
        x += width
    return boxes, Box(box.x, box.y + thickness, box.width, max(box.height - thickness, 0))
