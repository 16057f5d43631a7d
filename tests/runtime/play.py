"""Let the runtime answer a script of events, in this thread."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from lambda_bridge.errors import PlatformError
from lambda_bridge.runtime.api import RuntimeApi as Client
from lambda_bridge.runtime.loop import serve
from tests.runtime.runtime_api import RuntimeApi

if TYPE_CHECKING:
    from lambda_bridge.handler import Handler
    from tests.runtime.runtime_api import Call, Refusal


def play(handler: Handler, *script: Call | Refusal) -> None:
    """Until the API refuses to give more."""
    refused = pytest.raises(PlatformError, match=r"refuses to give an event: 403")
    with RuntimeApi(*script) as api, closing(Client(api.address, lambda seconds: None)) as client, refused:
        serve(handler, client)
