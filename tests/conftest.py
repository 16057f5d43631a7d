"""What many tests need: handlers that are closed when the test ends, and an environment without options."""

from __future__ import annotations

import logging
import os
import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import make_handler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambda_bridge.handler import Handler


@pytest.fixture(autouse=True, scope="session")
def _no_options_from_outside() -> Iterator[None]:
    """Options that the developer's own environment sets must not change what a test sees."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("LAMBDA_BRIDGE_"):
                patch.delenv(name)
        yield


@pytest.fixture(autouse=True, scope="session")
def _no_word_on_slow_callbacks() -> None:
    """In development mode asyncio warns of what takes over 0.1 s, as a busy machine makes many things."""
    logging.getLogger("asyncio").setLevel(logging.ERROR)


@pytest.fixture
def handler_for() -> Iterator[Callable[..., Handler]]:
    """make_handler, whose handlers are closed at the end of the test; SIGTERM is given back too."""
    before = signal.getsignal(signal.SIGTERM)
    with ExitStack() as stack:

        def make(app: Any, **options: Any) -> Handler:
            handler = make_handler(app, **options)
            stack.callback(handler.close)
            return handler

        yield make
    signal.signal(signal.SIGTERM, before)
