"""Events that others have recorded are recognized and read."""

from __future__ import annotations

import copy
import os
from pathlib import Path

import pytest

from lambda_bridge import formats
from lambda_bridge.errors import MalformedEvent, UnknownEvent
from lambda_bridge.recognize import recognize
from tests.builders import read_sample
from tests.checkers import see_environ, see_scope
from tests.contract.shared import claimants


def _recorded() -> list[Path]:
    """Recorded events of any source, from the folder that LAMBDA_BRIDGE_SAMPLES names, if it names one."""
    folder = os.environ.get("LAMBDA_BRIDGE_SAMPLES")
    return sorted(Path(folder).glob("*/*.json")) if folder else []


RECORDED_KINDS = {
    "alb-multi": "aws_alb",
    "alb-single": "aws_alb",
    "apigw-http-1.0": "aws_rest",
    "apigw-http-2.0": "aws_http",
    "apigw-rest": "aws_rest",
    "edge-origin-request": "aws_edge",
    "edge-untyped-request": "aws_edge",
    "edge-viewer-request": "aws_edge",
    "function-url": "aws_url",
    "lattice-v1": "aws_lattice",
    "lattice-v2": "aws_lattice",
}

# How the names of those without a kind begin.
RECORDED_PREFIXES = {
    "digitalocean_": "digitalocean",
    "ibm_codeengine_": "ibm",
    "scaleway_local_event": "scaleway",
    "scaleway_real_event": "scaleway",
    "yandex_apigw_": "yandex",
    "yandex_http_": "yandex",
    "aliyun_apigw_": "aliyun_apigw",
    "aliyun_fc3_": "aliyun",
    "baidu_http_": "baidu",
    "huawei_apig_": "huawei",
    "tencent_apigw_": "tencent_apigw",
    "tencent_clb": "tencent_clb",
    "tencent_cloudbase_": "tencent_cloudbase",
    "tencent_function_url_": "tencent_url",
    "volcengine_apig_": "volcengine",
}


def recorded_format(path: Path) -> str | None:
    """The format of a recorded event; None where it is of none, or a response."""
    if path.stem.endswith("_response"):
        return None
    begins = [name for prefix, name in RECORDED_PREFIXES.items() if path.name.startswith(prefix)]
    return begins[0] if begins else RECORDED_KINDS.get(path.name.partition("--")[0])


# Published fixtures that flag a text as base64, and one whose body CloudFront has cut.
UNREADABLE = {
    "apigw-http-1.0--ptpy-apiGatewayProxyEventAnotherPath",
    "apigw-http-1.0--ptpy-apiGatewayProxyEventPathTrailingSlash",
    "apigw-rest--ptpy-apiGatewayProxyEvent_noVersionAuth",
    "edge-origin-request--adapted-body-truncated",
}


@pytest.mark.parametrize("path", _recorded(), ids=lambda path: path.stem)
def test_recorded_events(path: Path) -> None:
    """Events that real clouds and other projects have published are recognized, and read where they can be."""
    event = read_sample(path)
    format_name = recorded_format(path)

    if format_name is None:
        with pytest.raises(UnknownEvent):
            recognize((event, None), {})
        return
    assert [format_name] == claimants(event)
    if path.stem in UNREADABLE:
        with pytest.raises(MalformedEvent):
            formats.load(format_name).read_event(event, None)
        return
    before = copy.deepcopy(event)
    assert see_environ(event)["PATH_INFO"]
    assert see_scope(event)["path"]
    assert before == event
