"""The context object of `lambda_bridge.runtime`: what awslambdaric's has (4.2.2, read in 2026-11), from the same sources."""

from __future__ import annotations

from os import environ
from time import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# Lambda's longest timeout, for an event without a deadline (read in 2026-11).
_LONGEST = 900_000

_W3C = ("traceparent", "tracestate", "baggage")


def _of_environment(name: str) -> property:
    # Few apps ask for it, and to look would cost each call as much as all the rest of its context.
    return property(lambda context: environ.get(name))


class Context:
    """About one invocation."""

    function_name = _of_environment("AWS_LAMBDA_FUNCTION_NAME")
    function_version = _of_environment("AWS_LAMBDA_FUNCTION_VERSION")
    memory_limit_in_mb = _of_environment("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
    log_group_name = _of_environment("AWS_LAMBDA_LOG_GROUP_NAME")
    log_stream_name = _of_environment("AWS_LAMBDA_LOG_STREAM_NAME")

    def __init__(self, headers: Mapping[str, str]) -> None:
        """From the *headers* that came with the event, by lower-case name; raises ValueError."""
        client = _read_json(headers.get("lambda-runtime-client-context"))
        identity = _read_json(headers.get("lambda-runtime-cognito-identity"))
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        # Not in awslambdaric's: where calls run side by side, the environment can hold one at most.
        self.xray_trace_id = headers.get("lambda-runtime-trace-id")
        self.client_context = None if client is None else ClientContext(client)
        self.identity = CognitoIdentity(identity or {})
        w3c = (client or {}).get("w3c")
        self._w3c = (
            {name: w3c[name] for name in _W3C if isinstance(w3c.get(name), str)} if isinstance(w3c, dict) else {}
        )
        deadline = headers.get("lambda-runtime-deadline-ms", "")
        # Of the moment, not of a clock that stands still: the sandbox is frozen between calls.
        self._deadline = int(deadline) if deadline.isascii() and deadline.isdigit() else int(time() * 1000) + _LONGEST

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends this invocation, 0 at least."""
        return max(0, self._deadline - int(time() * 1000))

    def w3c(self) -> dict[str, str]:
        """The trace context that came with the invocation."""
        return dict(self._w3c)

    def log(self, message: Any) -> None:
        """Write to the function's log, as it is."""
        print(message, end="", flush=True)

    def __repr__(self) -> str:
        return f"<Context {self.aws_request_id}>"


class ClientContext:
    """What a mobile app has sent about itself."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        client = told.get("client")
        self.custom = told.get("custom")
        self.env = told.get("env")
        self.client = Client(client) if isinstance(client, dict) else None


class Client:
    """The mobile app."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.installation_id = told.get("installation_id")
        self.app_title = told.get("app_title")
        self.app_version_name = told.get("app_version_name")
        self.app_version_code = told.get("app_version_code")
        self.app_package_name = told.get("app_package_name")


class CognitoIdentity:
    """Who has called, as Amazon Cognito knows them; None for each where nobody has said."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.cognito_identity_id = told.get("cognitoIdentityId")
        self.cognito_identity_pool_id = told.get("cognitoIdentityPoolId")


def _read_json(text: str | None) -> dict[str, Any] | None:
    """The object in a header; None where there is none."""
    if not text:
        return None
    from json import loads

    value = loads(text)
    if value is not None and not isinstance(value, dict):
        raise ValueError("a header about the caller is no JSON object")
    return value
