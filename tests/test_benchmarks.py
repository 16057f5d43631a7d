"""The page of benchmarks: its table, chart and sums come from one file of data, and the sums are right."""

from __future__ import annotations

import ast
import re
import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import peers, report

DATA = report.load()
PAGE = (report.DOCS / "benchmarks.md").read_text(encoding="utf-8")
MONTH = 1_000_000_000
X86, ARM = report.PRICES


def test_page_and_chart_are_those_of_the_data() -> None:
    """`python -m benchmarks.report` would change nothing."""
    chart = (report.DOCS / "benchmarks.svg").read_text(encoding="utf-8")

    assert (PAGE, chart) == (report.make_page(PAGE, DATA), report.make_chart(DATA))


def test_writing_makes_the_same_files_again(tmp_path: Path) -> None:
    """All three, in the folder that is named and nowhere else."""
    shutil.copy(report.DOCS / "benchmarks.md", tmp_path)

    report.write(DATA, tmp_path)

    names = ["benchmarks.json", "benchmarks.md", "benchmarks.svg"]
    assert names == sorted(path.name for path in tmp_path.iterdir())
    assert all((report.DOCS / name).read_bytes() == (tmp_path / name).read_bytes() for name in names)


def test_data_has_every_side() -> None:
    """A peer that is added is measured, and what none of our answers could be is no figure of ours."""
    sides = [(side.name, side.interface, side.platform) for side in peers.SIDES]

    assert sides == [(row["name"], row["interface"], row["platform"]) for row in DATA["rows"]]
    assert all(row[key] for row in DATA["rows"] if row["name"] == "lambda_bridge" for key, *_ in report.COLUMNS)


def test_chart_is_text_that_says_unit_and_machine() -> None:
    """Well-formed, readable in light and dark; each bar has its name and its figure."""
    chart = report.make_chart(DATA)
    root = ET.fromstring(chart)  # noqa: S314
    texts = ["".join(element.itertext()) for element in root.iter() if element.tag.endswith("text")]

    assert "prefers-color-scheme:dark" in chart
    assert {row["name"] for row in DATA["rows"]} <= set(texts)
    assert len(DATA["rows"]) == sum(text.endswith(" µs") for text in texts)
    assert any(all(value in text for value in DATA["machine"].values()) for text in texts)


@pytest.mark.parametrize(
    ("seconds", "calls", "gigabytes", "price", "dollars"),
    [
        # 50,000 s of 1/8 GB are 6,250 GB-s.
        (50e-6, MONTH, 0.125, X86, 0.104166875),
        (50e-6, MONTH, 0.125, ARM, 0.08333375),
        # Ten million starts of 10 ms at 1 GB are 100,000 GB-s.
        (0.010, MONTH * 0.01, 1.0, X86, 1.66667),
        (-0.001, MONTH, 1.0, X86, -16.6667),
    ],
)
def test_worth_is_seconds_times_gigabytes_times_price(
    seconds: float, calls: float, gigabytes: float, price: report.Price, dollars: float
) -> None:
    """Worked by hand."""
    assert report.worth(seconds, calls, gigabytes, price) == pytest.approx(dollars)


def test_sums_of_the_page_follow_from_the_figures_of_its_data() -> None:
    """Each sum is worked again, from the data and the prices that the page names."""
    cells = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if "AWS Lambda, " in line and line[0] == "|"]
    prices = {"AWS Lambda, x86": 0.0000166667, "AWS Lambda, Arm": 0.0000133334}
    rows = {(row["name"], row["interface"], row["platform"]): row for row in DATA["rows"]}

    assert len(cells) == len(report.PEERS_ON_AWS) * len(prices) * 2
    for against, _, price, memory, warm, cold, calls in cells:
        name, interface = re.fullmatch(r"(.*) \((.*)\)", against).groups()  # type: ignore[union-attr]
        ours, theirs = rows["lambda_bridge", interface, "aws"], rows[name, interface, "aws"]
        gigabytes = int(memory[: -len(" MB")]) / 1024
        for key, number, shown in [("call", MONTH, warm), ("cold", MONTH / 100, cold)]:
            dollars = (theirs[key] - ours[key]) * number * gigabytes * prices[price]
            assert float(shown.replace("−", "-").replace("$", "").replace(",", "")) == pytest.approx(
                dollars, abs=0.0051
            )
        assert calls == "$200"


@pytest.mark.parametrize("side", peers.SIDES, ids=lambda side: f"{side.interface}-{side.platform}-{side.name}")
def test_code_of_a_side_is_python_that_makes_a_handler(side: peers.Side) -> None:
    """It is run in a process that has the peer: here it is read."""
    names = {node.id for node in ast.walk(ast.parse(side.code)) if isinstance(node, ast.Name)}

    assert "handler" in names


@pytest.mark.parametrize("interface", ["WSGI", "ASGI"])
def test_our_side_is_measured(interface: str) -> None:
    """A process of ours gives every figure, so that the client got every byte."""
    side = next(side for side in peers.SIDES if (side.name, side.interface) == ("lambda_bridge", interface))

    found = peers.measure(side)

    assert {key for key, *_ in report.COLUMNS} == set(found)
    assert [key for key, value in found.items() if not value and (key != "memory" or sys.platform == "linux")] == []


def test_answer_that_is_not_right_has_no_time() -> None:
    """A peer that loses bytes gets a dash."""
    code = "handler = lambda event, context: {'body': 'hello', 'isBase64Encoded': False}"

    found = peers.measure(peers.Side("broken", "WSGI", "aws", (), code))

    assert (None, None) == (found["response_1"], found["response_4"])
    assert found["call"] > 0
    assert "| – | – |" in report.make_table({**DATA, "rows": [{**DATA["rows"][0], **found}]})
