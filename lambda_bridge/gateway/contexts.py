"""What each platform hands over beside the event: its context, with the time that is left.

The names are those that the providers document; the values are invented. Platforms that hand over none,
or one that stands in the event, get None.
"""

from __future__ import annotations

import os
import time
import uuid
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from lambda_bridge.deadline import WITHOUT_CONTEXT
from lambda_bridge.triggers import samples as triggers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NAME = "app"
"""What the function is called here."""


def make_context(name: str, seconds: float, memory: int) -> Any:
    """The context of a call under the format, or from the source, *name*, which may take *seconds* and *memory* MB."""
    make = next((make for prefix, make in _MAKERS.items() if name.startswith(prefix)), None)
    return make(seconds, memory) if make is not None else None


@contextmanager
def told(name: str, seconds: float) -> Iterator[None]:
    """During a call, what the platform of the format, or of the source, *name* writes into the environment.

    That is the deadline in milliseconds since 1970, where there is no context, and an id: on OpenWhisk.
    """
    if name.partition(".")[0] not in WITHOUT_CONTEXT:
        yield
        return
    # apache/openwhisk-runtime-go, 1b001516.
    ours = {"__OW_DEADLINE": str(int((time.time() + seconds) * 1000)), "__OW_ACTIVATION_ID": uuid.uuid4().hex}
    with environment(ours):
        yield


@contextmanager
def environment(changes: Mapping[str, str]) -> Iterator[None]:
    """The environment with *changes*, and as it was before afterwards."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _remaining(seconds: float) -> Callable[[], int]:
    end = time.monotonic() + seconds
    return lambda: max(0, int((end - time.monotonic()) * 1000))


def _aws(seconds: float, memory: int) -> Any:
    # docs.aws.amazon.com/lambda/latest/dg/python-context.html; the memory is text in awslambdaric (2026).
    return SimpleNamespace(
        aws_request_id=str(uuid.uuid4()),
        function_name=NAME,
        function_version="$LATEST",
        invoked_function_arn=f"arn:aws:lambda:us-east-1:123456789012:function:{NAME}",
        memory_limit_in_mb=str(memory),
        log_group_name=f"/aws/lambda/{NAME}",
        log_stream_name="2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
        identity=SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None),
        client_context=None,
        get_remaining_time_in_millis=_remaining(seconds),
    )


def _tencent(seconds: float, memory: int) -> Any:
    # tencentyun/qcloud-documents, 开发指南/基本概念.
    return {
        "memory_limit_in_mb": memory,
        "time_limit_in_ms": int(seconds * 1000),
        "request_id": str(uuid.uuid4()),
        "environment": "{}",
        "environ": "",
        "function_version": "$LATEST",
        "function_name": NAME,
        "namespace": "default",
        "tencentcloud_region": "ap-guangzhou",
        "tencentcloud_appid": "1250000000",
        "tencentcloud_uin": "100000000001",
    }


def _aliyun(seconds: float, memory: int) -> Any:
    # alibabacloud.com/help/en/functioncompute/context-1 (2025-09-19).
    return SimpleNamespace(
        request_id=str(uuid.uuid4()),
        credentials=SimpleNamespace(access_key_id="", access_key_secret="", security_token=""),
        function=SimpleNamespace(name=NAME, handler="index.handler", memory=memory, timeout=max(1, int(seconds))),
        service=SimpleNamespace(name="", log_project="", log_store="", qualifier="LATEST", version_id=""),
        region="cn-hangzhou",
        account_id="123456789012",
    )


def _huawei(seconds: float, memory: int) -> Any:
    # support.huaweicloud.com, functiongraph_02_0420 (2026-01-07).
    request_id = str(uuid.uuid4())
    return SimpleNamespace(
        getRequestID=lambda: request_id,
        getRemainingTimeInMilliSeconds=_remaining(seconds),
        getUserData=lambda key, default=None: os.environ.get(key, default),
        getFunctionName=lambda: NAME,
        getVersion=lambda: "latest",
        getMemorySize=lambda: memory,
        getCPUNumber=lambda: 300,
        getProjectID=lambda: "0123456789abcdef0123456789abcdef",
        getPackage=lambda: "default",
        getToken=lambda: "",
        getAlias=lambda: "",
    )


def _request_id_alone(seconds: float, memory: int) -> Any:
    # Baidu's and Volcengine's have this one, as far as is known.
    return SimpleNamespace(request_id=str(uuid.uuid4()))


def _yandex(seconds: float, memory: int) -> Any:
    # yandex.cloud/en/docs/functions/lang/python/context (2026).
    request_id = str(uuid.uuid4())
    return SimpleNamespace(
        request_id=request_id,
        aws_request_id=request_id,
        function_name=NAME,
        function_version="1",
        memory_limit_in_mb=memory,
        token=None,
        get_remaining_time_in_millis=_remaining(seconds),
    )


def _scaleway(seconds: float, memory: int) -> Any:
    # scaleway/scaleway-functions-runtimes.
    return {"memoryLimitInMb": memory, "functionName": NAME, "functionVersion": ""}


def _digitalocean(seconds: float, memory: int) -> Any:
    # docs.digitalocean.com/products/functions/reference/runtimes/python (2026).
    return SimpleNamespace(
        activation_id=uuid.uuid4().hex,
        api_host="https://localhost",
        api_key="",
        deadline=int((time.time() + seconds) * 1000),
        function_name=f"/fn-0/{NAME}",
        function_version="0.0.1",
        namespace="fn-0",
        request_id=str(uuid.uuid4()),
        get_remaining_time_in_millis=_remaining(seconds),
    )


def _azure(seconds: float, memory: int) -> Any:
    # azure.functions.Context of azure-functions 1.24.
    return SimpleNamespace(
        invocation_id=str(uuid.uuid4()),
        function_name=NAME,
        function_directory=os.getcwd(),
        trace_context=SimpleNamespace(Traceparent="", Tracestate="", Attributes={}),
        retry_context=None,
    )


def _fn(seconds: float, memory: int) -> Any:
    # fdk-python 0.1.128, fdk/context.py: of a direct invocation.
    context = triggers.make_context("fn.invoke")
    end = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    context.Deadline = end.isoformat
    return context


# By the beginning of the name of the format or source.
_MAKERS: dict[str, Callable[[float, int], Any]] = {
    "aws": _aws,
    "tencent": _tencent,
    "aliyun": _aliyun,
    "huawei": _huawei,
    "baidu": _request_id_alone,
    "volcengine": _request_id_alone,
    "yandex": _yandex,
    "scaleway": _scaleway,
    "digitalocean": _digitalocean,
    "azure": _azure,
    "fn.": _fn,  # the format has it in its events
}
