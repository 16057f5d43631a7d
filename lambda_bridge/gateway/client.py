"""Whoever waits for a response of the gateway over HTTP, and gets it in parts where the platform streams."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, Optional

from lambda_bridge.gateway.calls import BODY

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.messages import Response

    Write = Callable[[bytes], Any]


def _not_begun(part: bytes) -> None:
    raise RuntimeError("a part of a body comes after its head")


class Client:
    """What has gone to it so far.

    :param connection: the socket to it
    :param start: sends a head, and gives what sends a part of the body: that of WSGI, which has sent all when it returns
    """

    def __init__(self, connection: socket.socket, start: Callable[[Response], Write]) -> None:
        self._connection = connection
        self._start = start
        self._write: Write = _not_begun
        self._is_gone = False
        self.response: Optional[Response] = None
        """None until it has begun; without its body."""
        self.kept = bytearray()
        """The first BODY bytes of the body."""
        self.parts = 0
        self.size = 0
        """Bytes of the body."""

    @property
    def has_left(self) -> bool:
        """Whether it was found to have gone."""
        return self._is_gone

    @property
    def has_begun(self) -> bool:
        return self.response is not None

    def begin(self, head: Response, leave: Optional[Callable[[], None]] = None) -> None:
        """Send the *head*. Nobody looks here between two parts whether the client is still there: *leave* is not called."""
        self.response = head
        self._write = self._start(head)
        self._send(b"", None)

    def send(self, part: bytes, seconds: Optional[float] = None) -> bool:
        """Whether the client wants more; waits until it has taken *part*, at most so many seconds, after which it is given up."""
        if not self._is_gone and self._send(part, seconds):
            self.parts += 1
            self.size += len(part)
            self.kept += part[: BODY - len(self.kept)]
        return not self._is_gone

    def is_gone(self) -> bool:
        """Whether it was found to have gone, or has said so by now."""
        if self.has_begun and not self._is_gone:
            try:
                self._connection.settimeout(0)
                self._is_gone = not self._connection.recv(1, socket.MSG_PEEK)
            except BlockingIOError:  # it says nothing, and waits
                pass
            except OSError:
                self._is_gone = True
            finally:
                self._connection.settimeout(None)
        return self._is_gone

    def _send(self, part: bytes, seconds: Optional[float]) -> bool:
        try:
            self._connection.settimeout(None if seconds is None else max(seconds, 0.001))
            self._write(part)
        except (OSError, ValueError):  # the latter of a header that is no ISO-8859-1, which no server can send
            self._is_gone = True
            return False
        finally:
            self._connection.settimeout(None)  # the server writes the end
        return True
