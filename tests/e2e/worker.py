"""A handler with functions for events that are not HTTP, for the tests with a browser."""

from __future__ import annotations

import os
from typing import Any

from lambda_bridge import make_handler


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("204 No Content", [])
    return []


handler = make_handler(app)


@handler.on("aws.sqs")
def work(event: Any) -> None:
    print("order", event.json()["order"], "password=hunter22")
    if event.json()["order"] < 0:
        raise ValueError("on purpose")


@handler.on("huawei.timer")
def crash(event: Any) -> None:
    os._exit(3)
