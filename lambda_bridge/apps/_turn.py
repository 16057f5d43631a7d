"""One event of a WebSocket connection on its way through the app, and what the app's side needs of the world outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Protocol, Union

from lambda_bridge.apps._exchange import Exchange
from lambda_bridge.errors import DeadlineExceeded

if TYPE_CHECKING:
    from lambda_bridge.messages import Response

CONNECT, RECEIVE, DISCONNECT = "websocket.connect", "websocket.receive", "websocket.disconnect"


class Link(Protocol):
    """What a conversation needs of the world outside; but for the values, each waits and is called in a thread."""

    key: Any
    max_message: Optional[int]
    denies_with_status: bool

    def recall(self) -> dict[str, Any]:
        """The scope of the handshake, where another process has had it; raises UnknownConnection, StoreFailed."""

    def remember(self) -> None:
        """Keep the handshake for other processes; raises StoreFailed."""

    def forget(self) -> None:
        """Nobody needs it any longer; raises StoreFailed."""

    def send(self, data: Union[str, bytes]) -> None:
        """Raises ConnectionGone, PushFailed."""

    def close(self, code: int, reason: str) -> None:
        """Raises the same."""


class Turn(Exchange):
    """One event on its way through a conversation; its caller waits until the app asks for the next one.

    *message* is what the app receives; of a connect event *scope* is the app's. ``answer`` is what goes back.
    """

    __slots__ = ("answer", "is_settling", "message")

    def __init__(self, message: dict[str, Any], seconds: float | None, scope: dict[str, Any] | None = None) -> None:
        super().__init__(b"", seconds)
        self.message = message
        self.scope = scope or {}
        self.answer: Response | None = None
        self.is_settling = False

    @property
    def kind(self) -> str:
        """CONNECT, RECEIVE or DISCONNECT."""
        kind: str = self.message["type"]
        return kind

    def result(self) -> Response:
        """What the app has answered; raises what it has raised."""
        if self.error is not None:
            raise self.error
        if self.answer is None:
            raise DeadlineExceeded(self.seconds or 0.0)
        return self.answer
