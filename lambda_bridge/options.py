"""Every option of make_handler: default, one sentence, check. What an option does is in handler.py.

Each can also be set by the environment variable ``LAMBDA_BRIDGE_<NAME>``; the argument wins.
"""

from __future__ import annotations

import os

from lambda_bridge.errors import ConfigurationError
from lambda_bridge.headers import is_token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


class Option:
    """One row of the table: ``read`` makes the value from the argument or from text, or raises ValueError."""

    __slots__ = ("default", "name", "read", "sentence")

    def __init__(self, name: str, default: Any, read: Callable[[Any], Any], sentence: str) -> None:
        self.name = name
        self.default = default
        self.read = read
        self.sentence = sentence

    def __repr__(self) -> str:
        # An Option stands as the default in make_handler's signature, so that an argument that was
        # not given can be told from one that happens to equal the default.
        return repr(self.default)


class Options:
    """The values of all options, checked."""

    base_path: str | None
    compress: bool
    connections: Any
    deadline_margin: float
    events: str | None
    exclude_headers: frozenset[str]
    formats: frozenset[str] | None
    interface: str
    lifespan: str
    on_error: str
    partial_failures: bool
    push_url: str | None
    stream: bool
    trusted_proxies: int
    warmup: str | None
    websocket_path: str | None


def one_of(*choices: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError("use " + " or ".join(repr(choice) for choice in choices))
        return str(value)

    return read


def read_path_option(value: Any) -> str | None:
    """``None`` stays; ``api``, ``/api`` and ``/api/`` are ``/api``; ``/`` and nothing are ``""``."""
    if value is None:
        return None
    if not isinstance(value, str) or "?" in value or "#" in value:
        raise ValueError("use a path such as '/api'")
    stripped = value.strip("/")
    return "/" + stripped if stripped else ""


def read_route(value: Any) -> str | None:
    route = read_path_option(value)
    if route == "":
        raise ValueError("use a route of its own such as '/events'")
    return route


def read_field(value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or not value.partition("=")[0].strip()):
        raise ValueError("use the name of a field such as 'warmer', or 'source=my-pings'")
    return value


def read_names(value: Any) -> frozenset[str]:
    """Names from a list, or from text with commas."""
    if isinstance(value, str):
        value = value.split(",")
    names = [name.strip() if isinstance(name, str) else name for name in value]
    if not all(isinstance(name, str) for name in names):
        raise ValueError("use a list of names")
    return frozenset(name for name in names if name)


def read_formats(value: Any) -> frozenset[str] | None:
    if value is None:
        return None
    from lambda_bridge.recognize import NAMES

    names = read_names(value)
    if not names or not names <= set(NAMES):
        from lambda_bridge.websockets import NAMES as GATEWAYS

        every = (*NAMES, *GATEWAYS)
        if not names or not names <= set(every):
            raise ValueError(f"use some of {', '.join(every)}")
    return names


def read_header_names(value: Any) -> frozenset[str]:
    names = frozenset(name.lower() for name in read_names(value))
    if not all(is_token(name) for name in names):
        raise ValueError("use names of headers")
    return names


def read_switch(value: Any) -> bool:
    switches = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    switch = switches.get(str(value).strip().lower())
    if switch is None:
        raise ValueError("use True or False")
    return switch


def read_count(value: Any) -> int:
    if isinstance(value, bool) or not str(value).strip().isdecimal():
        raise ValueError("use a whole number from 0")
    return int(value)


def read_seconds(value: Any) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = -1.0
    if isinstance(value, bool) or not 0 <= seconds < float("inf"):
        raise ValueError("use seconds, 0 or more")
    return seconds


def read_store(value: Any) -> Any:
    """The name of a store, or an object with the four methods of `lambda_bridge.websockets.stores.Store`."""
    if isinstance(value, str):
        kind, _, name = value.partition(":")
        if value == "memory" or (kind in {"sqlite", "dynamodb"} and name.strip()):
            return value
    elif all(callable(getattr(value, method, None)) for method in ("put", "get", "delete", "keys")) and not isinstance(
        value, type
    ):
        return value
    raise ValueError("use 'memory', 'sqlite:PATH', 'dynamodb:TABLE', or an object with put, get, delete and keys")


def read_url(value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or not value.startswith(("http://", "https://"))):
        raise ValueError("use a URL such as 'https://abc.execute-api.eu-central-1.amazonaws.com/prod'")
    return value


def read_path_template(value: Any) -> str | None:
    if value is None:
        return None
    braces = "".join(character for character in value if character in "{}") if isinstance(value, str) else "?"
    if braces.replace("{}", "") or "{}" in value or value[:1] not in {"/", "{"} or "?" in value or "#" in value:
        raise ValueError("use a path such as '/chat', or with parameters of the query '/chat/{room}'")
    return str(value)


OPTIONS: Mapping[str, Option] = {
    option.name: option
    for option in (
        Option(
            "interface",
            "auto",
            one_of("auto", "wsgi", "asgi"),
            "How the app wants to be called; `auto` looks at its signature.",
        ),
        Option(
            "formats",
            None,
            read_formats,
            "Names of the formats to accept; an event of another one is refused. `None`: every format.",
        ),
        Option(
            "base_path",
            None,
            read_path_option,
            "The mount prefix. `None`: what the event says (a stage); `''`: none; `'/api'`: this one, where the path has it.",
        ),
        Option(
            "lifespan",
            "auto",
            one_of("auto", "on", "off"),
            "ASGI start-up once per process, before the first request; `on`: an app without it is an error.",
        ),
        Option(
            "on_error",
            "respond",
            one_of("respond", "raise"),
            "When the app fails: `respond` logs the traceback and answers a bare 500; `raise` fails the invocation.",
        ),
        Option(
            "events",
            None,
            read_route,
            "The route for events that are not HTTP; no HTTP request ever reaches it.",
        ),
        Option(
            "partial_failures",
            True,
            read_switch,
            "Whether failed records of a batch are named in `batchItemFailures`, where the source can have that; the trigger must be set to `ReportBatchItemFailures`. `False`: one failure fails the invocation.",
        ),
        Option(
            "warmup",
            None,
            read_field,
            "A field of events of your own that only keep the function warm, `'warmer'` or `'source=my-pings'`; known kinds need no option.",
        ),
        Option(
            "exclude_headers",
            (),
            read_header_names,
            "Names of response headers to drop, in every format.",
        ),
        Option(
            "compress",
            False,
            read_switch,
            "Compress with gzip (or br, zstd where the package is there) when the client accepts it and the app did not.",
        ),
        Option(
            "trusted_proxies",
            1,
            read_count,
            "How many right-most X-Forwarded-For entries to believe, where the platform gives no address of its own.",
        ),
        Option(
            "deadline_margin",
            0.5,
            read_seconds,
            "Seconds before the platform's deadline at which the app is stopped and the client gets 504; `0`: never.",
        ),
        Option(
            "stream",
            False,
            read_switch,
            "Under `python -m lambda_bridge.runtime`: send each part of a response as the app makes it; for a function URL with `RESPONSE_STREAM` or a REST API with `STREAM`, and for no other.",
        ),
        Option(
            "connections",
            "memory",
            read_store,
            "Where open WebSocket connections are remembered: `'memory'` (one instance), `'sqlite:PATH'`, `'dynamodb:TABLE'`, or a store of your own.",
        ),
        Option(
            "push_url",
            None,
            read_url,
            "Where the gateway takes what goes to WebSocket clients. `None`: what its events tell; Tencent's tell nothing.",
        ),
        Option(
            "websocket_path",
            None,
            read_path_template,
            "The path that the app sees of WebSocket connections, as AWS's URLs have none: `'/chat'`, or with parameters of the query in it, `'/chat/{room}'`. `None`: what the event says.",
        ),
    )
}


def read_options(arguments: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Options:
    """The options from *arguments* (an Option as value means "not given") and the environment.

    Raises ConfigurationError, naming the argument or the variable, its value, and what to use.
    """
    environ = os.environ if environ is None else environ
    options = Options()
    for name, option in OPTIONS.items():
        value = arguments.get(name, option)
        source = name
        if isinstance(value, Option):
            source = f"LAMBDA_BRIDGE_{name.upper()}"
            value = environ.get(source, option.default)
        try:
            setattr(options, name, option.read(value))
        except (TypeError, ValueError) as error:
            raise ConfigurationError(f"{source}={value!r} is not usable: {error}") from error
    return options
