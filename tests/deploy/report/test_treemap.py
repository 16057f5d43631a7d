"""Treemaps: the boxes fill the whole, each as large as it should be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lambda_bridge.deploy.report.treemap import Box, squarify
from tests.strategies import PROPERTY

WHOLE = Box(10, 20, 600, 400)


@PROPERTY
@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=60))
def test_areas_are_in_proportion_and_inside(sizes: list[int]) -> None:
    """Whatever the sizes, nothing sticks out, nothing is lost."""
    sizes.sort(reverse=True)
    boxes = squarify(sizes, WHOLE)
    scale = WHOLE.width * WHOLE.height / sum(sizes)

    assert len(sizes) == len(boxes)
    for size, box in zip(sizes, boxes):
        assert abs(box.width * box.height - size * scale) < 0.01
        assert box.x >= 10 - 1e-6
        assert box.y >= 20 - 1e-6
        assert box.x + box.width <= 610 + 1e-6
        assert box.y + box.height <= 420 + 1e-6


@PROPERTY
@given(st.lists(st.integers(1, 1000), min_size=2, max_size=20))
def test_boxes_do_not_overlap(sizes: list[int]) -> None:
    """Each point belongs to one of them at most."""
    sizes.sort(reverse=True)
    boxes = squarify(sizes, WHOLE)
    for number, one in enumerate(boxes):
        for other in boxes[:number]:
            across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
            down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
            assert min(across, down) < 1e-6


def test_example_of_the_paper() -> None:
    """Figure 4 of Bruls, Huizing and van Wijk: 6, 6, 4, 3, 2, 2, 1 in 6 by 4."""
    boxes = squarify([6, 6, 4, 3, 2, 2, 1], Box(0, 0, 6, 4))
    shapes = [tuple(round(value, 2) for value in box) for box in boxes]

    assert [(0, 0, 3, 2), (0, 2, 3, 2)] == shapes[:2]
    assert [(3, 0, 1.71, 2.33), (4.71, 0, 1.29, 2.33)] == shapes[2:4]
    assert [(3, 2.33, 1.2, 1.67), (4.2, 2.33, 1.2, 1.67), (5.4, 2.33, 0.6, 1.67)] == shapes[4:]


def test_nothing_to_lay_out() -> None:
    """No sizes, or no room."""
    assert [] == squarify([], WHOLE)
    assert [Box(0, 0, 0, 0)] * 2 == squarify([2, 1], Box(0, 0, 0, 5))
