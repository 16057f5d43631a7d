"""The context of an event, from the headers in which a platform tells it; in the shape that its own runtime gives.

Each takes ``header(name)``, which gives a header's value or None, and the path. A context holds the credentials
that a function's own context has, but never shows them.
"""

from __future__ import annotations

from types import SimpleNamespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Optional

    Header = Callable[[str], Optional[str]]


class Context(SimpleNamespace):
    """A context whose text, which may reach a log, tells nothing but its class."""

    def __repr__(self) -> str:
        return "<Context>"


def aliyun(header: Header, path: str) -> Context:
    """As FC's Python runtime: the context's attributes, timeout in seconds as text.

    functioncompute/fc/context-and-log-format-1 (2026-09), functioncompute/context-1 (2025-09-19).
    """
    return Context(
        request_id=header("x-fc-request-id"),
        credentials=Context(
            access_key_id=header("x-fc-access-key-id"),
            access_key_secret=header("x-fc-access-key-secret"),
            security_token=header("x-fc-security-token"),
        ),
        function=Context(
            name=header("x-fc-function-name"),
            handler=header("x-fc-function-handler"),
            memory=header("x-fc-function-memory"),
            timeout=header("x-fc-function-timeout"),
        ),
        service=Context(
            name=header("x-fc-service-name"),
            log_project=header("x-fc-service-logproject"),
            log_store=header("x-fc-service-logstore"),
            qualifier=header("x-fc-qualifier"),
            version_id=header("x-fc-version-id"),
        ),
        region=header("x-fc-region"),
        account_id=header("x-fc-account-id"),
    )


def tencent(header: Header, path: str) -> dict[str, Any]:
    """As SCF's Python runtime: a dict. The unit of X-Scf-Timeout is not documented, so there is no deadline.

    tencentcloud.com/document/product/583/40688; tencentyun/qcloud-documents, 开发指南/基本概念.
    """
    told = {
        "request_id": "x-scf-request-id",
        "function_name": "x-scf-name",
        "function_version": "x-scf-version",
        "namespace": "x-scf-namespace",
        "memory_limit_in_mb": "x-scf-memory",
        "tencentcloud_region": "x-scf-region",
        "tencentcloud_appid": "x-scf-appid",
        "tencentcloud_uin": "x-scf-uin",
    }
    return {name: header(told_in) for name, told_in in told.items()}


def huawei(header: Header, path: str) -> Context:
    """As FunctionGraph's Python runtime: methods (functiongraph_02_0420, 2026-01-07; headers: functiongraph_01_1442)."""
    told = {
        "getRequestID": "x-cff-request-id",
        "getFunctionName": "x-cff-func-name",
        "getVersion": "x-cff-func-version",
        "getMemorySize": "x-cff-memory",
        "getProjectID": "x-cff-project-id",
        "getPackage": "x-cff-package",
        "getToken": "x-cff-auth-token",
        "getSecurityAccessKey": "x-cff-security-access-key",
        "getSecuritySecretKey": "x-cff-security-secret-key",
        "getSecurityToken": "x-cff-security-token",
    }
    return Context(**{name: _giving(header(told_in)) for name, told_in in told.items()})


def _giving(value: str | None) -> Callable[[], str | None]:
    return lambda: value


def volcengine(header: Header, path: str) -> Context:
    """As veFaaS's Python runtime: request_id (volcengine/vefaas-golang-runtime, vefaascontext/context.go)."""
    return Context(request_id=header("x-faas-request-id"))


def azure(header: Header, path: str) -> Context:
    """As the Python worker: the ids of the invocation and the function, whose name is the path.

    Azure/azure-functions-host, HttpWorkerConstants.cs and DefaultHttpWorkerService.cs.
    """
    return Context(invocation_id=header("x-azure-functions-invocationid"), function_name=path.strip("/"))
