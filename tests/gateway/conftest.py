"""A gateway, and a browser at its console."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from werkzeug.test import Client

from lambda_bridge import make_handler
from lambda_bridge.gateway.console import Console
from lambda_bridge.gateway.server import Gateway
from tests.gateway.test_console import mirror

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    handler = make_handler(mirror)
    gateway = Gateway(handler, "aws_http", lambda _: None)
    yield gateway
    gateway.close()
    handler.close()


@pytest.fixture
def client(gateway: Gateway) -> Client:
    return Client(Console(gateway))
