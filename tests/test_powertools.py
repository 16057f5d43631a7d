"""AWS events that make_event makes, judged by the data models of aws-lambda-powertools' parser.

It has none for CloudFront's events.
"""

from __future__ import annotations

from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser import models
from pydantic import BaseModel, ValidationError

from lambda_bridge import formats
from lambda_bridge.testing import FORMATS, make_event
from tests.builders import API_HOST

MODELS: dict[str, type[BaseModel]] = {
    "aws_alb": models.AlbModel,
    "aws_alb:multi": models.AlbModel,
    "aws_http": models.APIGatewayProxyEventV2Model,
    "aws_lattice": models.VpcLatticeV2Model,
    "aws_lattice:v1": models.VpcLatticeModel,
    "aws_rest": models.APIGatewayProxyEventModel,
    "aws_rest:http_1.0": models.APIGatewayProxyEventModel,
    "aws_url": models.LambdaFunctionUrlModel,
}

REQUESTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "root": {"url": "/"},
    "odd_path": {"url": "/a%20b/%E5%B0%8F//c%2Fd"},
    "query": {"url": "/?a=1&a=2&b=&c&d=%20x"},
    "headers": {"headers": [("Accept", "*/*"), ("X-Name", "a"), ("X-Name", "b"), ("User-Agent", "test/1")]},
    "cookies": {"cookies": {"a": "1", "b": "2"}},
    "text": {"method": "POST", "body": "你好", "headers": {"content-type": "text/plain"}},
    "json": {"method": "PUT", "json": {"a": [1]}},
    "form": {"method": "POST", "data": {"a": "1"}},
    "file": {"method": "POST", "files": {"a": ("a.png", bytes(range(256)))}},
    "stage": {"url": f"https://{API_HOST}/dev/a", "root_path": "/dev"},
    "ipv6": {"client": ("2001:db8::1", 50000)},
    "other_host": {"url": "https://example.com:8443/a"},
    **{method: {"method": method} for method in ("HEAD", "PATCH", "DELETE", "OPTIONS")},
}


# Fields that the models of version 3.37 refuse though they are as AWS sends them; a later version may know better.
REFUSED = {
    # AlbModel asks for both; a target group with multi-value headers has other keys in their places:
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    "aws_alb:multi": {"headers", "queryStringParameters"},
    # VpcLatticeV2Model asks for one text for each name. AWS's own types for Go, which were tried on a
    # running function (aws/aws-lambda-go, pull request 521), have lists, and so has powertools for
    # TypeScript since a version after 2.26.
    "aws_lattice": {"headers", "queryStringParameters"},
}


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("spelling", MODELS)
def test_models_accept_our_events(spelling: str, name: str) -> None:
    """Each event that a format with a model makes, but for what the table above explains."""
    options = {"method": "GET", "url": "/a", **REQUESTS[name]}

    problems = find_problems(MODELS[spelling], make_event(spelling, **options))

    assert [each for each in problems if each["loc"][0] not in REFUSED.get(spelling, set())] == []


def find_problems(model: type[BaseModel], event: Any) -> list[Any]:
    try:
        model.model_validate(event)
    except ValidationError as error:
        return list(error.errors())
    return []


def test_every_aws_format_is_judged() -> None:
    """But for CloudFront's."""
    assert set(MODELS) == {
        spelling
        for spelling in FORMATS
        if spelling.startswith("aws_") and not spelling.startswith("aws_edge") and not _is_trigger(spelling)
    }


def _is_trigger(spelling: str) -> bool:
    return not hasattr(formats.load(spelling.partition(":")[0]), "read_result")
