"""A gateway's API on loopback: it remembers what it was asked, and answers as it was told."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple, Union

if TYPE_CHECKING:
    from typing_extensions import Self


class Asked(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    port: int
    """The client's: one HTTP connection has one."""


HANG_UP = "hang up"


class ManagementApi:
    """*answers*: a status, (status, body), or HANG_UP, for one request after the other; then 200."""

    def __init__(self, *answers: Union[int, tuple[int, bytes], str]) -> None:
        self.asked: list[Asked] = []
        self._answers = list(answers)
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                api.asked.append(Asked(self.command, self.path, headers, body, self.client_address[1]))
                answer = api._answers.pop(0) if api._answers else 200
                if isinstance(answer, str):
                    self.close_connection = True
                    return
                status, content = answer if isinstance(answer, tuple) else (answer, b"")
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_DELETE = do_POST  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/prod"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
