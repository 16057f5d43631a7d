"""WebSockets behind gateways that keep the connection themselves, and call the function once for each message.

One wire format per module, ``aws`` and ``tencent``: pure, as the formats of HTTP are. An event is read as a `Message`;
what the app has answered goes back by ``make_result``; what it sends goes to the gateway's own API, for which
``make_push`` and ``make_close`` make the request. ``delivery`` takes an event to the app and back.

No HTTP call ever imports this package.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Protocol, Union

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambda_bridge.messages import Request, Response

MODULES = ("aws", "tencent")
NAMES = tuple(f"{name}_websocket" for name in MODULES)
"""What they are called elsewhere: each module's ``NAME``."""

Data = Union[str, bytes]


class Message(NamedTuple):
    """One event of a connection."""

    kind: str
    """``"connect"``, ``"message"`` or ``"disconnect"``."""
    connection: str
    """The gateway's id of the connection."""
    push_url: str = ""
    """Where the gateway takes what goes to the client, as far as the event tells; ``""`` where it does not."""
    request: Optional[Request] = None
    """The handshake; None in every other event, as gateways tell it once."""
    subprotocols: tuple[str, ...] = ()
    """Those that the client offers, in its order."""
    data: Data = ""
    """What the client has sent, as a text frame or as a binary one."""
    code: int = 1005
    """Why it was closed (RFC 6455, section 7.4); 1005 where nobody has said."""
    reason: str = ""


class PushRequest(NamedTuple):
    """A request to the gateway's API."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


class PushAnswer(NamedTuple):
    """What the gateway's API says to a request."""

    status: int
    body: bytes


class Gateway(Protocol):
    """What the module of a gateway has."""

    NAME: str
    """What the app finds as ``lambda_bridge.format``."""
    TITLE: str
    DOCS: str
    MAX_MESSAGE: Optional[int]
    """The most bytes that a message may have, in both directions; None where the provider says nothing."""
    MAX_FRAME: Optional[int]
    """The most bytes of one frame from the client."""
    TAKES_BINARY: bool
    """Whether a client may send binary frames."""
    DENIES_WITH_STATUS: bool
    """Whether a client whose handshake is denied gets the app's status."""
    IS_SIGNED: bool
    """Whether requests to the gateway's API are signed with AWS's Signature Version 4."""

    def holds(self, event: Mapping[str, Any]) -> bool:
        """Whether *event* is one of this gateway's; never raises."""

    def read_event(self, event: Mapping[str, Any]) -> Message:
        """The message in *event*; raises MalformedEvent, or what a lookup raises."""

    def make_result(self, response: Response, event: Mapping[str, Any]) -> Any:
        """What the gateway wants back: of a connect event, a status of 2xx accepts, and the headers go to the client."""

    def make_event(self, message: Message) -> dict[str, Any]:
        """What the gateway would send: ``read_event(make_event(m)) == m`` where it can carry m."""

    def read_result(self, result: Any) -> Response:
        """The inverse of make_result."""

    def make_push(self, push_url: str, connection: str, data: Data) -> PushRequest:
        """The request that sends *data* to the client."""

    def make_close(self, push_url: str, connection: str, code: int, reason: str) -> PushRequest:
        """The request that closes the connection."""

    def is_gone(self, answer: PushAnswer) -> bool:
        """Whether *answer* says that there is no such connection any longer."""

    def is_refused(self, answer: PushAnswer) -> bool:
        """Whether *answer* says, with a status of 2xx, that nothing was done."""


def load(name: str) -> Gateway:
    """A gateway's module, by its name or by ``NAME``."""
    module: Any = import_module(f"lambda_bridge.websockets.{name.removesuffix('_websocket')}")
    return module  # type: ignore[no-any-return]


def find(event: Any) -> Optional[Gateway]:
    """The gateway whose event this is, or None. Never a guess."""
    if not isinstance(event, dict) or not _MARKS & event.keys() or _is_from_client(event):
        return None
    for name in MODULES:
        gateway = load(name)
        if gateway.holds(event):
            return gateway
    return None


_MARKS = frozenset({"requestContext", "websocket"})


def _is_from_client(event: Mapping[Any, Any]) -> bool:
    # Open platforms put a client's fields beside their own keys, where it could write any event.
    return "http" in event or any(isinstance(key, str) and key.startswith(("__ow_", "__ce_")) for key in event)
