"""The figures of docs/benchmarks.json as a table, a chart, and what they are worth in money.

``python -m benchmarks.report`` writes the table and the sums into docs/benchmarks.md, and the chart beside it, anew.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

DOCS = Path(__file__).resolve().parent.parent / "docs"
PLATFORMS = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud", "none": "none"}
COLUMNS = [
    # Name in the data, heading, what one unit of it is in seconds or bytes.
    ("call", "a call, µs", 1e-6),
    ("response_1", "1 MB down, ms", 1e-3),
    ("response_4", "4 MB down, ms", 1e-3),
    ("request_1", "1 MB up, ms", 1e-3),
    ("request_4", "4 MB up, ms", 1e-3),
    ("cold", "cold start, ms", 1e-3),
    ("memory", "memory, MB", 1e6),
]
BEGIN, END = "<!-- {}: python -m benchmarks.report writes it -->", "<!-- end of {} -->"


class Price(NamedTuple):
    """What a provider asks for in US dollars."""

    name: str
    gb_second: float
    million_calls: float


# https://aws.amazon.com/lambda/pricing/, US East (N. Virginia), first tier, without the free part. The page fills its
# tables in by script; read in 2026-11 through copies that name it as their source.
PRICES = (Price("AWS Lambda, x86", 0.0000166667, 0.20), Price("AWS Lambda, Arm", 0.0000133334, 0.20))
CALLS = 10**9
"""In a month."""
COLD_SHARE = 0.01
"""Of all calls; "under 1%" (AWS Compute Blog, "AWS Lambda standardizes billing for INIT Phase", 2025; read in 2026-11)."""
GIGABYTES = (0.125, 1.0)
PEERS_ON_AWS = (
    ("apig-wsgi", "WSGI"),
    ("serverless-wsgi", "WSGI"),
    ("mangum", "ASGI"),
    ("mangum, lifespan off", "ASGI"),
)


def load() -> dict[str, Any]:
    """The data: figures are in seconds and bytes."""
    data: dict[str, Any] = json.loads((DOCS / "benchmarks.json").read_text(encoding="utf-8"))
    return data


def make_table(data: dict[str, Any]) -> str:
    """One row for each adapter; a dash where a client would not have got the bytes."""
    head = ["adapter", "app", "platform", *(heading for _, heading, _ in COLUMNS)]
    rows = [head, ["---"] * 3 + ["---:"] * len(COLUMNS)]
    for row in data["rows"]:
        figures = ["–" if row[key] is None else figure(row[key] / unit) for key, _, unit in COLUMNS]
        rows.append([name_of(row), row["interface"], PLATFORMS[row["platform"]], *figures])
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([*lines, "", describe(data)])


def figure(value: float) -> str:
    """Two digits that count, as more of them would differ in the next run."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def name_of(row: dict[str, Any]) -> str:
    """The adapter with the versions of its packages; ours in bold."""
    name, versions = row["name"], row["versions"]
    if name == "lambda_bridge":
        return f"**{name}**"
    if not versions:
        return str(name)
    return str(versions) if versions.startswith(f"{name} ") and versions.count(" ") == 1 else f"{name} ({versions})"


def describe(data: dict[str, Any]) -> str:
    """Where and when the figures were taken."""
    machine = data["machine"]
    return f"Taken on {data['date']} with {machine['python']} on {machine['os']}, {machine['cpu']}."


def find(data: dict[str, Any], name: str, interface: str, platform: str = "aws") -> dict[str, Any]:
    rows = [
        row for row in data["rows"] if (row["name"], row["interface"], row["platform"]) == (name, interface, platform)
    ]
    found: dict[str, Any] = rows[0]
    return found


def worth(seconds: float, calls: float, gigabytes: float, price: Price) -> float:
    """US dollars for so many calls that take *seconds* less each, of a function with so much memory.

    Times are billed in milliseconds, rounded up: over many calls a mean that is less by a part of one is billed less
    by that part.
    """
    return seconds * calls * gigabytes * price.gb_second


def _signed(value: float, unit: str = "", places: int = 0) -> str:
    return f"{'−' if value < 0 else ''}{unit}{abs(value):,.{places}f}"


def make_sums(data: dict[str, Any]) -> str:
    """What we save against the peers on AWS, per month of `CALLS`."""
    lines = [
        "| against | saved: each call, µs; each start, ms | price list | memory | warm calls | cold starts | the calls themselves |",
        "| --- | ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    for name, interface in PEERS_ON_AWS:
        ours, theirs = find(data, "lambda_bridge", interface), find(data, name, interface)
        call, cold = theirs["call"] - ours["call"], theirs["cold"] - ours["cold"]
        for price in PRICES:
            for gigabytes in GIGABYTES:
                sums = [worth(call, CALLS, gigabytes, price), worth(cold, CALLS * COLD_SHARE, gigabytes, price)]
                asked = CALLS / 1e6 * price.million_calls
                cells = [
                    f"{name} ({interface})",
                    f"{_signed(call * 1e6)}; {_signed(cold * 1e3, '', 1)}",
                    price.name,
                    f"{gigabytes * 1024:.0f} MB",
                    *(_signed(value, "$", 2) for value in sums),
                    f"${asked:,.0f}",
                ]
                lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


_STYLE = (
    "svg{font:13px system-ui,sans-serif;color-scheme:light dark}text{fill:#1f2328}.note{fill:#59636e;font-size:12px}"
    ".ours{fill:#0969da}.theirs{fill:#8c959f}.head{font-weight:600}"
    "@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.note{fill:#9198a1}.ours{fill:#4493f8}.theirs{fill:#656c76}}"
)


def make_chart(data: dict[str, Any]) -> str:
    """Bars of the time of a call: an SVG of text and rectangles, whose colours are the reader's."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in data["rows"]:
        groups.setdefault((row["interface"], row["platform"]), []).append(row)
    parts, y = [], 92
    for (interface, place), rows in groups.items():
        title = f"{interface} app alone" if place == "none" else f"{interface} app on {PLATFORMS[place]}"
        parts.append(f'<text class="head" x="16" y="{y}">{title}</text>')
        most = max(row["call"] for row in rows)
        for row in rows:
            y += 24
            width = 320 * row["call"] / most
            kind = "ours" if row["name"] == "lambda_bridge" else "theirs"
            parts.append(f'<text x="30" y="{y}">{escape(row["name"])}</text>')
            parts.append(f'<rect class="{kind}" x="260" y="{y - 12}" width="{width:.1f}" height="16" rx="2"/>')
            parts.append(f'<text x="{266 + width:.1f}" y="{y}">{figure(row["call"] * 1e6)} µs</text>')
        y += 34
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 {y}" width="680" height="{y}" role="img" '
        f'aria-labelledby="title"><title id="title">Time of one call, in microseconds, by adapter</title>'
        f"<style>{_STYLE}</style>"
        '<text class="head" x="16" y="26">Time of one call, app and adapter together, in µs: shorter is better</text>'
        f'<text class="note" x="16" y="46">{escape(describe(data))}</text>'
        '<text class="note" x="16" y="62">Each group has a scale of its own.</text>'
    )
    return "\n".join([head, *parts, "</svg>", ""])


def put(page: str, name: str, text: str) -> str:
    """*page* with *text* between the marks of *name*."""
    begin, end = BEGIN.format(name), END.format(name)
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def make_page(page: str, data: dict[str, Any]) -> str:
    """docs/benchmarks.md with the table and the sums of *data*."""
    return put(put(page, "table", make_table(data)), "sums", make_sums(data))


def write(data: dict[str, Any], folder: Path = DOCS) -> None:
    """The data, the chart and the page in *folder*, which has a page."""
    (folder / "benchmarks.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    (folder / "benchmarks.svg").write_text(make_chart(data), encoding="utf-8")
    page = folder / "benchmarks.md"
    page.write_text(make_page(page.read_text(encoding="utf-8"), data), encoding="utf-8")


if __name__ == "__main__":
    write(load())
