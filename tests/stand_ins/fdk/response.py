"""What a function answers with: see `fdk`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional, Union

if TYPE_CHECKING:
    from fdk.context import InvokeContext


class Response:
    def __init__(
        self,
        ctx: InvokeContext,
        response_data: Union[str, bytes, None] = None,
        headers: Optional[dict[str, str]] = None,
        status_code: int = 200,
        response_encoding: str = "utf-8",
    ) -> None:
        self.status_code = status_code
        self.response_data = response_data or ""
        self.response_encoding = response_encoding
        headers = {} if headers is None else headers
        headers.update({"fn-fdk-version": "fdk-python/0.1.128", "fn-fdk-runtime": "python/3"})
        ctx.SetResponseHeaders(headers, status_code)
        self.ctx = ctx

    def status(self) -> int:
        return self.status_code

    def body_bytes(self) -> bytes:
        data = self.response_data
        return data if isinstance(data, bytes) else data.encode(self.response_encoding)

    def context(self) -> InvokeContext:
        return self.ctx
