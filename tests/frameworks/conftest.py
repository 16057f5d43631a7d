"""Clients of every framework's app, one for each format, which are kept for a whole module: to make one takes longer than a page."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from lambda_bridge import formats, make_handler
from lambda_bridge.testing import Client
from tests.frameworks import frameworks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambda_bridge.handler import Handler

# What packages deprecate of each other, when frameworks are imported, is no affair of ours.
THEIR_WARNINGS = [
    "ignore::DeprecationWarning",
    "ignore:pkg_resources is deprecated:UserWarning",  # Pyramid 2.1
    "ignore:Using `httpx` with `starlette.testclient`",  # Connexion 3.3, which imports it
    # Connexion 3.3 leaves the files of a form open.
    "ignore:Exception ignored in.*SpooledTemporaryFile:pytest.PytestUnraisableExceptionWarning",
    "error::DeprecationWarning:lambda_bridge",
]

collect_ignore = [] if frameworks.ALL_ARE_HERE else ["test_aiohttp.py", "test_dash.py"]


def pytest_configure(config: pytest.Config) -> None:
    for line in THEIR_WARNINGS if frameworks.ALL_ARE_HERE else []:
        config.addinivalue_line("filterwarnings", line)


@pytest.fixture(scope="module")
def client_of() -> Iterator[Callable[..., Client]]:
    """``client_of(framework, format, **options)``: the client of a handler with these options, without cookies.

    A handler serves all formats, but for those whose platform has an event loop: there the app lives in that loop.
    """
    from tests.frameworks import django_app

    before = signal.getsignal(signal.SIGTERM)
    with ExitStack() as stack:
        stack.enter_context(django_app.configured())
        handlers: dict[object, Handler] = {}
        clients: dict[object, Client] = {}

        def find(framework: str, format_: str, **options: str) -> Client:
            key = (framework, tuple(options.items()))
            module = formats.load(formats.parse_spelling(format_)[0])
            mine = (*key, format_ if hasattr(module, "asgi_app") else None)
            is_new = mine not in handlers
            if is_new:
                handlers[mine] = make_handler(frameworks.make(framework, []), **options)
            if (*key, format_) not in clients:
                client = Client(handlers[mine], format_, base_url="https://app.example")
                clients[(*key, format_)] = stack.enter_context(client)
            if is_new:
                # Before its client, with whom the platform's loop ends.
                stack.callback(handlers[mine].close)
            client = clients[(*key, format_)]
            client.cookies.clear()
            return client

        yield find
    signal.signal(signal.SIGTERM, before)
