"""Every format with the handler of the app: what the app sees of a Request, and what the client gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Union

from lambda_bridge import formats, make_handler
from lambda_bridge.emulate import Platform
from lambda_bridge.encoding import group
from lambda_bridge.errors import EventError, ResultError
from tests.parity.apps import make_asgi, make_wsgi
from tests.parity.servers import Exchange, Got

if TYPE_CHECKING:
    from lambda_bridge.messages import Request
    from tests.parity.apps import Seen

INTERFACES = {"wsgi": make_wsgi, "asgi": make_asgi}


class Cloud:
    """The platform of the format *spelling* with the app as WSGI or ASGI, by *interface*."""

    def __init__(self, spelling: str, interface: str, seed: int) -> None:
        self.name = spelling
        self.interface = interface
        name, self._variant = formats.parse_spelling(spelling)
        self._seen: list[Seen] = []
        app: Any = INTERFACES[interface](seed, self._seen.append)
        self._handler = make_handler(app, interface=interface, lifespan="off")
        self._platform = Platform(self._handler, name)

    def send(self, request: Request) -> Union[Exchange, str]:
        """Why there is no exchange is a name of our errors: the format cannot carry it, or its gateway refuses it."""
        self._seen.clear()
        try:
            event = self._platform.format.make_event(request, self._variant)
            if self._platform.format.STREAMS:
                _, response = self._platform.stream(event)
                response.body = b"".join(response.chunks or ())  # type: ignore[arg-type]
            else:
                response = self._platform.format.read_result(self._platform.invoke(event))
        except (EventError, ResultError) as error:
            return type(error).__name__
        got = Got(response.status, group(response.headers), response.body)
        return Exchange(got, self._seen[0] if self._seen else None)

    def close(self) -> None:
        self._handler.close()
        self._platform.close()
