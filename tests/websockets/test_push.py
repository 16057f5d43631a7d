from __future__ import annotations

import json
import os
import socket
from typing import Any

import pytest

from lambda_bridge.errors import ConfigurationError, ConnectionGone, PushFailed
from lambda_bridge.websockets import aws, tencent
from lambda_bridge.websockets.push import PAUSES, Pusher
from tests.websockets.management_api import HANG_UP, ManagementApi

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-central-1"}
OWN = "https://abc.execute-api.{region}.{suffix}/prod"


def pusher(api: ManagementApi, environ: Any = CREDENTIALS) -> tuple[Pusher, list[float]]:
    """One that goes to *api*, and the pauses that it would make."""
    pauses: list[float] = []
    return Pusher(api.url, environ, pauses.append), pauses


def test_message_is_posted_and_signed() -> None:
    """As the management API wants it."""
    with ManagementApi() as api:
        push, pauses = pusher(api, {**CREDENTIALS, "AWS_SESSION_TOKEN": "token"})
        push.send(aws, OWN, "a=", "hällo")
        push.disconnect()
    (asked,) = api.asked
    assert ("POST", "/prod/%40connections/a%3D", "hällo".encode(), []) == (*asked[:2], asked.body, pauses)
    assert asked.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    assert "/eu-central-1/execute-api/aws4_request" in asked.headers["authorization"]
    assert ("token", "6") == (asked.headers["x-amz-security-token"], asked.headers["content-length"])


def test_connection_is_closed_by_a_delete() -> None:
    """Without a code, which the API cannot take."""
    with ManagementApi() as api:
        push, _ = pusher(api)
        push.close(aws, OWN, "a=", 4000, "why")
        push.disconnect()
    assert [("DELETE", "/prod/%40connections/a%3D", b"")] == [(*asked[:2], asked.body) for asked in api.asked]


def test_http_connection_is_used_again() -> None:
    """A handshake of TLS for each message would cost more than all the rest."""
    with ManagementApi() as api:
        push, _ = pusher(api)
        for text in "123":
            push.send(aws, OWN, "a", text)
        push.disconnect()
    assert (["1", "2", "3"], 1) == (
        [asked.body.decode() for asked in api.asked],
        len({each.port for each in api.asked}),
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_child_of_a_fork_leaves_its_parents_http_connection_alone() -> None:
    """On one that both used, each would read what the other is told."""
    with ManagementApi() as api:
        push, _ = pusher(api)
        push.send(aws, OWN, "a", "parent")
        child = os.fork()
        if not child:
            code = 1
            try:
                push.send(aws, OWN, "a", "child")
                code = 0
            finally:
                os._exit(code)
        assert 0 == os.waitpid(child, 0)[1]
        push.send(aws, OWN, "a", "parent")
        push.disconnect()
    ports = [asked.port for asked in api.asked]
    assert (True, False) == (ports[0] == ports[2], ports[0] == ports[1])


def test_http_connection_that_was_closed_meanwhile_is_no_error() -> None:
    """Gateways close them while the process is frozen."""
    with ManagementApi(200, HANG_UP, 200) as api:
        push, pauses = pusher(api)
        push.send(aws, OWN, "a", "1")
        push.send(aws, OWN, "a", "2")
        push.disconnect()
    assert ([b"1", b"2", b"2"], []) == ([asked.body for asked in api.asked], pauses)


@pytest.mark.parametrize("problem", [429, 500, 502, 503, 504, HANG_UP])
def test_what_may_pass_is_tried_again(problem: Any) -> None:
    """After a pause that grows."""
    with ManagementApi(problem, problem, 200) as api:
        push, pauses = pusher(api)
        push.send(aws, OWN, "a", "1")
        push.disconnect()
    assert (3, 2) == (len(api.asked), len(pauses))
    assert all(pause / 2 <= made <= pause * 1.5 for made, pause in zip(pauses, PAUSES))


def test_what_does_not_pass_is_an_error_at_last() -> None:
    """It names the status, and no text of the message."""
    with ManagementApi(*[503] * 9) as api:
        push, pauses = pusher(api)
        with pytest.raises(PushFailed, match="POST to the connection 'a' was answered with the status 503") as failed:
            push.send(aws, OWN, "a", "secret text")
        push.disconnect()
    assert (4, 3, False) == (len(api.asked), len(pauses), "secret text" in str(failed.value))


@pytest.mark.parametrize(
    ("status", "hint"),
    [(403, "needs execute-api:ManageConnections"), (413, "too large"), (400, "as often as makes sense")],
)
def test_what_is_refused_is_not_tried_again(status: int, hint: str) -> None:
    """It would be refused for ever."""
    with ManagementApi(status) as api:
        push, _ = pusher(api)
        with pytest.raises(PushFailed, match=hint):
            push.send(aws, OWN, "a", "1")
        push.disconnect()
    assert 1 == len(api.asked)


def test_client_that_has_gone_is_told_apart() -> None:
    """410, at once."""
    with ManagementApi(410) as api:
        push, _ = pusher(api)
        with pytest.raises(ConnectionGone):
            push.send(aws, OWN, "a", "1")
        push.disconnect()
    assert 1 == len(api.asked)


def test_new_connection_may_not_be_known_yet() -> None:
    """AWS answers 410 until it has the answer to the handshake."""
    with ManagementApi(410, 410, 200, *[410] * 9) as api:
        push, _ = pusher(api)
        push.send(aws, OWN, "a", "1", is_new=True)
        assert 3 == len(api.asked)
        with pytest.raises(ConnectionGone):
            push.send(aws, OWN, "a", "1", is_new=True)
        push.disconnect()
    assert 7 == len(api.asked)


def test_address_that_nobody_listens_on_is_an_error() -> None:
    """A sentence, and not a traceback of sockets."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        push = Pusher(f"http://127.0.0.1:{closed.getsockname()[1]}", CREDENTIALS, lambda pause: None)
        with pytest.raises(PushFailed, match="ConnectionRefusedError"):
            push.send(aws, OWN, "a", "1")


def test_tencents_api_gets_json_without_a_signature() -> None:
    """And says in JSON what it thinks of it."""
    with ManagementApi((200, b'{"errNo": 0}'), (200, b'{"errNo": 7}')) as api:
        push, _ = pusher(api)
        push.send(tencent, "", "a", "1")
        with pytest.raises(PushFailed, match="a refusal"):
            push.send(tencent, "", "a", "2")
        push.disconnect()
    data = {"action": "data send", "secConnectionID": "a", "dataType": "text", "data": "1"}
    assert ("/prod", {"websocket": data}) == (api.asked[0].path, json.loads(api.asked[0].body))
    assert "authorization" not in api.asked[0].headers


# --- where to, and as whom


@pytest.mark.parametrize(
    ("environ", "push_url", "told", "target"),
    [
        ({"AWS_REGION": "eu-central-1"}, None, OWN, "https://abc.execute-api.eu-central-1.amazonaws.com/prod"),
        ({"AWS_REGION": "cn-north-1"}, None, OWN, "https://abc.execute-api.cn-north-1.amazonaws.com.cn/prod"),
        ({}, None, "https://x/prod", "https://x/prod"),
        ({}, "https://mine/x", "https://x/prod", "https://mine/x"),
        ({"AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": "http://l:1/x"}, None, OWN, "http://l:1/x"),
        ({"AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": "http://l:1/x"}, "https://mine/x", OWN, "https://mine/x"),
    ],
)
def test_target_is_what_the_option_the_environment_or_the_event_says(
    environ: dict[str, str], push_url: Any, told: str, target: str
) -> None:
    """In this order."""
    assert target == Pusher(push_url, environ)._target(aws, told)


def test_gateway_that_tells_no_target_needs_the_option() -> None:
    """The sentence names it."""
    with pytest.raises(ConfigurationError, match="set push_url="):
        Pusher(None, {"AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": "http://l:1"}).send(tencent, "", "a", "1")


def test_aws_wants_credentials() -> None:
    """A function has those of its role in the environment."""
    with pytest.raises(ConfigurationError, match="AWS_ACCESS_KEY_ID is not set"):
        Pusher(None, {"AWS_REGION": "eu-central-1"}).send(aws, OWN, "a", "1")


def test_emulator_needs_none() -> None:
    """What is not AWS is asked without."""
    with ManagementApi() as api:
        push, _ = pusher(api, {})
        push.send(aws, OWN, "a", "1")
        push.disconnect()
    assert "authorization" not in api.asked[0].headers


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://abc.execute-api.us-west-2.amazonaws.com/prod", "us-west-2"),
        ("https://chat.example.com/x", "eu-central-1"),
    ],
)
def test_region_is_that_of_the_url_where_it_has_one(url: str, region: str) -> None:
    """A function may send to connections of another region's API."""
    signed = Pusher(None, CREDENTIALS)._sign(aws, aws.make_push(url, "a", "1"))
    assert f"/{region}/execute-api/" in signed.headers["authorization"]
