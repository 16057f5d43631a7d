from __future__ import annotations

import sqlite3
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.errors import ConfigurationError
from lambda_bridge.websockets.stores import MemoryStore, SqliteStore, make_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lambda_bridge.websockets.stores import Store


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Callable[[], float]) -> Store:
    """Each that needs no service."""
    return MemoryStore(clock) if request.param == "memory" else SqliteStore(str(tmp_path / "o'r 中.db"), clock)


def test_what_was_put_is_there_until_it_is_deleted(store: Store) -> None:
    """A second put replaces the first; to delete what is not there is no error."""
    store.put("a=", "1", 2000)
    store.put("b=", "2'\"中", 2000)
    store.put("a=", "3", 2000)
    assert ("3", "2'\"中", None, ["a=", "b="]) == (
        store.get("a="),
        store.get("b="),
        store.get("c="),
        sorted(store.keys()),
    )
    store.delete("a=")
    store.delete("a=")
    assert (None, ["b="]) == (store.get("a="), store.keys())


def test_what_has_expired_is_gone(store: Store, clock: Clock) -> None:
    """Gateways end their connections after some hours, and do not always say so."""
    store.put("a=", "1", 2000)
    store.put("b=", "2", 3000)
    clock.now = 2000.0
    assert (None, "2", ["b="]) == (store.get("a="), store.get("b="), store.keys())
    store.put("c=", "3", 3000)
    clock.now = 1000.0
    assert store.get("a=") is None, "it is not only hidden"


def test_many_threads_use_one_store(store: Store) -> None:
    """Nothing is lost."""

    def fill(number: int) -> None:
        for each in range(5):
            store.put(f"{number}-{each}", "x", 2000)

    threads = [threading.Thread(target=fill, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 20 == len(store.keys())


def test_file_is_shared_with_other_processes(tmp_path: Path) -> None:
    """One store object for each."""
    one, two = (SqliteStore(str(tmp_path / "connections")) for _ in range(2))
    one.put("a=", "1", 2**40)
    assert "1" == two.get("a=")


def test_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """The caller makes a sentence of it."""
    with pytest.raises(sqlite3.OperationalError):
        SqliteStore(str(tmp_path / "no" / "connections")).keys()


def test_option_chooses_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By name, or one's own."""
    own = MemoryStore()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    made: list[Any] = [make_store(choice) for choice in ("memory", f"sqlite:{tmp_path}/c:d.db", "dynamodb:chat", own)]
    assert ["MemoryStore", "SqliteStore", "DynamoDBStore"] == [type(each).__name__ for each in made[:3]]
    assert (f"<SqliteStore {tmp_path}/c:d.db>", "<DynamoDBStore chat>", own) == (repr(made[1]), repr(made[2]), made[3])


def test_missing_region_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """On AWS it is always there."""
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/none")
    with pytest.raises(ConfigurationError, match=r"connections='dynamodb:chat': .* specify a region"):
        make_store("dynamodb:chat")


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 is on AWS, and seldom elsewhere."""
    monkeypatch.setitem(sys.modules, "lambda_bridge.websockets.dynamodb", None)
    monkeypatch.delitem(sys.modules, "lambda_bridge.websockets.dynamodb")
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ConfigurationError, match="needs the package 'boto3': install boto3"):
        make_store("dynamodb:chat")
