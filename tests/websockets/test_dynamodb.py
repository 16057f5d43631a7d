from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from lambda_bridge.websockets.dynamodb import DynamoDBStore

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = {"TableName": "chat", "Key": {"connection": {"S": "a="}}}
ITEM = {"connection": {"S": "a="}, "value": {"S": "1"}, "expires": {"N": "2000"}}


@pytest.fixture
def stubbed() -> Iterator[tuple[DynamoDBStore, Any]]:
    """A store whose client checks every call against the service's model, and asks no service."""
    client = boto3.client("dynamodb", "eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stubber:
        yield DynamoDBStore("chat", client, lambda: 1000.0), stubber
        stubber.assert_no_pending_responses()
    client.close()


def test_put_writes_one_item(stubbed: Any) -> None:
    """With a number for the table's time to live."""
    store, stubber = stubbed
    stubber.add_response("put_item", {}, {"TableName": "chat", "Item": ITEM})
    store.put("a=", "1", 2000)


@pytest.mark.parametrize(
    ("answer", "value"),
    [({"Item": ITEM}, "1"), ({}, None), ({"Item": {**ITEM, "expires": {"N": "1000"}}}, None)],
)
def test_get_reads_what_was_just_written(stubbed: Any, answer: dict[str, Any], value: Any) -> None:
    """Consistently; what has expired is not there, even where DynamoDB has not deleted it yet."""
    store, stubber = stubbed
    stubber.add_response("get_item", answer, {**KEY, "ConsistentRead": True})
    assert value == store.get("a=")


def test_delete_deletes(stubbed: Any) -> None:
    """One item."""
    store, stubber = stubbed
    stubber.add_response("delete_item", {}, KEY)
    store.delete("a=")


def test_keys_are_of_all_pages(stubbed: Any) -> None:
    """A scan ends at 1 MB."""
    store, stubber = stubbed
    asked = {
        "TableName": "chat",
        "ProjectionExpression": "#connection, #expires",
        "ExpressionAttributeNames": {"#connection": "connection", "#expires": "expires"},
    }
    row = {"connection": {"S": "a="}, "expires": {"N": "2000"}}
    old = {"connection": {"S": "c="}, "expires": {"N": "999"}}
    last = {"connection": {"S": "a="}}
    stubber.add_response("scan", {"Items": [row, old], "LastEvaluatedKey": last}, asked)
    second = {**row, "connection": {"S": "b="}}
    stubber.add_response("scan", {"Items": [second]}, {**asked, "ExclusiveStartKey": last})
    assert ["a=", "b="] == store.keys()


def test_error_of_the_service_passes_through(stubbed: Any) -> None:
    """The caller makes a sentence of it."""
    store, stubber = stubbed
    stubber.add_client_error("get_item", "ResourceNotFoundException")
    with pytest.raises(ClientError):
        store.get("a=")
