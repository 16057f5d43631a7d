"""`python -m tools.cloud_pages`: what the pages in docs/clouds say of limits, losses, tools and proofs, made of the code's own tables.

A page has parts between two comments, ``<!-- made: NAME -->`` and ``<!-- made until here -->``: each is a
function of `PARTS`. What stands around them is written by hand. tests/test_cloud_pages.py compares
them; `--write` writes the parts anew.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Callable, NamedTuple

from lambda_bridge import formats
from lambda_bridge.deploy.init.tools import TOOLS
from lambda_bridge.gateway import limits
from lambda_bridge.streaming import can_stream
from lambda_bridge.testing import make_event
from lambda_bridge.triggers import MODULES
from tests.real.drivers import platforms, sockets, triggers
from tests.real.losses import LOSSES, covers
from tests.real.venvs import RUNTIMES
from tools import trigger_table

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "clouds"
_PART = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- made until here -->)", re.DOTALL)


class Page(NamedTuple):
    """What belongs to the page of a cloud: names of the code's tables."""

    title: str
    formats: tuple[str, ...]
    real: tuple[str, ...] = ()
    """Rows of `tests.real.venvs.RUNTIMES`: what its formats, or its web servers, are proved on."""
    deploy: str = ""
    """Its name for ``lambda-bridge init --cloud``."""
    triggers: tuple[str, ...] = ()
    """Modules of `lambda_bridge.triggers`."""
    websockets: str = ""
    """Module of `lambda_bridge.websockets`."""
    has_asgi: bool = False
    """Whether it hands an ASGI app whole connections."""
    is_web: bool = False
    """Whether it also has functions that are HTTP servers: docs/web-functions.md."""


PAGES: dict[str, Page] = {
    "aws": Page(
        "Amazon Web Services",
        ("aws_rest", "aws_http", "aws_url", "aws_alb", "aws_lattice", "aws_edge"),
        ("aws", "offline"), "aws", ("aws",), "aws",
    ),
    "tencent": Page(
        "Tencent Cloud",
        ("tencent_url", "tencent_apigw", "tencent_clb", "tencent_cloudbase"),
        ("web",), "tencent", ("tencent",), "tencent", is_web=True,
    ),
    "azure": Page("Azure", ("azure", "azure_stream"), ("azure", "azure-stream", "web"), "azure", ("azure",), is_web=True),
    "gcp": Page("Google Cloud", ("gcp", "gcp_aio"), ("gcp", "web"), "gcp", ("google",), is_web=True),
    "aliyun": Page(
        "Alibaba Cloud", ("aliyun", "aliyun_apigw", "aliyun_wsgi"), ("web",), "aliyun", ("aliyun",), is_web=True,
    ),
    "huawei": Page("Huawei Cloud", ("huawei",), ("web",), "huawei", ("huawei",), is_web=True),
    "openwhisk": Page(
        "OpenWhisk, DigitalOcean, IBM", ("openwhisk", "digitalocean", "ibm"), ("openwhisk",), "openwhisk", ("openwhisk",),
    ),
    "fn": Page("Oracle Functions, Fn", ("fn",), ("fn",), "fn", ("fn",)),
    "knative": Page("Knative, and ASGI servers", ("asgi",), ("knative", "web"), "knative", ("cloudevents",), has_asgi=True, is_web=True),
    "vercel": Page("Vercel", ("vercel",), ("vercel",), "vercel", has_asgi=True),
    "yandex": Page("Yandex Cloud", ("yandex",), (), "yandex", ("yandex",)),
    "scaleway": Page("Scaleway", ("scaleway",), ("scaleway",), "scaleway"),
    "others": Page(
        "Baidu, Volcengine, OpenLambda, WSGI servers",
        ("baidu", "volcengine", "wsgi"),
        ("openlambda", "web"), "", ("volcengine",), is_web=True,
    ),
}  # fmt: skip


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def code(*names: str) -> str:
    return " ".join(f"`{name}`" for name in names)


# --- what arrives


def make_formats(page: Page) -> str:
    """Each format, and who tells where the client and the mount prefix are: the README's table has that."""
    told = _readme_rows()
    rows = []
    for name in page.formats:
        module = formats.load(name)
        rows.append(
            (
                code(name),
                f"[{module.TITLE}]({module.DOCS})",
                code(*module.VARIANTS) or "–",
                told[name][2],
                told[name][3],
            )
        )
    return table(("format", "what it is", "its forms", "the client's address", "mount prefix"), rows)


def _readme_rows() -> dict[str, list[str]]:
    """Format -> the cells of its row in the README, without marks of footnotes."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("<!-- formats:", 1)[1].split("\n\n", 2)[1]
    rows = [
        [re.sub(r" *\[\^[\w-]+\]", "", cell).strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()
    ]
    return {row[0].strip("`"): row for row in rows[2:]}


# --- limits


def make_limits(page: Page) -> str:
    """A row for each format, or for each of its forms where they differ, and where the figures come from."""
    rows = []
    for name in page.formats:
        module = formats.load(name)
        spellings = [name, *(f"{name}:{each}" for each in module.VARIANTS[1:])]
        found = {_limits_row(spelling): spelling for spelling in reversed(spellings)}
        for row, spelling in reversed(found.items()):
            variant = spelling.partition(":")[2] or (module.VARIANTS[0] if len(found) > 1 else "")
            rows.append((code(name) + (f" {variant}" if variant else ""), *row))
    head = ("format", "event", "its headers", "result", "seconds", "too large", "headers too large", "fails", "late")
    sources = [f"- {code(*names)}: {note}" for note, names in _notes(page.formats).items()]
    return "\n".join([table(head, rows), "", *sources])


def _limits_row(spelling: str) -> tuple[str, ...]:
    row = limits.limits_of(spelling)
    module = formats.load(spelling.partition(":")[0])
    # Only events that are JSON tell how large a result may be.
    event = None if hasattr(module, "NEEDS") else make_event(spelling, "GET", "/")
    result = module.max_result(event) or row.response
    answers = [str(row.answer(to).status) for to in ("too_large", "headers_too_large", "failed", "timed_out")]
    return (size(row.event), size(row.headers), size(result), f"{row.timeout:g}", *answers)


def size(count: int) -> str:
    """*count* bytes for people."""
    if count >= 2**60:
        return "–"
    if count < 2**20:
        return f"{count / 1024:g} KB"
    return f"{round(count / 2**20, 1):g} MB"


def _notes(names: tuple[str, ...]) -> dict[str, list[str]]:
    """What gateway/limits.py says beside the rows of *names*: comment -> the formats that it is about."""
    comments = _comments(inspect.getsource(limits))
    found: dict[str, list[str]] = {}
    for name in names:
        row = limits.LIMITS[name]
        # A row that several formats share has its comment beside the first, or beside its own name.
        others = [each for each, same in (*limits.LIMITS.items(), *vars(limits).items()) if same is row]
        note = next(comments[each] for each in (name, *others) if each in comments)
        found.setdefault(_linked(note), []).append(name)
    return found


def _comments(text: str) -> dict[str, str]:
    """Name of a key or of a variable -> the comment right above it."""
    found: dict[str, str] = {}
    above: list[str] = []
    for line in text.splitlines():
        if line.lstrip().startswith("# "):
            above.append(line.lstrip()[2:])
            continue
        named = re.match(r'\s*"?(\w+)"?(?::| =) ', line)
        if named and above:
            # A name that was too long for its line goes on after its slash.
            found[named[1]] = re.sub(r"(?<=\w)/ (?=\w)", "/", " ".join(above))
        above = []
    return found


_ADDRESS = re.compile(r"(?<![\w/.])((?:[a-z0-9-]+\.)+(?:com|net|cloud|jp)/[\w./?=-]*\w)")


def _linked(note: str) -> str:
    return _ADDRESS.sub(r"[\1](https://\1)", note)


# --- losses


def make_losses(page: Page) -> str:
    """What a request or an answer is otherwise on the page's runtimes, as `make real` sees it."""
    found: dict[tuple[str, str], list[str]] = {}
    mine = _proved(page)
    if not mine:
        return "None of its gateways can be run here, so `make real` has nothing to compare."
    for platform in mine:
        for loss in LOSSES:
            if covers(loss, platform.name):
                found.setdefault((loss.case, loss.reason), []).append(platform.name)
    if not found:
        return "Nothing: each case of `make real` is as with a server of your own."
    rows = [(case, reason, code(*dict.fromkeys(names))) for (case, reason), names in found.items()]
    return table(("what", "why, and where that is written", "seen on"), rows)


# --- what else is there


def make_beyond(page: Page) -> str:
    """Streaming, WebSockets and events that are not HTTP, each with the page about it."""
    lines = [f"- [Streaming](../streaming.md): {_say_streaming(page)}."]
    gateway = code(f"{page.websockets}_websocket") if page.websockets else ""
    ways = [f"each message is an event of {gateway}"] if gateway else []
    ways += ["an ASGI app has the connection itself"] if page.has_asgi else []
    ways += ["in a web function the app has the connection itself"] if page.is_web and not page.has_asgi else []
    lines.append(f"- [WebSockets](../websockets.md): {'; '.join(ways) or 'no'}.")
    for module in page.triggers:
        anchor = trigger_table.CLOUDS[module].lower().replace(" ", "-")
        lines.append(f"- [Events that are not HTTP](../triggers.md#{anchor}): {code(*MODULES[module])}.")
    if not page.triggers:
        lines.append("- [Events that are not HTTP](../triggers.md): none of its own.")
    if page.is_web:
        lines.append(
            "- [Web functions](../web-functions.md): `python -m lambda_bridge.web myapp:app` starts a server there."
        )
    return "\n".join(lines)


def _say_streaming(page: Page) -> str:
    always = [name for name in page.formats if formats.load(name).STREAMS]
    ours = [name for name in page.formats if can_stream(name, {})]
    said = [f"{code(*always)} always"] if always else []
    said += [f"{code(*ours)} with `python -m lambda_bridge.runtime`"] if ours else []
    said += ["web functions"] if page.is_web and not always else []
    return ", ".join(said) or "no, a response is collected and sent whole"


# --- how to deploy


def make_deploy(page: Page) -> str:
    """The line that writes a tool's files, for each tool; the first is what it is without ``--with``."""
    tools = [tool for tool in TOOLS if tool.cloud == page.deploy]
    rows = [
        (
            code(f"lambda-bridge init --cloud {page.deploy}{f' --with {tool.name}' if at else ''} myapp:app"),
            tool.sentence,
        )
        for at, tool in enumerate(tools)
    ]
    return table(("command", "what it writes"), rows)


# --- what it was proved on


def make_proved(page: Page) -> str:
    """The runtimes of the page with the command that runs them; or that there is none."""
    rows = []
    for name in page.real:
        mine = [each for each in platforms() if each.runtime == name]
        events = [each.name for each in triggers() if each.runtime == name]
        ends = [each.name for each in sockets() if each.runtime == name]
        commands = " ".join(_shortest([*(each.name for each in mine), *events, *ends]))
        rows.append(
            (
                ", ".join(_said(name))
                or "the action loop of apache/openwhisk-runtime-python, written anew from its description",
                code(*dict.fromkeys(each.format for each in mine)) or "WebSockets",
                "yes" if events else "–",
                f'`make real PLATFORMS="{commands}"`',
            )
        )
    if not rows:
        return (
            "Nobody publishes a runtime of this cloud that runs elsewhere: its events are those of its documentation."
        )
    return table(("software", "formats", "events that are not HTTP", "command"), rows)


# What the platforms' own programs only stand on.
_BENEATH = ("aiohttp", "grpcio", "protobuf")


def _said(name: str) -> list[str]:
    """The packages of a runtime, ``name version``."""
    runtime = RUNTIMES[name]
    packages = [each.replace("==", " ") for each in runtime.packages if not each.startswith(_BENEATH)]
    return packages + [each.replace("@", " ") for each in runtime.npm]


def _shortest(names: list[str]) -> list[str]:
    """Beginnings for ``PLATFORMS`` that choose all of *names*, and no others."""
    every = [each.name for each in (*platforms(), *triggers(), *sockets())]
    others = [each for each in every if each not in names]
    found = []
    for name in names:
        parts = name.split("-")
        beginnings = ("-".join(parts[:count]) for count in range(1, len(parts) + 1))
        found.append(next(each for each in beginnings if not any(other.startswith(each) for other in others)))
    return list(dict.fromkeys(found))


def _proved(page: Page) -> list[Any]:
    """Platforms of the page's own formats; what web servers lose is told where WSGI servers are."""
    return [
        each for each in platforms() if each.runtime in page.real and (each.runtime != "web" or "wsgi" in page.formats)
    ]


# --- the index


def make_index() -> str:
    """All clouds, in one table."""
    rows = []
    for file, page in PAGES.items():
        rows.append(
            (
                f"[{page.title}]({file}.md)",
                code(*page.formats),
                _say_streams(page),
                _say_websockets(page),
                str(sum(len(MODULES[module]) for module in page.triggers)) if page.triggers else "–",
                ", ".join(_software(page)) or "–",
                code(page.deploy) if page.deploy else "–",
            )
        )
    head = ("cloud", "formats", "streams", "WebSockets", "other events", "proved on", "`init --cloud`")
    return table(head, rows)


def _say_streams(page: Page) -> str:
    if any(formats.load(name).STREAMS for name in page.formats):
        return "yes"
    if any(can_stream(name, {}) for name in page.formats):
        return "with our runtime"
    return "web functions" if page.is_web else "–"


def _say_websockets(page: Page) -> str:
    if page.websockets:
        return "a message, an event"
    if page.has_asgi:
        return "yes"
    return "web functions" if page.is_web else "–"


def _software(page: Page) -> list[str]:
    """The packages of its runtimes; web servers are no cloud's own."""
    packages = [each for name in page.real if name != "web" for each in _said(name)]
    return list(dict.fromkeys(each.partition(" ")[0] for each in packages))


PARTS: dict[str, Callable[[Page], str]] = {
    "formats": make_formats,
    "losses": make_losses,
    "limits": make_limits,
    "beyond": make_beyond,
    "deploy": make_deploy,
    "proved": make_proved,
}


def remade(file: str, text: str) -> str:
    """The *text* of a page with each of its parts made anew."""

    def make(part: re.Match[str]) -> str:
        made = make_index() if part[2] == "index" else PARTS[part[2]](PAGES[file])
        return f"{part[1]}\n{made}\n\n{part[3]}"

    return _PART.sub(make, text)


def write() -> None:
    """Put the parts into all pages."""
    for file in (*PAGES, "index"):
        path = FOLDER / f"{file}.md"
        path.write_text(remade(file, path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    else:
        for page in PAGES.values():
            print(f"# {page.title}\n")
            print("\n\n".join(make(page) for make in PARTS.values()))
        print(make_index())
