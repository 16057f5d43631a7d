"""The store of connections in a table of DynamoDB, with boto3, which AWS's own runtimes of Python have.

The table's partition key is ``connection``, a string; its time to live is the attribute ``expires``. The function may
call ``dynamodb:PutItem``, ``GetItem``, ``DeleteItem``, and for ``handler.connections`` ``Scan``.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any, Optional

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable

# A message waits for it: no longer than a client would.
_CONFIG = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3})


class DynamoDBStore:
    """*client* is boto3's of ``dynamodb``, where another one than the environment's is wanted."""

    def __init__(self, table: str, client: Any = None, clock: Callable[[], float] = time) -> None:
        self._table = table
        self._client = boto3.client("dynamodb", config=_CONFIG) if client is None else client
        self._clock = clock

    def put(self, connection: str, value: str, expires: int) -> None:
        item = {"connection": {"S": connection}, "value": {"S": value}, "expires": {"N": str(expires)}}
        self._client.put_item(TableName=self._table, Item=item)

    def get(self, connection: str) -> Optional[str]:
        # Consistent: the next message may come right after the handshake.
        found = self._client.get_item(TableName=self._table, Key={"connection": {"S": connection}}, ConsistentRead=True)
        item = found.get("Item")
        return item["value"]["S"] if item and self._is_alive(item) else None

    def delete(self, connection: str) -> None:
        self._client.delete_item(TableName=self._table, Key={"connection": {"S": connection}})

    def keys(self) -> list[str]:
        asked: dict[str, Any] = {
            "TableName": self._table,
            "ProjectionExpression": "#connection, #expires",
            "ExpressionAttributeNames": {"#connection": "connection", "#expires": "expires"},
        }
        keys: list[str] = []
        while True:
            page = self._client.scan(**asked)
            keys += [item["connection"]["S"] for item in page["Items"] if self._is_alive(item)]
            if not page.get("LastEvaluatedKey"):
                return keys
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _is_alive(self, item: dict[str, Any]) -> bool:
        # DynamoDB deletes what has expired within a few days (.../howitworks-ttl.html, read in 2026-11).
        return int(item["expires"]["N"]) > self._clock()

    def __repr__(self) -> str:
        return f"<DynamoDBStore {self._table}>"
