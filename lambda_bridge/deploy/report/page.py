"""One HTML file on a package: what weighs how much, how long each import takes, how near the cloud's limits are.

It needs nothing else: no network, which its own policy forbids, and no script to be read. Everything that comes from the
package, such as the names of its files, is escaped; and a script that got through would not run, as the policy names the
one that may by its hash.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, NamedTuple

from lambda_bridge.deploy.measuring.importtime import by_package
from lambda_bridge.deploy.report.drawing import COLOURS, draw_flame, draw_treemap
from lambda_bridge.deploy.report.weights import KINDS, kind_of, weigh
from lambda_bridge.deploy.units import show_bytes, show_milliseconds
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lambda_bridge.deploy.measuring.importtime import Import
    from lambda_bridge.deploy.packing.package import Package
    from lambda_bridge.deploy.packing.zips import Packed
    from lambda_bridge.deploy.report.weights import Weight

_STATIC = Path(__file__).with_name("static")


class Limit(NamedTuple):
    """One of the cloud's limits, for its bar; both are bytes."""

    title: str
    used: int
    at_most: int


def write(package: Package, imports: Sequence[Import], path: Path) -> None:
    """Write the report on *package* to *path*, one file that needs nothing else.

    *imports* are those of `importtime.measure`, or none where nobody could measure them. Raises ConfigurationError where
    *path* cannot be written.
    """
    page = make_page(package, imports)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A file's name may have bytes that are no text.
        path.write_text(page, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ConfigurationError(f"the report cannot be written to {str(path)!r} ({error.strerror})") from error


def find_limits(package: Package) -> list[Limit]:
    """Those that the cloud has, as far as they are known."""
    cloud = package.cloud
    found = [
        Limit(what, path.stat().st_size, most)
        for path, name in ((package.archive, "zip"), (package.layer, "layer"))
        if path is not None
        for what, most in ((f"{name}, uploaded as it is", cloud.direct), (f"{name}, from a bucket", cloud.zipped))
        if most is not None
    ]
    if cloud.unzipped is not None:
        found.append(Limit("unzipped", sum(file.size for file in package.files), cloud.unzipped))
    return found


def make_page(package: Package, imports: Sequence[Import]) -> str:
    """The whole of it, as HTML."""
    files = package.files
    style, script = (_read(f"report.{kind}") for kind in ("css", "js"))
    weights = weigh(files)
    return Template(_read("report.html")).substitute(
        policy=f"default-src 'none'; style-src 'sha256-{_hash(style)}'; script-src 'sha256-{_hash(script)}'; base-uri 'none'",
        style=style,
        script=script,
        title=escape(package.archive.name),
        target=escape(str(package.target)),
        summary=_summary(files, weights, imports),
        limits=_limits(package),
        legend=_legend(files),
        unzipped=draw_treemap(weights, "size"),
        zipped=draw_treemap(weights, "stored"),
        weights="\n".join(_weight_rows(weights)),
        heaviest="\n".join(_file_rows(sorted(files, key=lambda file: (-file.size, file.name))[:20])),
        imports=_imports(imports),
    )


def _read(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


def _summary(files: Sequence[Packed], weights: Sequence[Weight], imports: Sequence[Import]) -> str:
    owners = sum(weight.owner != "app" for weight in weights)
    figures = [
        (show_bytes(sum(file.stored for file in files)), "zipped"),
        (show_bytes(sum(file.size for file in files)), "unzipped"),
        (str(len(files)), "file" if len(files) == 1 else "files"),
        (str(owners), "distribution" if owners == 1 else "distributions"),
    ]
    if imports:
        figures.append((show_milliseconds(sum(found.total for found in imports)), "to import"))
    return "\n".join(f"<div><dt>{what}</dt><dd>{figure}</dd></div>" for figure, what in figures)


def _limits(package: Package) -> str:
    found = find_limits(package)
    title = escape(package.cloud.title)
    if not found:
        return f'<p class="soft">How large a package may be, {title} does not tell.</p>'
    bars = "\n".join(map(_bar, found))
    docs = escape(package.cloud.docs)
    source = f'<p class="soft">Limits of {title}, read in 2026-11: <a href="{docs}" rel="noreferrer">{docs}</a></p>'
    return f'<ul class="limits">\n{bars}\n</ul>\n{source}'


def _bar(limit: Limit) -> str:
    share = limit.used / limit.at_most
    over = " over" if share > 1 else ""
    words = f"{show_bytes(limit.used)} of {show_bytes(limit.at_most)}, {share:.0%}"
    return (
        f'<li class="limit{over}"><span>{escape(limit.title)}</span> <strong>{words}{": too large" if over else ""}</strong>'
        f'<svg class="bar" height="10" role="img" aria-label="{escape(words)}"><rect class="all" width="100%" height="100%"/>'
        f'<rect class="used" width="{min(share, 1):.2%}" height="100%"/></svg></li>'
    )


def _legend(files: Iterable[Packed]) -> str:
    sizes = dict.fromkeys(KINDS, 0)
    for file in files:
        sizes[kind_of(file.name)] += file.size
    return "\n".join(
        f'<li><svg class="key" width="12" height="12"><g class="tile {kind}"><rect width="100%" height="100%"/></g></svg> '
        f'{name} <span class="soft">{show_bytes(sizes[kind])}</span></li>'
        for kind, name in KINDS.items()
        if sizes[kind]
    )


def _weight_rows(weights: Sequence[Weight]) -> Iterator[str]:
    heaviest = max((weight.size for weight in weights), default=0) or 1
    for weight in weights:
        yield (
            f'<tr><th scope="row"><bdi>{escape(weight.owner)}</bdi></th><td>{len(weight.files)}</td>'
            f"<td>{show_bytes(weight.size)}</td><td>{show_bytes(weight.stored)}</td>"
            f'<td class="wide">{_line(weight.size / heaviest)}</td></tr>'
        )


def _file_rows(files: Iterable[Packed]) -> Iterator[str]:
    for file in files:
        yield (
            f'<tr><th scope="row"><bdi>{escape(file.name)}</bdi></th><td><bdi>{escape(file.owner)}</bdi></td>'
            f"<td>{show_bytes(file.size)}</td><td>{show_bytes(file.stored)}</td></tr>"
        )


def _imports(imports: Sequence[Import]) -> str:
    """The chart and its table; one sentence where there is nothing to be drawn."""
    chart, left_out = draw_flame(imports)
    if not chart:
        return "<p>No import was measured: that takes an interpreter of the package's own version and platform.</p>"
    groups = by_package(imports)
    slowest = groups[0].own or 1
    rows = []
    for rank, group in enumerate(groups[:20]):
        colour = str(rank) if rank < COLOURS else "x"
        rows.append(
            f'<tr><th scope="row"><svg class="key" width="12" height="12"><g class="frame f{colour}">'
            f'<rect width="100%" height="100%"/></g></svg> <bdi>{escape(group.name)}</bdi></th><td>{group.modules}</td>'
            f'<td>{show_milliseconds(group.own)}</td><td class="wide">{_line(group.own / slowest)}</td></tr>'
        )
    return Template(_read("imports.html")).substitute(
        chart=chart,
        left_out=f"{left_out} imports are too short to be drawn." if left_out else "",
        rows="\n".join(rows),
        rest=f"<p>{len(groups) - 20} more take less.</p>" if len(groups) > 20 else "",
    )


def _line(share: float) -> str:
    return f'<svg class="line" height="8" aria-hidden="true"><rect width="{share:.2%}" height="100%"/></svg>'
