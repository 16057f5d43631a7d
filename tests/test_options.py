from __future__ import annotations

import inspect
from typing import Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.errors import ConfigurationError
from lambda_bridge.options import OPTIONS, Options, read_options
from lambda_bridge.recognize import NAMES
from lambda_bridge.websockets.stores import MemoryStore

# (option, value as argument, the same as text of a variable, what it becomes)
GOOD: list[tuple[str, Any, str | None, Any]] = [
    ("interface", "auto", "auto", "auto"),
    ("interface", "wsgi", "wsgi", "wsgi"),
    ("interface", "asgi", "asgi", "asgi"),
    ("formats", None, None, None),
    ("formats", ["aws_http"], "aws_http", frozenset({"aws_http"})),
    ("formats", ("aws_http", "aws_rest"), " aws_http , aws_rest,", frozenset({"aws_http", "aws_rest"})),
    ("formats", {"aws_alb"}, "aws_alb", frozenset({"aws_alb"})),
    ("formats", list(NAMES), ",".join(NAMES), frozenset(NAMES)),
    ("partial_failures", True, "1", True),
    ("partial_failures", False, "off", False),
    ("warmup", None, None, None),
    ("warmup", "warmer", "warmer", "warmer"),
    ("warmup", "source=my-pings", "source=my-pings", "source=my-pings"),
    ("base_path", None, None, None),
    ("base_path", "", "", ""),
    ("base_path", "/", "/", ""),
    ("base_path", "api", "api", "/api"),
    ("base_path", "/api", "/api", "/api"),
    ("base_path", "/api/", "/api/", "/api"),
    ("base_path", "/api/v1/", "/api/v1/", "/api/v1"),
    ("lifespan", "auto", "auto", "auto"),
    ("lifespan", "on", "on", "on"),
    ("lifespan", "off", "off", "off"),
    ("on_error", "respond", "respond", "respond"),
    ("on_error", "raise", "raise", "raise"),
    ("events", None, None, None),
    ("events", "events", "events", "/events"),
    ("events", "/a/b/", "/a/b/", "/a/b"),
    ("exclude_headers", (), "", frozenset()),
    ("exclude_headers", ["Server", "X-Powered-By"], "Server, X-Powered-By", frozenset({"server", "x-powered-by"})),
    ("compress", True, "true", True),
    ("compress", True, "1", True),
    ("compress", True, "Yes", True),
    ("compress", True, " ON ", True),
    ("compress", False, "false", False),
    ("compress", False, "0", False),
    ("compress", False, "no", False),
    ("compress", False, "off", False),
    ("trusted_proxies", 0, "0", 0),
    ("trusted_proxies", 2, " 2 ", 2),
    ("deadline_margin", 0, "0", 0.0),
    ("deadline_margin", 1.5, "1.5", 1.5),
    ("deadline_margin", 2, "2", 2.0),
    ("stream", True, "1", True),
    ("stream", False, "off", False),
    ("connections", "memory", "memory", "memory"),
    ("connections", "sqlite:/tmp/a b.db", "sqlite:/tmp/a b.db", "sqlite:/tmp/a b.db"),
    ("connections", "dynamodb:chat", "dynamodb:chat", "dynamodb:chat"),
    ("push_url", None, None, None),
    ("push_url", "https://a/b", "https://a/b", "https://a/b"),
    ("websocket_path", None, None, None),
    ("websocket_path", "/chat", "/chat", "/chat"),
    ("websocket_path", "/chat/{room}/x{y}", "/chat/{room}/x{y}", "/chat/{room}/x{y}"),
    ("websocket_path", "{path}", "{path}", "{path}"),
]

BAD: list[tuple[str, Any, str]] = [
    ("interface", "cgi", "'auto' or 'wsgi' or 'asgi'"),
    ("interface", None, "'auto' or 'wsgi' or 'asgi'"),
    ("interface", "WSGI", "'auto' or 'wsgi' or 'asgi'"),
    ("formats", ["aws_htp"], "aws_http"),
    ("formats", [], "aws_http"),
    ("formats", "", "aws_http"),
    ("formats", [1], "list of names"),
    ("formats", 42, "not iterable"),
    ("formats", ["aws_http", None], "list of names"),
    ("partial_failures", "maybe", "True or False"),
    ("warmup", "", "'warmer'"),
    ("warmup", "=1", "'warmer'"),
    ("warmup", 42, "'warmer'"),
    ("base_path", 42, "'/api'"),
    ("base_path", "/a?b", "'/api'"),
    ("base_path", "/a#b", "'/api'"),
    ("base_path", ["/a"], "'/api'"),
    ("lifespan", "yes", "'auto' or 'on' or 'off'"),
    ("lifespan", True, "'auto' or 'on' or 'off'"),
    ("on_error", "ignore", "'respond' or 'raise'"),
    ("events", "", "'/events'"),
    ("events", "/", "'/events'"),
    ("events", 42, "'/api'"),
    ("exclude_headers", ["a b"], "names of headers"),
    ("exclude_headers", ["x:"], "names of headers"),
    ("exclude_headers", [1], "list of names"),
    ("exclude_headers", None, "not iterable"),
    ("compress", "maybe", "True or False"),
    ("compress", None, "True or False"),
    ("compress", 2, "True or False"),
    ("trusted_proxies", -1, "whole number"),
    ("trusted_proxies", "one", "whole number"),
    ("trusted_proxies", 1.5, "whole number"),
    ("trusted_proxies", True, "whole number"),
    ("trusted_proxies", "²", "whole number"),
    ("trusted_proxies", None, "whole number"),
    ("deadline_margin", -1, "seconds, 0 or more"),
    ("deadline_margin", "soon", "seconds, 0 or more"),
    ("deadline_margin", float("inf"), "seconds, 0 or more"),
    ("deadline_margin", float("nan"), "seconds, 0 or more"),
    ("deadline_margin", True, "seconds, 0 or more"),
    ("deadline_margin", None, "seconds, 0 or more"),
    ("stream", "maybe", "True or False"),
    ("stream", None, "True or False"),
    ("connections", "redis:x", "'sqlite:PATH'"),
    ("connections", "sqlite:", "'sqlite:PATH'"),
    ("connections", "memory:", "'sqlite:PATH'"),
    ("connections", None, "put, get, delete and keys"),
    ("connections", {}, "put, get, delete and keys"),
    ("connections", MemoryStore, "put, get, delete and keys"),
    ("push_url", "", "use a URL"),
    ("push_url", "wss://a/b", "use a URL"),
    ("push_url", 42, "use a URL"),
    ("websocket_path", "", "'/chat/{room}'"),
    ("websocket_path", "chat", "'/chat/{room}'"),
    ("websocket_path", "/a?b", "'/chat/{room}'"),
    ("websocket_path", "/a{b", "'/chat/{room}'"),
    ("websocket_path", "/a}b{", "'/chat/{room}'"),
    ("websocket_path", "/a{}", "'/chat/{room}'"),
    ("websocket_path", 42, "'/chat/{room}'"),
]


def app(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return []


def test_every_option_is_tested_here() -> None:
    """With a good value and with a bad one."""
    assert (set(OPTIONS), set(OPTIONS)) == ({name for name, *_ in GOOD}, {name for name, *_ in BAD})


@pytest.mark.parametrize(("name", "value", "text", "expected"), GOOD)
def test_argument_and_variable_mean_the_same(name: str, value: Any, text: str | None, expected: Any) -> None:
    """Whether code or the deployment sets it."""
    environ = {} if text is None else {f"LAMBDA_BRIDGE_{name.upper()}": text}
    assert [expected, expected] == [
        getattr(read_options({name: value}, {}), name),
        getattr(read_options({}, environ), name),
    ]


@pytest.mark.parametrize(("name", "value", "hint"), BAD)
def test_bad_argument_is_named_with_its_value_and_what_to_use(name: str, value: Any, hint: str) -> None:
    """An error of configuration is found at the cold start, and corrected from its message alone."""
    with pytest.raises(ConfigurationError) as caught:
        make_handler(app, **{name: value})
    assert str(caught.value).startswith(f"{name}={value!r} is not usable: ")
    assert hint in str(caught.value)


@pytest.mark.parametrize(("name", "value", "hint"), [row for row in BAD if isinstance(row[1], str)])
def test_bad_variable_is_named_with_its_value_and_what_to_use(
    name: str, value: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says that the environment is where to look."""
    monkeypatch.setenv(f"LAMBDA_BRIDGE_{name.upper()}", value)
    with pytest.raises(ConfigurationError) as caught:
        make_handler(app)
    assert str(caught.value).startswith(f"LAMBDA_BRIDGE_{name.upper()}={value!r} is not usable: ")
    assert hint in str(caught.value)


@pytest.mark.parametrize(("name", "value", "text", "expected"), GOOD)
def test_argument_wins(name: str, value: Any, text: str | None, expected: Any) -> None:
    """Also one that happens to be the default; the variable is not even looked at."""
    assert expected == getattr(
        read_options({name: value}, {f"LAMBDA_BRIDGE_{name.upper()}": "no ? such # value"}), name
    )


def test_defaults() -> None:
    """What DESIGN and README promise when nothing is said."""
    options = read_options({}, {})
    assert {
        "interface": "auto",
        "formats": None,
        "base_path": None,
        "lifespan": "auto",
        "on_error": "respond",
        "events": None,
        "partial_failures": True,
        "warmup": None,
        "exclude_headers": frozenset(),
        "compress": False,
        "trusted_proxies": 1,
        "deadline_margin": 0.5,
        "stream": False,
        "connections": "memory",
        "push_url": None,
        "websocket_path": None,
    } == vars(options)


def test_store_of_ones_own_is_taken_as_it_is() -> None:
    """No variable can name it."""
    store = MemoryStore()
    assert store is read_options({"connections": store}, {}).connections


def test_table_and_signature_and_values_have_the_same_names() -> None:
    """An option that is missing in one of the three places would silently do nothing."""
    parameters = list(inspect.signature(make_handler).parameters)[1:]
    assert (list(OPTIONS), sorted(OPTIONS), list(OPTIONS)) == (
        parameters,
        sorted(Options.__annotations__),
        [option.name for option in OPTIONS.values()],
    )


def test_signature_shows_the_defaults() -> None:
    """Editors and help() show what applies, not an object that stands for it."""
    parameters = list(inspect.signature(make_handler).parameters.values())[1:]
    assert [repr(option.default) for option in OPTIONS.values()] == [repr(each.default) for each in parameters]
    assert {inspect.Parameter.KEYWORD_ONLY} == {each.kind for each in parameters}


@pytest.mark.parametrize("option", OPTIONS.values(), ids=OPTIONS)
def test_every_option_has_a_sentence_and_is_described(option: Any) -> None:
    """In the table and in the docstring of make_handler."""
    assert option.sentence.endswith(".")
    assert f":param {option.name}: " in (make_handler.__doc__ or "")
