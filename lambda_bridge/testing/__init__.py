"""For users' own tests: call an app as a cloud would, under every format, without a network.

::

    from lambda_bridge.testing import FORMATS, Client

    response = Client(app, format="aws_http").get("/")
    assert response.status == 200

    outcome = Client(app, events="/events").trigger("aws.sqs", data=[{"order": 7}])
    assert outcome.failures == []
"""

from __future__ import annotations

from lambda_bridge.outcome import Outcome
from lambda_bridge.testing.client import Client
from lambda_bridge.testing.event import FORMATS, make_event
from lambda_bridge.testing.redirects import TooManyRedirects
from lambda_bridge.testing.request import make_request
from lambda_bridge.testing.response import Response, ResponseHeaders

__all__ = [
    "FORMATS",
    "Client",
    "Outcome",
    "Response",
    "ResponseHeaders",
    "TooManyRedirects",
    "make_event",
    "make_request",
]
