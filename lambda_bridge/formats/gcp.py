"""Google Cloud Run functions behind functions-framework: ``handler(flask.Request)``.

The framework has read the request with gunicorn, which joins repeated headers with commas; Google's
front end is the only one that can connect, so the client stands in x-forwarded-for. The framework
answers ``/favicon.ico`` and ``/robots.txt`` itself (functions_framework/__init__.py of 3.10.2, read
in 2026-11).
"""

from __future__ import annotations

from functools import cache

from lambda_bridge.formats import wsgi
from lambda_bridge.formats._front_end import behind_front_end, through_front_end
from lambda_bridge.formats._results import read_status
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TITLE = "Google Cloud Run functions"
DOCS = "https://cloud.google.com/run/docs/write-http-functions"
VARIANTS: tuple[str, ...] = ()
STREAMS = True
NEEDS = "flask"


def read_event(event: Any, context: Any) -> Request:
    # The body stays there for others: Flask keeps it.
    return behind_front_end(wsgi.read_environ(event.environ, event.get_data()))


@cache
def _response_class() -> Any:
    # Where this runs, the framework has imported it long before.
    from flask import Response as FlaskResponse

    class ExactResponse(FlaskResponse):
        """Sends the headers as they are.

        Flask's own would add a content-type and a length, drop most headers of a 304, and encode a
        Location again.
        """

        default_mimetype = None
        automatically_set_content_length = False

        def get_wsgi_headers(self, environ: Any) -> Any:
            return self.headers

    return ExactResponse


def make_result(response: Response, event: Any) -> Any:
    body = response.body if response.chunks is None else response.chunks
    return _response_class()(body, response.status, response.headers)


def max_result(event: Any) -> int | None:
    return None


def make_event(request: Request, variant: str | None = None) -> Any:
    from flask import Request as FlaskRequest

    return FlaskRequest(wsgi.make_event(through_front_end(request)))


def read_result(result: Any) -> Response:
    response = _read_head(result)
    response.body = result.get_data()
    result.close()
    return response


def _read_head(result: Any) -> Response:
    # Flask's default for a status that it cannot read is 0.
    return Response(read_status(result.status_code), [(name.lower(), value) for name, value in result.headers])


def call(handler: Any, event: Any, context: Any) -> Any:
    """As the framework calls it."""
    return handler(event)


def stream(handler: Any, event: Any, context: Any) -> Response:
    """As the framework calls it, whose server sends each part on as it comes."""
    from werkzeug.wsgi import ClosingIterator

    result = handler(event)
    response = _read_head(result)
    response.chunks = ClosingIterator(result.iter_encoded(), result.close)
    return response
