"""The table of platforms: how each is known, where it wants the server to listen, and whom its calls are believed of."""

from __future__ import annotations

from pathlib import Path

import pytest

from lambda_bridge.errors import ConfigurationError
from lambda_bridge.web.platforms import LOCAL, PLATFORMS, find_platform, find_port
from tests.test_docs import table_rows


@pytest.mark.parametrize(
    ("environ", "name", "host", "port"),
    [
        ({"TENCENTCLOUD_RUNENV": "SCF"}, "tencent", "0.0.0.0", 9000),
        ({"FC_FUNCTION_NAME": "f"}, "aliyun", "0.0.0.0", 9000),
        ({"FC_FUNCTION_NAME": "f", "FC_SERVER_PORT": "9001"}, "aliyun", "0.0.0.0", 9001),
        ({"FC_CUSTOM_LISTEN_PORT": "9002"}, "aliyun", "0.0.0.0", 9002),
        ({"RUNTIME_CODE_ROOT": "/opt/function/code"}, "huawei", "0.0.0.0", 8000),
        ({"_FAAS_RUNTIME_PORT": "5000", "PORT": "1"}, "volcengine", "0.0.0.0", 5000),
        ({"FUNCTIONS_CUSTOMHANDLER_PORT": "50001"}, "azure", "127.0.0.1", 50001),
        ({"K_SERVICE": "s", "PORT": "8081"}, "cloudrun", "0.0.0.0", 8081),
        ({"PORT": "7000"}, "container", "0.0.0.0", 7000),
        ({"PORT": ""}, "local", "127.0.0.1", 8000),
        ({}, "local", "127.0.0.1", 8000),
    ],
)
def test_platform_is_known_by_its_environment(environ: dict[str, str], name: str, host: str, port: int) -> None:
    """On a machine of one's own, nobody else reaches the server."""
    platform = find_platform(environ)

    assert (platform.name, platform.host, find_port(platform, environ)) == (name, host, port)


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "80 ", "１２", "8" * 9999])
def test_port_that_is_none(text: str) -> None:
    """One sentence, which names the variable, and no more of its value than helps."""
    with pytest.raises(ConfigurationError, match=r"^PORT='.{1,40}' is no port: use a number from 1 to 65535$"):
        find_port(find_platform({"PORT": text}), {"PORT": text})


def test_platform_by_its_name() -> None:
    """It counts more than the environment; one that does not exist is an error that tells which do."""
    assert find_platform({"K_SERVICE": "s"}, "huawei").name == "huawei"
    assert find_platform({"K_SERVICE": "s"}, "local") is LOCAL
    with pytest.raises(ConfigurationError, match="use one of tencent, aliyun, "):
        find_platform({}, "nowhere")


def test_no_event_is_believed_that_a_client_could_send() -> None:
    """Only Alibaba's gateway keeps clients from writing what marks an event."""
    believed = {(row.name, hook.does) for row in PLATFORMS for hook in row.hooks if hook.certain}

    assert believed == {
        ("aliyun", "event"),
        ("aliyun", "start"),
        ("aliyun", "nothing"),
        ("aliyun", "stop"),
        ("volcengine", "start"),
    }


def test_the_table_of_the_documentation_is_that_of_the_code() -> None:
    """docs/web-functions.md has one row for each platform."""
    rows = []
    for each in (*PLATFORMS, LOCAL):
        variables = ", ".join(f"`{name}`" for name in each.ports)
        address = f"{each.host}, {variables} or {each.port}" if variables else f"{each.host}:{each.port}"
        told = f"`{each.client}`" if each.client else "right-most X-Forwarded-For"
        rows.append([f"`{each.name}`", each.title, address, told if each.proxied else "the server's"])

    text = (Path(__file__).resolve().parents[2] / "docs" / "web-functions.md").read_text(encoding="utf-8")
    assert table_rows(text, "platforms") == rows
