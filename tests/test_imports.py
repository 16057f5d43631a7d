from __future__ import annotations

import ast
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import lambda_bridge
from lambda_bridge.handler import _HOSTS
from lambda_bridge.testing import FORMATS, make_event
from tests.builders import JSON_FORMATS
from tests.runtime.runtime_api import Call, RuntimeApi

TESTS = Path(__file__).resolve().parent
# Where the package is installed, which need not be beside the tests.
PACKAGE = Path(lambda_bridge.__file__).resolve().parent
ROOT = PACKAGE.parent

# What a WSGI app must not pay for: each costs a cold start milliseconds.
HEAVY = [
    "argparse",
    "asgiref",
    "asyncio",
    "concurrent.futures",
    "contextvars",
    "dataclasses",
    "email",
    "hashlib",
    "http.client",
    "http.server",
    "importlib.metadata",
    "inspect",
    "logging",
    "pathlib",
    "random",
    "re",
    "signal",
    "socket",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "typing",
    "uuid",
    "werkzeug",
]

# All of the package that one request to a WSGI app needs, beside the module of its format.
OURS = [
    "lambda_bridge",
    "lambda_bridge.adjust",
    "lambda_bridge.apps",
    "lambda_bridge.apps._checks",
    "lambda_bridge.apps.wsgi",
    "lambda_bridge.attributes",
    "lambda_bridge.deadline",
    "lambda_bridge.encoding",
    "lambda_bridge.errors",
    "lambda_bridge.formats",
    "lambda_bridge.handler",
    "lambda_bridge.headers",
    "lambda_bridge.log",
    "lambda_bridge.messages",
    "lambda_bridge.options",
    "lambda_bridge.recognize",
]

# What of the package's own a format brings beside itself.
SHARED = {
    "digitalocean": ["lambda_bridge.formats._openwhisk", "lambda_bridge.formats.openwhisk"],
    "ibm": ["lambda_bridge.formats._openwhisk"],
    "openwhisk": ["lambda_bridge.formats._openwhisk"],
    "aws_url": ["lambda_bridge.formats.aws_http"],
    "aliyun_wsgi": ["lambda_bridge.formats.wsgi"],
    "aliyun_apigw": ["lambda_bridge.formats.aliyun"],
    "azure": ["lambda_bridge.formats._azure_cookies"],
    "azure_stream": [
        "lambda_bridge.azure",
        "lambda_bridge.formats._front_end",
        "lambda_bridge.formats.asgi",
    ],
    "gcp": ["lambda_bridge.formats._front_end", "lambda_bridge.formats.wsgi"],
    "gcp_aio": ["lambda_bridge.formats._front_end", "lambda_bridge.formats.asgi"],
    "tencent_clb": ["lambda_bridge.formats.tencent_apigw"],
    "tencent_cloudbase": ["lambda_bridge.formats.tencent_apigw"],
    "tencent_url": ["lambda_bridge.formats.tencent_apigw"],
    "vercel": ["lambda_bridge.formats.wsgi"],
}
# Their host's loop waits for a WSGI app.
ON_A_LOOP = {"asgi", "azure_stream", "gcp_aio"}

SERVE = """
import sys
sys.path[:0] = {paths!r}
{platform}
before = set(sys.modules)
from lambda_bridge import make_handler

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]

handler = make_handler(app)
assert {body} in ("ok", b"ok")
print(*sorted(set(sys.modules) - before))
"""

_SERVER = """
from io import BytesIO
environ = {{**{event!r}, "wsgi.input": BytesIO()}}

def start_response(status, headers):
    pass
"""
_WSGI = (_SERVER, "b''.join(handler(environ, start_response))")

_LOOP = """
import asyncio
scope, sent = {event!r}, []

async def receive():
    return {{"type": "http.request"}}

async def send(message):
    sent.append(message)

def run(app):
    asyncio.run(app)
    return sent[-1]["body"]
"""
_STARLETTE = _LOOP + "from starlette.requests import Request"

_AZURE = """
from azure.functions import HttpRequest
event = HttpRequest("GET", "https://localhost/path", headers={{}}, params={{}}, route_params={{}}, body=b"")
"""

_FN = """
import asyncio
import fdk.response
from fdk.context import InvokeContext
from io import BytesIO
told = {{"fn-intent": "httprequest", "fn-http-method": "GET", "fn-http-request-url": "/path"}}
event = InvokeContext("", "", "", "", "", headers=told, method="GET", request_url="/path")
"""

# What a platform has imported and made before it imports the function, and how it gets to the body of an answer.
PLATFORMS = {
    "aliyun_wsgi": _WSGI,
    "asgi": (_LOOP, "run(handler(scope, receive, send))"),
    "azure": (_AZURE, "handler(req=event, context=None).get_body()"),
    "azure_stream": (
        _STARLETTE + "; import azure.functions, pathlib",
        "run(handler(req=Request(scope), context=None)(scope, receive, send))",
    ),
    "fn": (_FN, "handler(event, data=BytesIO()).body_bytes()"),
    "gcp": (_SERVER + "import flask", "handler(flask.Request(environ)).get_data()"),
    "gcp_aio": (_STARLETTE, "run(handler(Request(scope))(scope, receive, send))"),
    "vercel": _WSGI,
    "wsgi": _WSGI,
}


def serve(format_: str) -> str:
    """A program that is the platform of a format, and gets one answer of a handler."""
    # Flask's request has an environ like any other.
    event = make_event("wsgi" if format_ == "gcp" else format_, "GET", "/path")
    if format_ in JSON_FORMATS:
        return SERVE.format(paths=[str(ROOT)], platform="", body=f"handler({event!r}, None)['body']")
    if isinstance(event, dict):
        event = {key: value for key, value in event.items() if key not in {"body", "wsgi.input"}}
    platform, body = PLATFORMS[format_.partition(":")[0]]
    paths = [str(ROOT), *(path for path in sys.path if path)]
    return SERVE.format(paths=paths, platform=platform.format(event=event), body=body)


@cache
def modules_after(source: str) -> frozenset[str]:
    """The modules that *source* has imported in a bare interpreter: without site-packages, without .pth files."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", source], capture_output=True, text=True, timeout=20, check=False
    )
    assert ("", 0) == (done.stderr, done.returncode)
    return frozenset(done.stdout.split())


@pytest.mark.parametrize("format_", FORMATS)
def test_wsgi_app_pays_for_nothing_heavy(format_: str) -> None:
    """From the import to the first result, in every format; what its platform has imported is there anyway."""
    imported = modules_after(serve(format_))
    name = format_.partition(":")[0]
    ours = [*OURS, f"lambda_bridge.formats.{name}", "lambda_bridge.formats._results", *SHARED.get(name, [])]
    ours += ["lambda_bridge.hosts"] if name in _HOSTS else []
    ours += ["lambda_bridge.apps._thread"] if name in ON_A_LOOP else []
    assert ([], sorted(ours)) == (
        sorted(imported & set(HEAVY)),
        sorted(each for each in imported if each.startswith("lambda_bridge")),
    )


@pytest.mark.parametrize("format_", FORMATS)
def test_plain_path_needs_no_url_parser(format_: str) -> None:
    """urllib.parse alone is a third of a cold start."""
    assert "urllib.parse" not in modules_after(serve(format_))


def test_functions_for_triggers_cost_http_nothing_of_their_rows() -> None:
    """The names alone are looked at; the first event that is no HTTP brings the rest."""
    source = serve("aws_http").replace("assert", "handler.on('aws.sqs')(print)\nassert", 1)
    ours = {each for each in modules_after(source) if each.startswith("lambda_bridge.triggers")}
    assert ours == {"lambda_bridge.triggers"}


def test_http_calls_of_an_asgi_app_cost_nothing_of_websockets() -> None:
    """The first event of one brings them."""
    event = make_event("aws_http", "GET", "/path")
    app = """
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"ok"})
"""
    source = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{app}\nfrom lambda_bridge import make_handler\nhandler = make_handler(app, lifespan='off', connections='dynamodb:chat')\nassert handler({event!r}, None)['body'] == 'ok'\nhandler.close()\nprint(*sys.modules)"
    imported = modules_after(source)
    assert "lambda_bridge.apps.asgi" in imported
    assert [] == sorted(each for each in imported if "websocket" in each or each in {"sqlite3", "http.client"})


def test_construction_alone_brings_no_format() -> None:
    """The first event decides which one is needed."""
    source = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from lambda_bridge import make_handler; make_handler(lambda environ, start_response: []); print(*sys.modules)"
    assert sorted(OURS) == sorted(each for each in modules_after(source) if each.startswith("lambda_bridge"))


def test_import_of_the_package_starts_nothing() -> None:
    """No loop, no thread, no signal handler, no logging: those belong to the first call that needs them."""
    source = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import lambda_bridge; print(*sys.modules)"
    assert set() == modules_after(source) & {"asyncio", "logging", "signal", "threading"}


# What our own runtime needs of it.
RUNTIMES_HEAVY = {"re", "socket"}

SERVED = """
import sys
sys.path.insert(0, {root!r})
before = set(sys.modules)

class hosted:
    served = 0

    @staticmethod
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        hosted.served += 1
        if hosted.served == 2:
            print(*sorted(set(sys.modules) - before), flush=True)
        return iter([b"a", b"b"])

sys.modules["hosted"] = hosted
from lambda_bridge.runtime.__main__ import run
import io
sys.stderr = io.StringIO()
run(["hosted:app"], {environ!r})
sys.stderr = None
"""


@pytest.mark.parametrize("stream", [False, True], ids=["buffered", "streamed"])
def test_our_own_runtime_pays_for_a_socket_and_little_more(stream: bool) -> None:
    """To the second event of a WSGI app; re comes with json on some Pythons."""
    environ = {"LAMBDA_BRIDGE_STREAM": "1"} if stream else {}
    with RuntimeApi(*[Call(make_event("aws_url", "GET", "/")) for _ in range(2)]) as api:
        source = f"import os; os.environ.update({environ!r})\n" + SERVED.format(
            root=str(ROOT), environ={"AWS_LAMBDA_RUNTIME_API": api.address}
        )
        imported = modules_after(source)
    parts = ["", ".__main__", ".api", ".connection", ".context", ".loop", *[".stream"] * stream]
    ours = [*OURS, "lambda_bridge.streaming", *(f"lambda_bridge.runtime{part}" for part in parts)]
    ours += ["lambda_bridge.formats.aws_url", "lambda_bridge.formats._results", *SHARED["aws_url"]]
    assert (set(), sorted(ours)) == (
        set(HEAVY) - RUNTIMES_HEAVY & imported,
        sorted(each for each in imported if each.startswith("lambda_bridge")),
    )


# --- the lines between the parts


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imports_of(path: Path) -> set[str]:
    """Every module that the file names in an import, wherever in it."""
    names: set[str] = set()
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            module = node.module or ""
            names.update([module, *(f"{module}.{alias.name}" for alias in node.names)])
    return names


FORMAT_FILES = sorted((PACKAGE / "formats").glob("*.py"))
# The rows of triggers are pure as well; their delivery is the line's, and their samples are for tests.
NO_ROWS = {
    PACKAGE / "triggers" / f"{name}.py"
    for name in ("_packing", "call", "delivery", "over_http", "records", "samples", "target")
}
ROW_FILES = sorted(set((PACKAGE / "triggers").glob("*.py")) - NO_ROWS)


@pytest.mark.parametrize("path", FORMAT_FILES + ROW_FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_formats_are_pure(path: Path) -> None:
    """No I/O, no clock, no logging, no environment, and no option: a format only translates."""
    forbidden = {
        "os",
        "sys",
        "io",
        "time",
        "datetime",
        "random",
        "logging",
        "socket",
        "subprocess",
        "threading",
        "asyncio",
    }
    ours = {
        f"lambda_bridge.{name}"
        for name in ("options", "handler", "apps", "log", "deadline", "hosts", "emulate", "testing", "gateway", "cli")
    }
    # A file in memory is what some platforms hand a body over in.
    imported = imports_of(path) - {"io.BytesIO"}
    allowed = {"io"} if "io.BytesIO" in imports_of(path) else set()
    if path in ROW_FILES:
        # To write a time that an event tells as a number; test_rows_have_no_clock.
        allowed |= {each for each in imported if each.partition(".")[0] == "datetime"}
    assert set() == {name for name in imported - allowed if name.partition(".")[0] in forbidden or name in ours}


@pytest.mark.parametrize("path", FORMAT_FILES + ROW_FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_formats_neither_print_nor_open(path: Path) -> None:
    """Nor do they evaluate anything that came with an event."""
    calls = {node.func.id for node in nodes_of(path) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert set() == calls & {"print", "open", "input", "eval", "exec", "compile", "__import__"}


@pytest.mark.parametrize("path", ROW_FILES, ids=lambda path: path.name)
def test_rows_have_no_clock(path: Path) -> None:
    """The same event is the same CloudEvent whenever it comes again."""
    names = {node.attr for node in nodes_of(path) if isinstance(node, ast.Attribute)}
    assert set() == names & {"now", "utcnow", "today"}


@pytest.mark.parametrize("name", ["messages", "encoding", "headers", "errors", "recognize", "compression"])
def test_middle_of_the_line_knows_neither_cloud_nor_app(name: str) -> None:
    """The values in the middle, and the rules on text and bytes."""
    forbidden = ("lambda_bridge.apps", "lambda_bridge.formats", "lambda_bridge.handler", "lambda_bridge.options")
    assert set() == {each for each in imports_of(PACKAGE / f"{name}.py") if each.startswith(forbidden)}


def test_apps_know_no_format_and_formats_no_app() -> None:
    """Only handler.py knows both."""
    apps = {name for path in (PACKAGE / "apps").glob("*.py") for name in imports_of(path)}
    formats = {name for path in FORMAT_FILES for name in imports_of(path)}
    assert (set(), set()) == (
        {name for name in apps if name.startswith(("lambda_bridge.formats", "lambda_bridge.handler"))},
        {name for name in formats if name.startswith("lambda_bridge.apps")},
    )


def test_every_module_has_its_test_file() -> None:
    """Who changes a module knows where to look: tests/ mirrors the package."""
    missing = []
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE)
        if relative.name == "__main__.py" or relative == Path("__init__.py"):
            continue
        if all(isinstance(node, ast.Expr) for node in ast.parse(path.read_text(encoding="utf-8")).body):
            continue  # nothing but a docstring
        if relative.name == "__init__.py":
            test = relative.parent / f"test_{relative.parent.name}.py"
        else:
            test = relative.with_name(f"test_{relative.name}")
        if not (TESTS / test).exists():
            missing.append(f"tests/{test}")
    assert [] == missing


def test_modules_of_the_standard_library_that_are_heavy_exist() -> None:
    """A name that is misspelt in the list above would never be found."""
    source = (
        f"import importlib.util; print([name for name in {json.dumps(HEAVY)} if not importlib.util.find_spec(name)])"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=20, check=True)
    assert "[]\n" == done.stdout
