"""Two pictures as SVG in HTML: a treemap of a package, and a flame chart of its imports.

Across, all is in per cent, so that they are as wide as the page and their letters stay as they are; down, in pixels.
Each box has its words as its title, which browsers show, and read out. What comes from a package is escaped.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from lambda_bridge.deploy.measuring.importtime import by_package, walk
from lambda_bridge.deploy.report.treemap import Box, squarify
from lambda_bridge.deploy.report.weights import kind_of
from lambda_bridge.deploy.units import show_bytes, show_milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lambda_bridge.deploy.measuring.importtime import Import
    from lambda_bridge.deploy.packing.zips import Packed
    from lambda_bridge.deploy.report.weights import Weight

# A page is about so wide; what is too small for its letters at that width gets none.
WIDTH = 1120.0
_HEIGHT = 560.0
_HEADING = 19.0
_LETTER = 6.7
# Square pixels; files that would be smaller are drawn as one.
_SMALLEST = 20.0


def draw_treemap(weights: Sequence[Weight], measure: str) -> str:
    """Each distribution, and in it its files, by their *measure*: ``"size"`` or ``"stored"``."""
    named = [(getattr(weight, measure), weight) for weight in weights]
    shown = sorted((pair for pair in named if pair[0] > 0), key=lambda pair: -pair[0])
    total = sum(size for size, _ in shown)
    boxes = squarify([size for size, _ in shown], Box(0, 0, WIDTH, _HEIGHT))
    parts = [f'<svg class="treemap" height="{_HEIGHT:g}" role="group" aria-label="Treemap of the package">']
    for (size, weight), box in zip(shown, boxes):
        parts += _draw_distribution(weight, size, total, box, measure)
    return "\n".join([*parts, "</svg>"])


def _draw_distribution(weight: Weight, size: int, total: int, box: Box, measure: str) -> Iterator[str]:
    words = f"{weight.owner}: {show_bytes(size)}, {_share(size, total)}, {_count(len(weight.files), 'file')}"
    heading = _HEADING if box.height > 2.2 * _HEADING and box.width > 44 else 0.0
    yield _tile(box, "group", words, _fit(weight.owner, show_bytes(size), box.width) if heading else "")
    inner = Box(box.x + 1.5, box.y + 1.5 + heading, box.width - 3, box.height - 3 - heading)
    if inner.width <= 0 or inner.height <= 0:
        return
    pixels = inner.width * inner.height / size
    files = sorted(((getattr(file, measure), file) for file in weight.files), key=lambda pair: -pair[0])
    large = [pair for pair in files if pair[0] * pixels >= _SMALLEST]
    rest = [pair[0] for pair in files[len(large) :] if pair[0] > 0]
    # The rest may be larger than some of the others, which only makes it longer.
    boxes = squarify([each for each, _ in large] + ([sum(rest)] if rest else []), inner)
    for (each, file), tile in zip(large, boxes):
        yield _draw_file(file, each, tile)
    if rest:
        words = f"{weight.owner}: {_count(len(rest), 'smaller file')}, {show_bytes(sum(rest))}"
        yield _tile(boxes[-1], "data rest", words, "")


def _draw_file(file: Packed, size: int, box: Box) -> str:
    words = f"{file.name}: {show_bytes(file.size)}, zipped {show_bytes(file.stored)}"
    name = file.name.rpartition("/")[2]
    label = _fit(name, show_bytes(size), box.width) if box.height >= 16 and box.width >= 34 else ""
    return _tile(box, kind_of(file.name), words, label)


def _tile(box: Box, kind: str, words: str, label: str) -> str:
    place = f'x="{box.x / WIDTH:.3%}" y="{box.y:.1f}" width="{box.width / WIDTH:.3%}" height="{box.height:.1f}"'
    text = f'<text x="4" y="13">{label}</text>' if label else ""
    return (
        f'<svg {place} class="tile {kind}" tabindex="-1"><title>{escape(words)}</title>'
        f'<rect width="100%" height="100%"/>{text}</svg>'
    )


def _fit(name: str, size: str, width: float) -> str:
    """As much of a name as fits, and the size where it fits too; as HTML."""
    letters = int((width - 8) / _LETTER)
    if _columns(name) + 1 + len(size) <= letters:
        return f'{escape(name)} <tspan class="soft">{size}</tspan>'
    if _columns(name) <= letters:
        return escape(name)
    while name and _columns(name) + 1 > letters:
        name = name[:-1]
    return escape(name) + "…" if len(name) > 2 else ""


def _columns(text: str) -> int:
    """How many letters of ASCII it is as wide as: Chinese ones count for two."""
    return sum(2 if letter > "\u1100" else 1 for letter in text)


# --- imports

_ROW = 20.0
# Frames narrower than this, in pixels, are not drawn.
_NARROWEST = 0.7
COLOURS = 7


def draw_flame(imports: Sequence[Import]) -> tuple[str, int]:
    """(what each import takes, and below it those that it brings; how many are too short to be drawn)."""
    total = sum(found.total for found in imports)
    if not total:
        return "", 0
    colours = {group.name: rank for rank, group in enumerate(by_package(imports)[:COLOURS])}
    frames = list(_lay_out(imports, total))
    height = (max((depth for _, depth, _ in frames), default=0) + 1) * _ROW
    parts = [f'<svg class="flame" height="{height:g}" role="group" aria-label="Flame chart of the imports">']
    for found, depth, began in frames:
        words = f"{found.name}: {show_milliseconds(found.total)}, of its own {show_milliseconds(found.own)}"
        label = _fit(found.name, show_milliseconds(found.total), WIDTH * found.total / total)
        colour = colours.get(found.name.partition(".")[0], "x")
        parts.append(
            f'<svg x="{began / total:.3%}" y="{depth * _ROW:g}" width="{found.total / total:.3%}" height="{_ROW - 1:g}"'
            f' class="frame f{colour}" data-began="{began}" data-total="{found.total}" tabindex="-1">'
            f'<title>{escape(words)}</title><rect width="100%" height="100%"/>'
            f'<text x="4" y="14" data-name="{escape(found.name)}">{label}</text></svg>'
        )
    return "\n".join([*parts, "</svg>"]), sum(1 for _ in walk(imports)) - len(frames)


def _lay_out(imports: Sequence[Import], total: int) -> Iterator[tuple[Import, int, int]]:
    """(import, its depth, the microsecond in which it begins), parents first, without what is too narrow."""
    waiting = []
    began = 0
    for found in imports:
        waiting.append((found, 0, began))
        began += found.total
    waiting.reverse()
    while waiting:
        found, depth, began = waiting.pop()
        if found.total / total * WIDTH < _NARROWEST:
            continue
        yield found, depth, began
        below = []
        for child in found.children:
            below.append((child, depth + 1, began))
            began += child.total
        waiting += reversed(below)


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
