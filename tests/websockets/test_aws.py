from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_bridge.errors import MalformedEvent, RefusedResult
from lambda_bridge.messages import Response
from lambda_bridge.testing import make_request
from lambda_bridge.websockets import Message, PushAnswer, aws
from tests.builders import SAMPLES, read_sample

URL = "https://abc123.execute-api.eu-central-1.amazonaws.com/prod"


def sample(name: str, **context: Any) -> dict[str, Any]:
    event = read_sample(SAMPLES / "websockets" / "aws" / f"{name}.json")
    event["requestContext"].update(context)
    return event


def test_handshake_is_a_request_below_the_stage() -> None:
    """The path is empty: URLs of these APIs end with the stage."""
    message = aws.read_event(sample("connect"))
    request = message.request
    assert request is not None
    assert ("connect", "Zk1-xcZsliACHkw=", ()) == (message.kind, message.connection, message.subprotocols)
    assert ("GET", "/prod", "/", "room=7", ("203.0.113.24", 0), "https") == (
        request.method, request.root_path, request.path, request.query, request.client, request.scheme
    )  # fmt: skip
    assert "13" == request.headers.get("sec-websocket-version")


def test_path_of_a_hybrid_event_counts() -> None:
    """Where an event has the keys of a proxy event too."""
    request = aws.read_event(sample("connect_hybrid")).request
    assert request is not None
    assert "/chat/7" == request.path


@pytest.mark.parametrize(
    ("header", "subprotocols"),
    [("a", ("a",)), ("a, b,c", ("a", "b", "c")), (" , ", ()), ("", ())],
)
def test_subprotocols_are_those_of_the_header(header: str, subprotocols: tuple[str, ...]) -> None:
    """In the client's order."""
    event = sample("connect")
    event["multiValueHeaders"]["sec-websocket-protocol"] = [header]
    assert subprotocols == aws.read_event(event).subprotocols


def test_abridged_handshake_is_read() -> None:
    """Without headers, query and address, as by hand."""
    about = {"connectionId": "a", "eventType": "CONNECT", "stage": "dev", "apiId": "x"}
    message = aws.read_event({"requestContext": about})
    assert message.request is not None
    assert (None, "", "/") == (message.request.client, message.request.query, message.request.path)


@pytest.mark.parametrize(
    ("body", "is_base64", "data"),
    [("{}", False, "{}"), ("", False, ""), (None, False, ""), ("AAH/", True, b"\x00\x01\xff"), ("ä", False, "ä")],
)
def test_message_is_text_or_bytes(body: Any, is_base64: bool, data: Any) -> None:
    """Base64 where the integration converts to binary."""
    message = aws.read_event({**sample("message"), "body": body, "isBase64Encoded": is_base64})
    assert ("message", data) == (message.kind, message.data)


def test_message_of_a_custom_route_is_the_whole_of_it() -> None:
    """What the API's expression has found in it is in no other place."""
    event = {**sample("message", routeKey="say", eventType="MESSAGE"), "body": '{"action": "say", "text": "hi"}'}
    assert ("message", event["body"]) == (aws.read_event(event).kind, aws.read_event(event).data)


@pytest.mark.parametrize("broken", [{"body": 7}, {"body": "!", "isBase64Encoded": True}])
def test_broken_message_is_malformed(broken: dict[str, Any]) -> None:
    """With a sentence that does not quote it."""
    with pytest.raises(MalformedEvent):
        aws.read_event({**sample("message"), **broken})


@pytest.mark.parametrize("connection", [None, "", 7, ["a"]])
def test_broken_id_is_malformed(connection: Any) -> None:
    """Nothing could be sent to it."""
    with pytest.raises(MalformedEvent, match="connectionId"):
        aws.read_event(sample("message", connectionId=connection))


@pytest.mark.parametrize(
    ("told", "code"), [(1001, 1001), (4999, 4999), (-1, 1005), ("1000", 1005), (None, 1005), (7, 1005)]
)
def test_code_of_the_end_is_one_of_the_protocol(told: Any, code: int) -> None:
    """The gateway tells -1 of connections that it has lost."""
    message = aws.read_event(sample("disconnect", disconnectStatusCode=told, disconnectReason=None))
    assert ("disconnect", code, "") == (message.kind, message.code, message.reason)


@pytest.mark.parametrize(
    ("domain", "push_url"),
    [
        ("abc123.execute-api.eu-central-1.amazonaws.com", URL),
        ("chat.example.com", "https://q1w2e3r4t5.execute-api.{region}.{suffix}/prod"),
        (None, "https://q1w2e3r4t5.execute-api.{region}.{suffix}/prod"),
    ],
)
def test_push_url_is_the_apis_own(domain: Any, push_url: str) -> None:
    """On a domain of one's own, a base path that nobody tells stands in place of the stage."""
    assert push_url == aws.read_event(sample("message", domainName=domain)).push_url


@pytest.mark.parametrize("told", ["evil.example", "abc.execute-api.evil.example", "evil.example/.execute-api.us-east-1.amazonaws.com",
                                  "a.execute-api.us-east-1.amazonaws.com.evil.example", "a@b.execute-api.us-east-1.amazonaws.com",
                                  "abc.execute-api.us-east-1.amazonaws.com\n", "x.execute-api.evil/?.amazonaws.com", 7])  # fmt: skip
def test_no_domain_of_others_is_gone_to(told: Any) -> None:
    """Who may call the function directly may write any event; what goes there is signed with the role's credentials."""
    push_url = aws.read_event(sample("message", domainName=told)).push_url
    assert "https://q1w2e3r4t5.execute-api.{region}.{suffix}/prod" == push_url


@pytest.mark.parametrize("told", ["", "evil.example/", "a.b", "a?", "a#", "..", "a\n", None, 7, ["a"], "%2e"])
@pytest.mark.parametrize("key", ["apiId", "stage"])
def test_name_that_would_change_the_url_is_malformed(key: str, told: Any) -> None:
    """The API's name becomes a part of the host, the stage one of the path."""
    with pytest.raises(MalformedEvent, match=f"the event's {key} is"):
        aws.read_event(sample("message", **{"domainName": "chat.example.com", key: told}))


@pytest.mark.parametrize("suffix", ["amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "c2s.ic.gov", "api.aws"])
def test_apis_own_domain_is_gone_to_in_every_partition(suffix: str) -> None:
    """As the event tells it."""
    domain = f"abc-1.execute-api.us-gov-west-1.{suffix}"
    assert f"https://{domain}/prod" == aws.read_event(sample("connect", domainName=domain)).push_url


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "www.example.com"])
def test_made_event_is_read_on_any_host(host: str) -> None:
    """The local gateway makes them of what browsers call it."""
    event = aws.make_event(Message("message", "a=", f"https://{host}/local", data="x"))
    assert "x" == aws.read_event(event).data


@pytest.mark.parametrize(
    ("response", "result"),
    [
        (Response(200), {"statusCode": 200}),
        (
            Response(200, [("sec-websocket-protocol", "a")]),
            {"statusCode": 200, "headers": {"Sec-Websocket-Protocol": "a"}},
        ),
        (
            Response(401, [("x", "1"), ("x", "2")], b"no"),
            {"statusCode": 401, "headers": {"X": "1, 2"}, "body": "no", "isBase64Encoded": False},
        ),
    ],
)
def test_result_is_what_the_gateway_wants(response: Response, result: dict[str, Any]) -> None:
    """A status, and what there is beside it."""
    assert result == aws.make_result(response, sample("connect"))
    again = aws.read_result(result)
    assert (response.status, response.body) == (again.status, again.body)


@pytest.mark.parametrize("result", [None, "x", {}, {"statusCode": "x"}])
def test_result_that_is_none_is_refused(result: Any) -> None:
    """The client gets 500 then."""
    with pytest.raises(RefusedResult):
        aws.read_result(result)


@pytest.mark.parametrize(
    "message",
    [
        Message(
            "connect",
            "a=",
            URL,
            make_request(
                "GET",
                "https://abc123.execute-api.eu-central-1.amazonaws.com/?a=1&a=%20&b=ä",
                headers=[
                    ("x-a", "1"),
                    ("x-forwarded-for", "127.0.0.1"),
                    ("x-forwarded-port", "443"),
                    ("x-forwarded-proto", "https"),
                    ("sec-websocket-protocol", "a, b"),
                ],
                root_path="/prod",
            ),
            ("a", "b"),
        ),
        Message("message", "a=", URL, data="ä"),
        Message("message", "a=", URL, data=b"\xff"),
        Message("disconnect", "a=", URL, code=1001, reason="away"),
    ],
    ids=lambda message: message.kind,
)
def test_made_event_is_read_as_it_was(message: Message) -> None:
    """Both halves know the same format."""
    again = aws.read_event(json.loads(json.dumps(aws.make_event(message))))
    assert message._replace(request=None) == again._replace(request=None)
    if message.request is not None:
        assert again.request is not None
        assert dict(message.request.headers).items() <= dict(again.request.headers).items()
        assert ("a=1&a=%20&b=%C3%A4", "/prod") == (again.request.query, again.request.root_path)


def test_requests_to_the_api_name_the_connection() -> None:
    """Its id ends with an equals sign, which a path must not have unescaped."""
    push, push_bytes = aws.make_push(URL, "a/b=", "ä"), aws.make_push(URL + "/", "a", b"\xff")
    close = aws.make_close(URL, "a", 4000, "why")
    assert (
        ("POST", f"{URL}/%40connections/a%2Fb%3D", "ä".encode()),
        ("POST", f"{URL}/%40connections/a", b"\xff"),
        ("DELETE", f"{URL}/%40connections/a", b""),
    ) == tuple((each.method, each.url, each.body) for each in (push, push_bytes, close))


def test_only_410_says_that_the_client_has_gone() -> None:
    """403 may be the function's own fault."""
    assert [410] == [status for status in range(200, 600) if aws.is_gone(PushAnswer(status, b""))]
    assert not aws.is_refused(PushAnswer(200, b'{"errNo": 1}'))
