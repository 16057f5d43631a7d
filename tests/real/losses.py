"""What a platform itself loses or changes: (platform, case) to what is then to be seen, with reason and source.

A loss that no longer happens fails, so this table stays true. `*` stands for every platform whose
name begins so. Sources are the platforms' own programs, as installed by `venvs`.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

from tests.real.apps import said
from tests.real.battery import Want, digest
from tests.real.drivers import ASGI, WSGI
from tests.real.sockets import Heard


class Loss(NamedTuple):
    """Why *case* cannot be as it should be, and what must be there instead."""

    platform: str
    case: str
    reason: str
    instead: Want
    apps: tuple[str, ...] = WSGI + ASGI


_BUFFERED = Want(body=b"first\nlast\n", streamed=False)
_JOINED_COOKIES = Want(seen={"cookies": {"a": "1,b=2"}})
_LAST_COOKIE = Want(seen={"cookies": {"b": "2"}})
_LAST_HEADER = Want(seen={"headers": {"x-battery-two": ["2"]}})
_ONLY_TEXT = "get_data(as_text=True): what is no UTF-8 is U+FFFD from then on"
# What the events made here say.
_MADE_CLIENT = Want(seen={"client": "127.0.0.1"})
_TOO_LARGE = Want(500, body=b"Internal Server Error")


def _replaced(times: int) -> bytes:
    """Every byte so many times, after it was taken for UTF-8."""
    return (said.EVERY_BYTE * times).decode("utf-8", "replace").encode()


LOSSES: tuple[Loss, ...] = (
    # AWS. What the gateways lose is what the formats say of them, each with its source.
    Loss("aws-*", "stream", "awslambdaric 4.2.2 hands over one result, when it is complete", _BUFFERED),
    *[
        Loss(name, "stream", "the function is not set to stream, nor can an HTTP API or the emulator", _BUFFERED)
        for name in ("runtime-http-rie", "runtime-rest-rie", "package-*")
    ],
    *[
        Loss(name, "client", "the event has an address of its own, and the header is not asked", _MADE_CLIENT)
        for name in ("aws-http*", "aws-rest*", "aws-url", "aws-edge", "runtime-*", "package-*")
    ],
    *[
        Loss(
            name,
            "cookies in two lines",
            '"All cookie headers in the request are combined with commas" (http-api-develop-integrations-lambda, 2026)',
            _JOINED_COOKIES,
        )
        for name in ("aws-http*", "runtime-http-rie", "package-*")
    ],
    *[
        Loss(name, "cookies in two lines", "as an HTTP API, whose payload it is", _JOINED_COOKIES)
        for name in ("aws-url", "runtime-url-stream")
    ],
    *[
        Loss(
            name,
            "query as it was sent",
            "the event has decoded values only, by name (formats/aws_rest.py)",
            Want(seen={"query": "b=~&a=~&x=1&x=2&z=%20"}),
        )
        for name in ("aws-rest*", "runtime-rest*")
    ],
    Loss(
        "aws-alb",
        "query with repeats",
        "without multi-value headers the last one counts (formats/aws_alb.py)",
        Want(seen={"args": {"x": ["2"], "z": ["3"]}}),
    ),
    Loss(
        "aws-alb",
        "query as it was sent",
        "without multi-value headers the last one counts (formats/aws_alb.py)",
        Want(seen={"query": "b=%7e&a=~&x=2&z=%20"}),
    ),
    Loss("aws-alb", "repeated header", "without multi-value headers the last one counts", _LAST_HEADER),
    Loss("aws-alb", "cookies in two lines", "without multi-value headers the last one counts", _LAST_COOKIE),
    Loss("aws-alb", "1 MB down", "the result as JSON may have 1 MB (gateway/limits.py)", _TOO_LARGE),
    Loss(
        "aws-edge",
        "1 MB up",
        "a viewer request's body is cut at 40 KB (formats/aws_edge.py)",
        Want(413, body=b"Content Too Large"),
    ),
    Loss(
        "aws-edge",
        "256 kB both ways",
        "a viewer request's body is cut at 40 KB (formats/aws_edge.py)",
        Want(413, body=b"Content Too Large"),
    ),
    Loss("aws-edge", "1 MB down", "a viewer response made by a function has 40 KB (formats/aws_edge.py)", _TOO_LARGE),
    # Azure, without HTTP streams. What the host does is in Azure/azure-functions-host, 89dc438d.
    *[
        loss
        for name in ("azure-v1", "azure-v2")
        for loss in (
            Loss(
                name,
                "path with %25",
                "what looks like encoded is not encoded again: %2541 becomes %41 (dotnet/aspnetcore, PathString.cs)",
                Want(seen={"path": "/echo/100%/A"}),
            ),
            Loss(name, "cookies in two lines", "the host joins repeated headers with a comma", _JOINED_COOKIES),
            Loss(
                name,
                "chunked up",
                "the host takes a body only where Content-Length says that there is one (PopulateBody)",
                Want(seen=digest(b"")),
            ),
            Loss(name, "stream", "the answer is one protobuf message", _BUFFERED),
        )
    ],
    # Fn.
    Loss(
        "fn*",
        "repeated header",
        "the FDK keeps headers in a dict, so the last one counts (fdk 0.1.128, context.py)",
        _LAST_HEADER,
    ),
    Loss("fn*", "cookies in two lines", "the FDK keeps headers in a dict, so the last one counts", _LAST_COOKIE),
    Loss("fn*", "stream", "the FDK writes one body, when it is complete (fdk 0.1.128, http/routine.py)", _BUFFERED),
    # Google Cloud.
    Loss(
        "gcp-http",
        "cookies in two lines",
        "gunicorn joins repeated headers with a comma, Cookie too (gunicorn 27.0.1, http/wsgi.py)",
        _JOINED_COOKIES,
    ),
    # OpenLambda.
    Loss(
        "openlambda",
        "cookies in two lines",
        "tornado joins repeated headers with a comma, Cookie too (tornado 6.6.1, httputil.py)",
        _JOINED_COOKIES,
    ),
    Loss("openlambda", "stream", "WSGIContainer sends when all parts are there (tornado 6.6.1, wsgi.py)", _BUFFERED),
    # OpenWhisk.
    Loss("openwhisk", "repeated header", "the controller keeps the last one (formats/openwhisk.py)", _LAST_HEADER),
    Loss("openwhisk", "cookies in two lines", "the controller keeps the last one", _LAST_COOKIE),
    Loss("openwhisk", "1 MB down", "a result may have 1 MB (gateway/limits.py)", _TOO_LARGE),
    Loss("openwhisk", "stream", "an action has one result", _BUFFERED),
    # Scaleway's package, all of it in scaleway_functions_python 0.2.3, local/event.py and serving.py.
    Loss(
        "scaleway",
        "query with repeats",
        "args.to_dict() keeps the first one",
        Want(seen={"args": {"x": ["1"], "z": ["3"]}}),
    ),
    Loss(
        "scaleway",
        "query as it was sent",
        "the event has decoded values only, by name",
        Want(seen={"query": "b=~&a=~&x=1&z=%20"}),
    ),
    Loss("scaleway", "cookies in two lines", "werkzeug joins repeated headers with a comma", _JOINED_COOKIES),
    Loss("scaleway", "every byte up", _ONLY_TEXT, Want(seen=digest(_replaced(1)))),
    Loss("scaleway", "chunked up", _ONLY_TEXT, Want(seen=digest(_replaced(40)))),
    Loss("scaleway", "1 MB up", _ONLY_TEXT, Want(seen=digest(_replaced(4096)))),
    Loss("scaleway", "256 kB both ways", _ONLY_TEXT, Want(body=_replaced(1024))),
    Loss("scaleway", "stream", "the function gives one dict, when it is complete", _BUFFERED),
    Loss(
        "scaleway",
        "client",
        "it writes x-forwarded-for anew, from the connection (local/infra.py)",
        Want(seen={"client": "127.0.0.1"}),
    ),
    # Web servers. ASGI has both lines; a WSGI environ has one.
    *[
        Loss(
            name,
            "cookies in two lines",
            f"{what} joins repeated headers with a comma, Cookie too",
            _JOINED_COOKIES,
            WSGI,
        )
        for name, what in {
            "web-gunicorn": "gunicorn (27.0.1, http/wsgi.py)",
            "web-werkzeug": "werkzeug (3.1.9, serving.py)",
        }.items()
    ],
    *[
        Loss(
            "web-waitress",
            "cookies in two lines",
            "waitress joins repeated headers with a comma and a space (3.0.2, parser.py)",
            Want(seen={"cookies": cookies}),
            (app,),
        )
        for app, cookies in {"flask_app": {}, "django_app": {"a": "1, b=2"}}.items()
    ],
    # Vercel.
    Loss(
        "vercel-wsgi",
        "repeated header",
        "the shim's environ keeps the last one (vercel-runtime 0.24.1, vc_init.py)",
        _LAST_HEADER,
    ),
    Loss("vercel-wsgi", "cookies in two lines", "the shim's environ keeps the last one", _LAST_COOKIE),
    Loss(
        "vercel-lambda", "stream", "vc_handler gives one dict, when it is complete (vercel-runtime 0.24.1)", _BUFFERED
    ),
)


class SocketLoss(NamedTuple):
    """Why a case of `sockets` cannot be as it should be, and what must be heard instead."""

    platform: str
    case: str
    reason: str
    instead: Heard


# All of it in serverless-offline 14.8.2, src/events/websocket/.
SOCKET_LOSSES: tuple[SocketLoss, ...] = (
    SocketLoss(
        "offline-websocket",
        "subprotocol",
        "ws takes the first that is offered, and nobody asks the function (WebSocketServer.js; its issue 1176)",
        Heard((["v1", "v2"],), "v1"),
    ),
    SocketLoss(
        "offline-websocket",
        "denied handshake",
        "the status goes on, and no body (WebSocketClients.js, verifyClient)",
        Heard(status=401, body=b"Unauthorized"),
    ),
    SocketLoss(
        "offline-websocket",
        "a frame of 33 KB",
        "no size is looked at: the client hears its echo, and is not closed (WebSocketClients.js, addClient)",
        Heard(("on",)),
    ),
    SocketLoss(
        "offline-websocket",
        "bytes down",
        'payload.toString("utf8"): what is no UTF-8 is U+FFFD from then on (http-routes/connections)',
        Heard((said.EVERY_BYTE.decode("utf-8", "replace"),)),
    ),
    SocketLoss(
        "offline-websocket",
        "bytes up",
        "the body is Node's Buffer as JSON, an object, which AWS never sends; the handler answers 400, which no client hears",
        Heard(("on",)),
    ),
    *[
        SocketLoss(
            "offline-websocket",
            case,
            "client.close() without a code, where AWS says 1000 (WebSocketClients.js, close)",
            Heard(("on",), code=1005),
        )
        for case in ("app closes", "app fails")
    ],
    SocketLoss(
        "offline-websocket",
        "client leaves",
        "its $disconnect has no disconnectStatusCode (lambda-events/WebSocketDisconnectEvent.js)",
        Heard(("ada left: 1005",)),
    ),
)


def find_socket(platform: str, case: str) -> Optional[SocketLoss]:
    return next((loss for loss in SOCKET_LOSSES if (loss.platform, loss.case) == (platform, case)), None)


def streams(platform: str) -> bool:
    return find(platform, "stream", ASGI[0]) is None


def covers(loss: Loss, platform: str) -> bool:
    return platform.startswith(loss.platform[:-1]) if loss.platform.endswith("*") else platform == loss.platform


def find(platform: str, case: str, app: str) -> Optional[Loss]:
    for loss in LOSSES:
        if covers(loss, platform) and loss.case == case and app in loss.apps:
            return loss
    return None
