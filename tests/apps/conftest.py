from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.testing import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def client_for() -> Iterator[Callable[..., Client]]:
    """Clients that are closed when the test ends."""
    clients: list[Client] = []

    def make(app: Any, **options: Any) -> Client:
        clients.append(Client(app, **{"lifespan": "off", **options}))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
