"""The report's two pictures, as elements with their places."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from lambda_bridge.deploy.measuring.importtime import Import
from lambda_bridge.deploy.report.drawing import WIDTH, draw_flame, draw_treemap
from lambda_bridge.deploy.report.weights import weigh
from tests.deploy.trees import packed

HOSTILE = "<script>alert(1)</script>\"'&"


def boxes(svg: str) -> list[dict[str, str]]:
    """Each box's attributes, with its title and its label; what is no XML raises."""
    found = []
    for element in ET.fromstring(svg):  # noqa: S314  # our own
        text = element.find("text")
        label = "".join(text.itertext()) if text is not None else ""
        found.append({**element.attrib, "title": element.findtext("title") or "", "label": label})
    return found


def area(box: dict[str, str]) -> float:
    return float(box["width"].rstrip("%")) / 100 * WIDTH * float(box["height"])


def test_areas_of_distributions_are_their_bytes() -> None:
    """By the measure that is asked for; each file stands in the frame of its own."""
    weights = weigh([packed("a.py", 3000, 100), packed("p/b.so", 1000, 300, "p")])
    by_size = [box for box in boxes(draw_treemap(weights, "size")) if "group" in box["class"]]
    by_stored = [box for box in boxes(draw_treemap(weights, "stored")) if "group" in box["class"]]

    assert ["app: 2.9 kB, 75.0%, 1 file", "p: 1000 B, 25.0%, 1 file"] == [box["title"] for box in by_size]
    assert abs(area(by_size[0]) / area(by_size[1]) - 3) < 0.02
    assert ["p", "app"] == [box["title"].partition(":")[0] for box in by_stored]


def test_files_have_their_kind_and_their_words() -> None:
    """Native code is seen apart from Python."""
    drawn = boxes(draw_treemap(weigh([packed("pkg/mod.so", 5000, 900), packed("pkg/页.html", 4000, 800)]), "size"))

    assert ["tile group", "tile native", "tile data"] == [box["class"] for box in drawn]
    assert "pkg/mod.so: 4.9 kB, zipped 900 B" == drawn[1]["title"]
    assert ["app 8.8 kB", "mod.so 4.9 kB", "页.html 3.9 kB"] == [box["label"] for box in drawn]


def test_many_small_files_are_one_box() -> None:
    """Thousands of specks nobody can see; empty files have no area."""
    files = [packed("big.bin", 10_000_000), *(packed(f"x/{n}.py", 10) for n in range(3000)), packed("empty.py", 0, 0)]
    drawn = boxes(draw_treemap(weigh(files), "size"))

    assert ["app: 3000 smaller files, 29.3 kB"] == [box["title"] for box in drawn if "rest" in box["class"]]
    assert 3 == len(drawn)


def test_hostile_names_are_text() -> None:
    """In both pictures; XML that is not well-formed would raise."""
    drawn = boxes(draw_treemap(weigh([packed(f"{HOSTILE}.py", 10, 5, HOSTILE)]), "size"))
    flame, _ = draw_flame([Import(HOSTILE, 10, 10)])

    assert [HOSTILE, f"{HOSTILE}.py"] == [box["title"].rpartition(":")[0] for box in drawn]
    assert [HOSTILE] == [box["title"].partition(":")[0] for box in boxes(flame)]


def test_long_names_are_shortened() -> None:
    """Chinese letters are twice as wide."""
    files = [packed(f"{letter * 300}.py", 1000) for letter in "a中"]
    latin, chinese = (box["label"] for box in boxes(draw_treemap(weigh(files), "size"))[1:])

    assert latin.endswith("…")
    assert chinese.endswith("…")
    assert abs(len(latin) - 2 * len(chinese)) <= 2


def test_package_that_weighs_nothing() -> None:
    """No files, or empty ones."""
    assert [] == boxes(draw_treemap([], "size"))
    assert [] == boxes(draw_treemap(weigh([packed("a.py", 0, 0)]), "size"))


def test_frames_lie_below_what_imports_them() -> None:
    """As wide as they take long, from where they began."""
    tree = [Import("first", 100, 100), Import("a", 500, 900, (Import("b", 300, 300), Import("c", 100, 100)))]
    flame, left_out = draw_flame(tree)
    places = [(box["title"].partition(":")[0], box["x"], box["width"], box["y"]) for box in boxes(flame)]

    assert [
        ("first", "0.000%", "10.000%", "0"),
        ("a", "10.000%", "90.000%", "0"),
        ("b", "10.000%", "30.000%", "20"),
        ("c", "40.000%", "10.000%", "20"),
    ] == places
    assert 0 == left_out


def test_frames_too_narrow_to_be_seen() -> None:
    """Are left out, with what is below them, and counted."""
    tiny = Import("tiny", 1, 2, (Import("below", 1, 1),))
    flame, left_out = draw_flame([Import("a", 99_998, 100_000, (tiny,))])

    assert (1, 2) == (len(boxes(flame)), left_out)


def test_packages_have_colours() -> None:
    """The slowest ones one each, all others the same."""
    flame, _ = draw_flame([Import(f"p{number}.x", 1000 - number, 1000 - number) for number in range(9)])

    assert [f"frame f{number}" for number in range(7)] + ["frame fx"] * 2 == [box["class"] for box in boxes(flame)]


def test_very_deep_imports() -> None:
    """Deeper than Python's own stack."""
    tree = Import("end", 1000, 1000)
    for number in range(3000):
        tree = Import(f"m{number}", 0, 1000, (tree,))
    flame, _ = draw_flame([tree])

    assert 3001 == len(boxes(flame))


def test_nothing_imported() -> None:
    """There is no picture."""
    assert ("", 0) == draw_flame([])
