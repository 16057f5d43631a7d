"""The web servers that can be started: one table, the best first. Each runs in this process, and ends on SIGTERM.

Common to all: one worker, as platforms start more instances instead; no access log, as platforms have their own;
no belief in X-Forwarded-* headers, of which `lambda_bridge.web.front` knows more; connections kept open for longer
than proxies do, which would otherwise send a request into one that is just being closed.
"""

from __future__ import annotations

import signal
import socket
import sys
import threading
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from lambda_bridge.errors import ConfigurationError
from lambda_bridge.log import log_warning

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.web.front import Front

    # (front, the bound socket, threads for a WSGI app); returns or raises SystemExit when it has ended
    Run = Callable[[Front, socket.socket, int], None]

# Seconds for requests that are under way at SIGTERM. Cloud Run gives ten (run/docs/container-contract, 2026-11).
GRACE = 9

# Seconds.
KEEP_ALIVE = 75


class Server:
    """A row of the table: ``name`` is the module's and the package's, ``interface`` a key of `apps.INTERFACES`."""

    __slots__ = ("interface", "name", "run")

    def __init__(self, name: str, interface: str, run: Run) -> None:
        self.name = name
        self.interface = interface
        self.run = run

    def __repr__(self) -> str:
        return f"<Server {self.name}>"


def _run_uvicorn(front: Front, bound: socket.socket, threads: int) -> None:
    from uvicorn import Config, Server

    config = Config(
        front.asgi,
        interface="asgi3",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
    # Having ended by a signal, it sends that to itself once more.
    signal.signal(signal.SIGTERM, _exit)
    Server(config).run(sockets=[bound])


def _run_hypercorn(front: Front, bound: socket.socket, threads: int) -> None:
    import asyncio

    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from hypercorn.utils import LifespanFailureError

    config = Config()
    config.bind = [f"fd://{bound.detach()}"]
    config.loglevel = "WARNING"
    config.include_server_header = False
    config.keep_alive_timeout = KEEP_ALIVE
    config.graceful_timeout = GRACE
    try:
        asyncio.run(serve(front.asgi, config, mode="asgi"))  # type: ignore[arg-type]  # of a scope it has its own type
    except LifespanFailureError:
        front.has_failed = True


def _run_granian(front: Front, bound: socket.socket, threads: int) -> None:
    import asyncio

    from granian.constants import Interfaces
    from granian.errors import FatalError
    from granian.log import LogLevels
    from granian.server.embed import Server

    host, port = bound.getsockname()[:2]
    bound.close()  # it binds itself, in Rust

    async def serve() -> None:
        server = Server(front.asgi, host, port, interface=Interfaces.ASGI, log_level=LogLevels.error)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop)
        await server.serve()

    try:
        asyncio.run(serve())
    except FatalError:
        # It has written why.
        front.has_failed = True


def _run_gunicorn(front: Front, bound: socket.socket, threads: int) -> None:
    from gunicorn.app.base import BaseApplication

    settings = {
        "bind": [f"fd://{bound.detach()}"],
        "workers": 1,
        "worker_class": "gthread",
        "threads": threads,
        # An instance may be frozen between two requests: then a worker that has not been heard of is not dead.
        "timeout": 0,
        "graceful_timeout": GRACE,
        "keepalive": KEEP_ALIVE,
        "loglevel": "warning",
        "forwarded_allow_ips": "",
        "secure_scheme_headers": {},
        "control_socket_disable": True,
    }

    class Application(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            for name, value in settings.items():
                if name in self.cfg.settings:  # older ones have not all of them
                    self.cfg.set(name, value)

        def load(self) -> Any:
            return front.wsgi

    Application().run()


def _run_waitress(front: Front, bound: socket.socket, threads: int) -> None:
    from waitress.server import create_server

    server = create_server(
        front.wsgi, sockets=[bound], threads=threads, ident=None, clear_untrusted_proxy_headers=False
    )
    signal.signal(signal.SIGTERM, _exit)
    # Returns when requests have ended; but what they have written may not all be sent.
    server.run()
    server.accepting = False
    end = time.monotonic() + GRACE
    while any(each.total_outbufs_len for each in server.active_channels.values()) and time.monotonic() < end:
        server.asyncore.loop(timeout=0.1, map=server._map, count=1)
    server.close()


def _run_werkzeug(front: Front, bound: socket.socket, threads: int) -> None:
    from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

    log_warning("werkzeug's server is one for development: install gunicorn or waitress")

    class Quiet(WSGIRequestHandler):
        def log_request(self, *args: Any) -> None:
            """No access log."""

    host, port = bound.getsockname()[:2]
    bound.listen(128)  # a socket that it is given does so already
    server = ThreadedWSGIServer(host, port, front.wsgi, Quiet, fd=bound.fileno())
    server.daemon_threads = False
    for number in (signal.SIGTERM, signal.SIGINT):
        # It waits for the loop to end, which this thread runs.
        signal.signal(number, lambda number, frame: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    server.server_close()


SERVERS: tuple[Server, ...] = (
    Server("uvicorn", "asgi", _run_uvicorn),
    Server("hypercorn", "asgi", _run_hypercorn),
    Server("granian", "asgi", _run_granian),
    Server("gunicorn", "wsgi", _run_gunicorn),
    Server("waitress", "wsgi", _run_waitress),
    Server("werkzeug", "wsgi", _run_werkzeug),
)


def find_server(interface: str, name: str | None = None) -> Server:
    """The first server for *interface* that is installed, or the one *name*; raises ConfigurationError."""
    fitting = [each for each in SERVERS if each.interface == interface]
    if name is not None:
        fitting = [each for each in fitting if each.name == name]
        if not fitting:
            names = [each.name for each in SERVERS if each.interface == interface]
            raise ConfigurationError(f"--server {name} serves no {interface.upper()} app: use {' or '.join(names)}")
    for server in fitting:
        if find_spec(server.name) is not None:
            return server
    names = [each.name for each in fitting]
    raise ConfigurationError(
        f"no server for {interface.upper()} apps is installed: pip install {names[0]}"
        + (f" (or {', '.join(names[1:])})" if names[1:] else "")
    )


def bind(host: str, port: int) -> socket.socket:
    """A socket at that address, not listening yet; raises ConfigurationError when that cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    # A server that has just ended leaves connections behind, which do not matter.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise ConfigurationError(
            f"cannot listen on {host}:{port}: {error.strerror}; say another with --port"
        ) from error
    return bound


def _exit(number: int, frame: Any) -> None:
    sys.exit(0)
