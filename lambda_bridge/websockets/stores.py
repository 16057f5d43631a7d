"""Where open connections are remembered, so that any instance can go on with them, or send to them.

A store maps ids of connections to texts, which hold what the handshake had: cookies and credentials too. Who may read
the store may be any of its clients.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from time import time
from typing import TYPE_CHECKING, Any, Optional, Protocol

from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable


class Store(Protocol):
    """What a store of one's own has. Each method may wait, is called from any thread, and raises what it likes."""

    def put(self, connection: str, value: str, expires: int) -> None:
        """Remember *value*, until *expires* (seconds since 1970) or longer."""

    def get(self, connection: str) -> Optional[str]:
        """The value of *connection*; None where there is none."""

    def delete(self, connection: str) -> None:
        """Forget *connection*; one that is not there is no error."""

    def keys(self) -> list[str]:
        """The ids of all connections, in any order; some may have gone."""


class MemoryStore:
    """In this process: enough where there is one instance, as in tests."""

    def __init__(self, clock: Callable[[], float] = time) -> None:
        self._clock = clock
        self._mutex = threading.Lock()
        self._rows: dict[str, tuple[str, int]] = {}

    def put(self, connection: str, value: str, expires: int) -> None:
        with self._mutex:
            self._drop_old()
            self._rows[connection] = (value, expires)

    def get(self, connection: str) -> Optional[str]:
        with self._mutex:
            self._drop_old()
            row = self._rows.get(connection)
            return None if row is None else row[0]

    def delete(self, connection: str) -> None:
        with self._mutex:
            self._rows.pop(connection, None)

    def keys(self) -> list[str]:
        with self._mutex:
            self._drop_old()
            return list(self._rows)

    def _drop_old(self) -> None:
        now = self._clock()
        for connection in [connection for connection, (_, expires) in self._rows.items() if expires <= now]:
            del self._rows[connection]


class SqliteStore:
    """In a file: for several processes on one machine."""

    def __init__(self, path: str, clock: Callable[[], float] = time) -> None:
        self._path = path
        self._clock = clock

    def put(self, connection: str, value: str, expires: int) -> None:
        self._run("DELETE FROM connections WHERE expires <= ?", int(self._clock()))
        self._run("INSERT OR REPLACE INTO connections VALUES (?, ?, ?)", connection, value, expires)

    def get(self, connection: str) -> Optional[str]:
        rows = self._run("SELECT value FROM connections WHERE id = ? AND expires > ?", connection, int(self._clock()))
        return rows[0][0] if rows else None

    def delete(self, connection: str) -> None:
        self._run("DELETE FROM connections WHERE id = ?", connection)

    def keys(self) -> list[str]:
        return [id_ for (id_,) in self._run("SELECT id FROM connections WHERE expires > ?", int(self._clock()))]

    def _run(self, statement: str, *values: Any) -> list[Any]:
        # A connection of its own for each call: it may come from any thread, and after a fork.
        with closing(sqlite3.connect(self._path, timeout=5)) as database, database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS connections (id TEXT PRIMARY KEY, value TEXT, expires INTEGER)"
            )
            return database.execute(statement, values).fetchall()

    def __repr__(self) -> str:
        return f"<SqliteStore {self._path}>"


def make_store(choice: Any) -> Store:
    """The store for the option ``connections``; raises ConfigurationError where boto3, or its region, is missing."""
    if not isinstance(choice, str):
        store: Store = choice
        return store
    kind, _, name = choice.partition(":")
    if kind == "sqlite":
        return SqliteStore(name)
    if kind == "dynamodb":
        try:
            from lambda_bridge.websockets.dynamodb import DynamoDBStore
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                f"connections={choice!r} needs the package {error.name!r}: install boto3"
            ) from error
        try:
            return DynamoDBStore(name)
        except Exception as error:  # botocore's, whose classes are known where it is
            raise ConfigurationError(f"connections={choice!r}: boto3 makes no client of it: {error}") from error
    return MemoryStore()
