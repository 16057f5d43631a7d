"""The context of a call: see `fdk`."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Optional

_PREFIX = "fn-http-h-"


class InvokeContext:
    def __init__(
        self,
        app_id: Optional[str],
        app_name: Optional[str],
        fn_id: Optional[str],
        fn_name: Optional[str],
        call_id: Optional[str],
        content_type: Optional[str] = "application/octet-stream",
        deadline: Optional[str] = None,
        config: Any = None,
        headers: Optional[dict[str, Any]] = None,
        request_url: Optional[str] = None,
        method: Optional[str] = "POST",
        fn_format: Optional[str] = None,
        tracing_context: Any = None,
    ) -> None:
        self._headers: dict[str, Any] = dict(headers or {})
        self._http_headers: dict[str, Any] = {}
        self._response_headers: dict[Any, str] = {}
        self._call_id = call_id
        self._deadline = deadline
        self._request_url = request_url
        self._method = method
        if self._is_gateway():
            received = self._headers
            self._http_headers = {
                name[len(_PREFIX) :]: value for name, value in received.items() if name.startswith(_PREFIX)
            }
            self._headers = {name: value for name, value in received.items() if not name.startswith(_PREFIX)}
            for name, value in self._http_headers.items():
                self._headers[name] = [self._headers[name], value] if name in self._headers else value

    def CallID(self) -> Optional[str]:  # noqa: N802
        return self._call_id

    def Deadline(self) -> str:  # noqa: N802
        return self._deadline or (datetime.now(timezone.utc) + timedelta(seconds=30)).isoformat()

    def Headers(self) -> dict[str, Any]:  # noqa: N802
        return self._headers

    def HTTPHeaders(self) -> dict[str, Any]:  # noqa: N802
        return self._http_headers

    def Method(self) -> Optional[str]:  # noqa: N802
        return self._method

    def RequestURL(self) -> Optional[str]:  # noqa: N802
        return self._request_url

    def GetResponseHeaders(self) -> dict[Any, str]:  # noqa: N802
        return self._response_headers

    def SetResponseHeaders(self, headers: dict[str, str], status_code: int) -> None:  # noqa: N802
        if self._is_gateway():
            kept = ("content-type", "fn-fdk-version", "fn-fdk-runtime")
            headers = {name if name in kept else _PREFIX + name: value for name, value in headers.items()}
            headers["fn-http-status"] = str(status_code)
        self._response_headers.update(headers)

    def _is_gateway(self) -> bool:
        return bool(self._headers.get("fn-intent") == "httprequest")
