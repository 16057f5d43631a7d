"""Dash, whose pages are a script that asks for the layout, and calls back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from dash import Dash, Input, Output, dcc, html

from lambda_bridge.testing import FORMATS, Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.handler import Handler

CALLBACK = {
    "output": "said.children",
    "outputs": {"id": "said", "property": "children"},
    "inputs": [{"id": "name", "property": "value", "value": "中文"}],
    "changedPropIds": ["name.value"],
}


def make_app(prefix: str = "/") -> Any:
    """The WSGI app of a Dash page whose paths begin with *prefix* for the browser."""
    app = Dash("pages", requests_pathname_prefix=prefix, routes_pathname_prefix="/")
    app.layout = html.Div([dcc.Input(id="name", value="ada"), html.Div(id="said")])

    @app.callback(Output("said", "children"), Input("name", "value"))
    def say(name: str) -> str:
        return f"hello {name}"

    return app.server


@pytest.fixture(scope="module")
def handlers() -> Any:
    from lambda_bridge import make_handler

    return {"/": make_handler(make_app()), "/api/": make_handler(make_app("/api/"), base_path="/api")}


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("prefix", ["/", "/api/"])
def test_page_layout_script_and_callback(format_: str, prefix: str, handlers: dict[str, Handler]) -> None:
    """The page names its script, which arrives whole; the layout is there, and a callback is answered."""
    client = Client(handlers[prefix], format_)
    page = client.get(prefix)
    path = page.text.partition('<script src="')[2].partition('"')[0]
    script, layout = client.get(path), client.get(f"{prefix}_dash-layout")
    answer = client.post(f"{prefix}_dash-update-component", json=CALLBACK)
    assert (200, True) == (page.status, path.startswith(f"{prefix}_dash-component-suites/"))
    # A viewer request of CloudFront may be answered with 40 KB, and the script has more.
    assert (500 if format_ == "aws_edge" else 200) == script.status
    assert "Div" == layout.json()["type"]
    assert {"said": {"children": "hello 中文"}} == answer.json()["response"]


def test_prefix_that_only_the_function_knows(handler_for: Callable[..., Handler]) -> None:
    """Dash makes its URLs from its own setting, and not from SCRIPT_NAME: it must be told of a stage."""
    client = Client(handler_for(make_app(), base_path="/api"))
    assert '<script src="/_dash-component-suites/' in client.get("/api/").text
