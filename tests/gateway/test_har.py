"""Calls as an HTTP archive."""

from __future__ import annotations

import json
from datetime import datetime

from lambda_bridge.gateway.calls import Call, Trigger
from lambda_bridge.gateway.har import make_har
from lambda_bridge.messages import Response
from tests.gateway.test_export import made_call


def test_the_har_file_is_one() -> None:
    """Every field that the HAR 1.2 specification asks for is there, with the type that it says."""
    calls = [
        made_call(),
        made_call("GET", body=b"", response=Response(200, [("content-type", "image/png")], b"\x89PNG\xff")),
    ]
    calls[1].problem = "odd"

    log = json.loads("".join(make_har(calls)))["log"]

    assert log["version"] == "1.2"
    assert log["creator"]["name"] == "lambda-bridge"
    assert len(log["entries"]) == 2
    for entry in log["entries"]:
        assert datetime.fromisoformat(entry["startedDateTime"]).tzinfo is not None
        assert entry["time"] == sum(entry["timings"].values()) == 250.0
        assert entry["cache"] == {}
        for side in (entry["request"], entry["response"]):
            assert side["httpVersion"] == "HTTP/1.1"
            assert isinstance(side["headersSize"], int)
            assert isinstance(side["bodySize"], int)
            for pairs in (side["headers"], side["cookies"], side.get("queryString", [])):
                assert all(isinstance(pair["name"], str) and isinstance(pair["value"], str) for pair in pairs)
        assert {"status", "statusText", "content", "redirectURL"} <= entry["response"].keys()
    first, second = log["entries"]
    assert first["request"]["method"] == "POST"
    assert first["request"]["url"] == "http://127.0.0.1:8000/a%20b?x=1&token=REDACTED"
    assert first["request"]["queryString"] == [{"name": "x", "value": "1"}, {"name": "token", "value": "REDACTED"}]
    assert first["request"]["postData"] == {"mimeType": "text/plain", "text": "it's 日\n"}
    assert first["response"]["content"] == {"size": 8, "mimeType": "application/json", "text": '{"a": 1}'}
    assert first["response"]["cookies"] == [{"name": "s", "value": "REDACTED"}]
    assert second["response"]["content"] == {
        "size": 5,
        "mimeType": "image/png",
        "text": "iVBOR/8=",
        "encoding": "base64",
    }
    assert second["comment"] == "odd"


def test_the_har_file_shows_no_secret_unless_asked() -> None:
    """An archive is attached to a bug report."""
    hidden, shown = ("".join(make_har([made_call()], reveal)) for reveal in (False, True))

    assert "abc" not in hidden
    assert "1234" not in hidden
    assert "Bearer abc.def" in shown
    assert json.loads(shown)["log"]["entries"][0]["response"]["cookies"] == [{"name": "s", "value": "1234"}]


def test_an_empty_har_file() -> None:
    """A session without a call is a valid file too."""
    assert json.loads("".join(make_har([])))["log"]["entries"] == []


def test_events_are_no_part_of_an_archive() -> None:
    """As that is one of HTTP."""
    event = Call(8, "aws.sqs", 1.5, Trigger("{}"))
    archive = json.loads("".join(make_har([event, made_call(), event])))

    assert [entry["_format"] for entry in archive["log"]["entries"]] == ["aws_http"]
