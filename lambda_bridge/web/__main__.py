"""``python -m lambda_bridge.web MODULE:APP``: the app in the best server that is installed, where the platform wants it."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

from lambda_bridge.apps import import_app
from lambda_bridge.attributes import as_handler
from lambda_bridge.azure import handler_for, route_prefix
from lambda_bridge.errors import ConfigurationError
from lambda_bridge.web.front import Front
from lambda_bridge.web.platforms import LOCAL, PLATFORMS, Platform, find_platform, find_port, read_port
from lambda_bridge.web.servers import SERVERS, bind, find_server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_bridge.handler import Handler


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 when the server was asked to end, 1 when it could not begin. Errors of the app's import are raised."""
    options = _parser().parse_args(arguments)
    try:
        platform = find_platform(os.environ, options.platform)
        host = options.host or platform.host
        port = find_port(platform, os.environ) if options.port is None else read_port(options.port, "--port")
        front = make_front(options.app, platform, events=options.events)
        server = find_server(front.handler.interface, options.server)
        bound = bind(host, port)
    except ConfigurationError as error:
        print(f"lambda_bridge.web: {error}", file=sys.stderr)
        return 1
    print(f"lambda_bridge.web: {options.app} on {host}:{port} by {server.name}, for {platform.title}", file=sys.stderr)
    try:
        server.run(front, bound, options.threads)
    except SystemExit as end:
        # Servers end themselves with numbers of their own, also where the app's start-up was what failed.
        return 1 if front.has_failed or end.code not in {0, None} else 0
    except KeyboardInterrupt:
        return 130
    return 1 if front.has_failed else 0


def make_front(app: str, platform: Platform, *, events: bool) -> Front:
    """What the server is given for *app*, which names a WSGI or ASGI app or a handler."""
    handler = _handler(import_app(app), platform)
    prefix = route_prefix() if any(hook.outside for hook in platform.hooks) else ""
    return Front(handler, platform, events=events, prefix=prefix)


def _handler(app: Any, platform: Platform) -> Handler:
    # Azure's requests come with the prefix of routes.
    return handler_for(app, {}) if platform.name == "azure" else as_handler(app, {})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lambda_bridge.web",
        description="Serve an app where a platform wants an HTTP server: web functions, custom runtimes, containers.",
        epilog="The options of make_handler are taken from the environment: LAMBDA_BRIDGE_BASE_PATH=/api",
    )
    parser.add_argument("app", metavar="MODULE:APP", help="a WSGI or ASGI app, or what make_handler returned")
    names = [each.name for each in (*PLATFORMS, LOCAL)]
    parser.add_argument("--platform", choices=names, help="default: the one whose environment variables are set")
    parser.add_argument("--server", choices=[each.name for each in SERVERS], help="default: the best that is installed")
    parser.add_argument("--host", help="default: what the platform wants")
    parser.add_argument("--port", help="default: what the platform wants")
    parser.add_argument(
        "--threads", type=_count, default=8, metavar="N", help="requests that a WSGI app answers at a time (default: 8)"
    )
    parser.add_argument(
        "--events",
        action="store_true",
        help="this is an event function, to which no client's request comes: believe that each call is the platform's",
    )
    return parser


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
