"""Messages between the gateway and its instances, on a pipe."""

from __future__ import annotations

import os
import threading

import pytest

from lambda_bridge.gateway.channel import Part, Started, receive, send


def test_messages_arrive_as_they_were_sent() -> None:
    """In order, whatever their size."""
    reading, writing = os.pipe()
    sent = [Started(streams=True), Part(bytes(3_000_000)), Part(b"")]

    def write_all() -> None:
        for message in sent:
            send(writing, message)
        os.close(writing)

    thread = threading.Thread(target=write_all)
    thread.start()
    try:
        assert [receive(reading) for _ in sent] == sent
        with pytest.raises(EOFError):
            receive(reading)
    finally:
        thread.join()
        os.close(reading)
