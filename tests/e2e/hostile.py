"""An app whose pages try whatever a page can try, and one that shows each kind of answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = b"""<!doctype html><title>hostile</title>
<base href="http://outside.example/">
<meta http-equiv="refresh" content="0; url=http://outside.example/refresh">
<link rel="stylesheet" href="http://outside.example/style.css">
<link rel="prefetch" href="http://outside.example/prefetch">
<style>@import "http://outside.example/import.css"; p { background: url(http://outside.example/p.png) }</style>
<p id="text">harmless text</p>
<img src="http://outside.example/img.png" onerror="parent.document.title = 'taken'">
<script>parent.document.title = "taken"; fetch("/_bridge/api/calls", {method: "DELETE"})</script>
<svg onload="parent.document.title = 'taken'"></svg>
<iframe src="http://outside.example/frame"></iframe>
<form action="http://outside.example/form" method="post"><button id="submit">submit</button></form>
<a id="out" href="http://outside.example/link" target="_top">out</a>
<a id="in" href="/_bridge/">in</a>
"""


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    path = environ["PATH_INFO"]
    if path == "/json":
        print("a line for the log")
        print("password=hunter22", file=sys.stderr)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b'{"list": [1, 2.50, {"a": null}], "empty": {}, "password": "hunter22", "text": "<b>&"}']
    if path == "/bytes":
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return [bytes(range(256)) * 40]
    if path == "/fails":
        raise RuntimeError("on purpose")
    if path == "/mirror":
        start_response("201 Created", [("Content-Type", "text/plain; charset=utf-8")])
        return [
            environ["REQUEST_METHOD"].encode(),
            b" ",
            environ.get("HTTP_X_NOTE", "").encode("latin-1"),
            b" ",
            environ["wsgi.input"].read(),
        ]
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [PAGE]
