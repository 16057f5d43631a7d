"""What holds for every format: the four functions, the table of predicates, and what apps and clients see."""

from __future__ import annotations

import copy
import json
import os
import random
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import flask
import pytest
from hypothesis import given

from lambda_bridge import formats, make_handler
from lambda_bridge.apps._exchange import make_scope
from lambda_bridge.apps.wsgi import call, make_environ
from lambda_bridge.errors import BridgeError, MalformedEvent, RefusedResult, UnknownEvent
from lambda_bridge.headers import is_token
from lambda_bridge.messages import Request, Response
from lambda_bridge.recognize import NAMES, TABLE, recognize
from lambda_bridge.testing import FORMATS, Client, make_event
from tests.builders import JSON_FORMATS, SAMPLES, WITH_CONTEXT, event_of, read_sample, sample_id, sample_paths
from tests.checkers import check_environ, check_scope, checked, see_environ, see_scope, validated
from tests.strategies import (
    DROPPED,
    PROPERTY,
    SHARED,
    Carries,
    CarriesBack,
    mutations,
    places,
    replaced,
    requests,
    responses,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambda_bridge.formats import Format
    from lambda_bridge.handler import Handler
    from tests.checkers import Message, Receive, Send

EVERY_BYTE = bytes(range(256))
EVERY_VERSION = ("1.0", "1.1", "2")
OURS = sample_paths()
OURS_IN_JSON = sample_paths(*{spelling.partition(":")[0] for spelling in JSON_FORMATS})
# Those of triggers too, where the event is a dict.
OTHERS = [
    path
    for path in [*sample_paths("others"), *sorted(SAMPLES.glob("triggers/*/*.json"))]
    if path.read_text(encoding="utf-8")[0] == "{"
]

# What a format cannot carry of a Request, and why.
CARRIES = {
    # The gateway decodes the query into a map, in which `?a` is `a=`, and drops content-length. A
    # stage is one segment.
    "aws_rest": Carries(query="decoded", valueless_query=False, root_paths=("", "/dev"), http_versions=EVERY_VERSION),
    "aws_rest:http_1.0": Carries(
        query="decoded", valueless_query=False, root_paths=("", "/dev"), http_versions=EVERY_VERSION
    ),
    # The path is decoded before; repeated headers are joined; cookies leave their place.
    "aws_http": Carries(
        repeated_headers=False,
        raw_path=False,
        cookie_place=False,
        root_paths=("", "/dev"),
        http_versions=EVERY_VERSION,
    ),
    # Repeated headers are joined; there are no stages.
    "aws_url": Carries(repeated_headers=False, http_versions=EVERY_VERSION),
    # One value for each name, which is not decoded; `?a` is `a=`; the client is in a header only.
    "aws_alb": Carries(query="pairs", repeated_query=False, valueless_query=False, repeated_headers=False, client=None),
    "aws_alb:multi": Carries(query="pairs", valueless_query=False, client=None),
    # The client is in a header only; version 1 joins repeated headers.
    "aws_lattice": Carries(client=None),
    "aws_lattice:v1": Carries(repeated_headers=False, client=None),
    # Nothing tells the scheme unless a policy forwards it.
    "aws_edge": Carries(schemes=("https",), adds=""),
    "aws_edge:origin-request": Carries(schemes=("https",), adds=""),
    # Decoded queries as a map; repeated headers are joined; the stage shows on the default domain only.
    "tencent_apigw": Carries(query="decoded", repeated_headers=False, root_paths=("", "/release"), adds="x-api"),
    # Likewise; https only, no stage, and nothing says that a body is base64.
    "tencent_url": Carries(
        query="decoded", repeated_headers=False, schemes=("https",), binary_body=False, adds="x-scf"
    ),
    # Repeated headers are joined; method, URI and client are in headers.
    "tencent_clb": Carries(repeated_headers=False, adds="x-clb"),
    # One text for each name in both maps, with decoded queries.
    "aliyun": Carries(
        query="decoded",
        repeated_query=False,
        valueless_query=False,
        repeated_headers=False,
        http_versions=EVERY_VERSION,
    ),
    # Likewise; the client is in a header only.
    "aliyun_apigw": Carries(
        query="decoded", repeated_query=False, valueless_query=False, repeated_headers=False, client=None
    ),
    # Decoded queries as a map; the client is in a header only.
    "tencent_cloudbase": Carries(query="decoded", client=None),
    # Likewise, in which `?a` is `a=`; repeated headers are joined; the client is in x-real-ip.
    "huawei": Carries(query="decoded", valueless_query=False, repeated_headers=False, adds="x-real-ip"),
    # One text for each name in both maps.
    "baidu": Carries(query="decoded", repeated_query=False, valueless_query=False, repeated_headers=False),
    # Likewise; nothing says that a body is base64.
    "volcengine": Carries(
        query="decoded",
        repeated_query=False,
        valueless_query=False,
        repeated_headers=False,
        binary_body=False,
        adds="x-real-ip",
    ),
    # Payload 0.1 has the URL, 1.0 decoded queries as a map.
    "yandex": Carries(adds="x-envoy"),
    "yandex:gateway_1.0": Carries(query="decoded", valueless_query=False, adds="x-envoy"),
    # The path is decoded before; the last one of repeated headers and query keys is there; the client is
    # in a header only, and bodies are text.
    "scaleway": Carries(
        query="decoded",
        repeated_query=False,
        valueless_query=False,
        repeated_headers=False,
        raw_path=False,
        client=None,
        binary_body=False,
    ),
    # The last one of repeated headers is there; the client is in a header only; bodies whose type means
    # text are UTF-8. If not raw, the last one of repeated query keys, of JSON what it means.
    "openwhisk": Carries(repeated_headers=False, client=None, binary_body=False),
    "openwhisk:web": Carries(
        query="decoded",
        repeated_query=False,
        valueless_query=False,
        repeated_headers=False,
        client=None,
        binary_body=False,
        types=("text/html", "text/html; charset=utf-8", "image/png"),
    ),
    "ibm": Carries(repeated_headers=False, client=None, binary_body=False),
    # Likewise, with a flag for base64 where it is raw.
    "digitalocean": Carries(repeated_headers=False, client=None),
    "digitalocean:web": Carries(
        query="decoded",
        repeated_query=False,
        valueless_query=False,
        repeated_headers=False,
        client=None,
        binary_body=False,
        types=("text/html", "text/html; charset=utf-8", "image/png"),
    ),
    # The FDK keeps the last one of repeated headers; the client is in a header only. Oracle's gateway is
    # https, and tells path and query alone.
    "fn": Carries(repeated_headers=False, client=None, adds=""),
    "fn:oracle": Carries(repeated_headers=False, client=None, schemes=("https",), adds=""),
    # Repeated headers are joined; the names in an environ have no dashes.
    "wsgi": Carries(
        repeated_headers=False,
        underscores=False,
        root_paths=("", "/dev"),
        http_versions=EVERY_VERSION,
        adds="",
    ),
    # Likewise; the prefix is that of the default domain, and the scheme is in a header.
    "aliyun_wsgi": Carries(
        repeated_headers=False,
        underscores=False,
        root_paths=("", "/2016-08-15/proxy/shop/orders"),
        http_versions=EVERY_VERSION,
        adds="x-proto",
    ),
    # The last one of repeated headers; scheme and client are in headers.
    "vercel": Carries(
        repeated_headers=False,
        underscores=False,
        client=None,
        root_paths=("", "/_/shop"),
        http_versions=EVERY_VERSION,
        adds="x-proto",
    ),
    # The client and the scheme are in headers; gunicorn joins repeated ones.
    "gcp": Carries(
        repeated_headers=False,
        underscores=False,
        client=None,
        http_versions=EVERY_VERSION,
        adds="x-proto",
    ),
    "gcp_aio": Carries(client=None, http_versions=EVERY_VERSION, adds="x-proto"),
    "asgi": Carries(root_paths=("", "/dev"), http_versions=EVERY_VERSION, adds=""),
    # Repeated headers are joined; the client is in a header only. In streams it is the latter alone.
    "azure": Carries(repeated_headers=False, client=None),
    "azure_stream": Carries(client=None, http_versions=EVERY_VERSION, adds="x-proto"),
}

# What a format cannot carry of a Response, and why: joined headers; cookies in a list of their own;
# Tencent's gateway refuses a response without headers; and OpenWhisk and its descendants know text by
# its media type alone.
CARRIES_BACK = {
    "aws_rest": CarriesBack(),
    "aws_http": CarriesBack(repeated=False, cookies_last=True),
    "aws_url": CarriesBack(repeated=False, cookies_last=True),
    "aws_alb": CarriesBack(repeated=False),
    "aws_alb:multi": CarriesBack(),
    "aws_lattice": CarriesBack(repeated=False),
    "aws_edge": CarriesBack(),
    "tencent_apigw": CarriesBack(at_least=1),
    "tencent_url": CarriesBack(at_least=1),
    "tencent_clb": CarriesBack(at_least=1),
    "aliyun": CarriesBack(repeated=False),
    "aliyun_apigw": CarriesBack(repeated=False),
    "tencent_cloudbase": CarriesBack(repeated=False),
    "huawei": CarriesBack(repeated=False),
    "baidu": CarriesBack(repeated=False),
    "volcengine": CarriesBack(repeated=False),
    "yandex": CarriesBack(),
    "scaleway": CarriesBack(repeated=False),
    "openwhisk": CarriesBack(by_type=True),
    "ibm": CarriesBack(by_type=True),
    "digitalocean": CarriesBack(by_type=True),
    "fn": CarriesBack(),
    "fn:oracle": CarriesBack(),
    "wsgi": CarriesBack(),
    "aliyun_wsgi": CarriesBack(),
    "vercel": CarriesBack(),
    "gcp": CarriesBack(),
    "gcp_aio": CarriesBack(),
    "asgi": CarriesBack(),
    "azure_stream": CarriesBack(),
}

# Of bodies, a function URL of Tencent and an event function of veFaaS are known to carry text only.
BINARY_FORMATS = [spelling for spelling in FORMATS if CARRIES[spelling].binary_body]


# Those that have a flag for base64 in their results: the others go by media types, which their tests show.
FLAGGED = [
    spelling for spelling in JSON_FORMATS if not CARRIES_BACK.get(spelling.partition(":")[0], CarriesBack()).by_type
]


def load(spelling: str) -> tuple[Format, str | None]:
    name, variant = formats.parse_spelling(spelling)
    return formats.load(name), variant


def wire(value: Any) -> Any:
    """*value* after a journey as JSON; objects of a platform make none."""
    try:
        return json.loads(json.dumps(value))
    except TypeError:
        return value


def see_environ_of(spelling: str, event: Any, context: Any = None, **options: Any) -> dict[str, Any]:
    return see_environ(event, context, format_name=spelling.partition(":")[0], **options)


def see_scope_of(spelling: str, event: Any, context: Any = None, **options: Any) -> dict[str, Any]:
    return see_scope(event, context, format_name=spelling.partition(":")[0], **options)


def context_of(event: dict[str, Any]) -> dict[str, Any]:
    about = event.get("requestContext")
    return about if isinstance(about, dict) else {}


def claimants(event: Any) -> list[str]:
    """Every format that claims *event*."""
    if not isinstance(event, dict):
        name, _, _ = (
            recognize((event,), {}) if not isinstance(event, tuple) else recognize(event[:1], {"data": event[1]})
        )
        return [name]
    return [name for name, holds in TABLE if holds(event, context_of(event))]


# What these read is an ASGI scope; the request object around it, which says whose it is, comes in their call.
SCOPES = {"azure_stream": "asgi", "gcp_aio": "asgi"}


def sample_of(path: Path) -> Any:
    """The event that a sample describes."""
    return event_of(path.parent.name, read_sample(path))


def shuffled(value: Any, dice: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        dice.shuffle(keys)
        return {key: shuffled(value[key], dice) for key in keys}
    return [shuffled(item, dice) for item in value] if isinstance(value, list) else value


# --- the table and the modules


def test_every_format_has_one_row_one_module_and_samples() -> None:
    """A format is a module in formats/, a row of the table and a folder of samples, all of one name."""
    modules = {path.stem for path in Path(formats.__file__).parent.glob("[!_]*.py")}
    folders = {path.name for path in SAMPLES.iterdir() if path.is_dir()}

    assert sorted(modules) == sorted(NAMES)
    assert sorted(modules | {"others", "triggers", "websockets"}) == sorted(folders)
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_module_keeps_the_protocol(name: str) -> None:
    """Each module has the facts and functions of the Protocol, with its parameters."""
    module = formats.load(name)
    functions = {
        "read_event": ["event", "context"],
        "make_result": ["response", "event"],
        "max_result": ["event"],
        "make_event": ["request", "variant"],
        "read_result": ["result"],
    }

    assert module.TITLE
    assert module.DOCS.startswith("https://")
    assert all(isinstance(variant, str) and is_token(variant) for variant in module.VARIANTS)
    assert len(module.VARIANTS) != 1
    assert functions == {function: list(signature(getattr(module, function)).parameters) for function in functions}


@pytest.mark.parametrize("path", OURS, ids=sample_id)
def test_exactly_its_own_row_claims_a_sample(path: Path) -> None:
    """One row of the table holds for a sample, whatever the order of its keys."""
    event = sample_of(path)
    expected = [SCOPES.get(path.parent.name, path.parent.name)]
    dice = random.Random(path.stem)

    assert expected == claimants(event)
    assert [expected] * 5 == [claimants(shuffled(event, dice)) for _ in range(5)]


@pytest.mark.parametrize("path", OTHERS, ids=sample_id)
def test_no_row_claims_what_is_not_http(path: Path) -> None:
    """Triggers, authorizers, WebSockets and clouds without a format are refused, with their keys named."""
    event = read_sample(path)

    assert claimants(event) == []
    with pytest.raises(UnknownEvent, match=repr(sorted(event)[0])):
        recognize((event, None), {})


@pytest.mark.parametrize("spelling", FORMATS)
def test_what_a_format_makes_only_it_claims(spelling: str) -> None:
    """An event of make_event is recognized as its own format and no other."""
    name = spelling.partition(":")[0]
    event = make_event(spelling, "POST", "/a?b=c", body=b"text")

    assert [SCOPES.get(name, name)] == claimants(wire(event))


# --- reading events


@pytest.mark.parametrize("path", OURS, ids=sample_id)
def test_reading_never_changes_the_event(path: Path) -> None:
    """read_event and the whole line leave the event as it was: platforms and apps use it afterwards."""
    event = sample_of(path)
    module = formats.load(path.parent.name)
    before = copy.deepcopy(event) if path.parent.name in JSON_FORMATS else in_full(module.read_event(event, None))

    module.read_event(event, None)
    see_environ_of(path.parent.name, event, base_path="/api")

    assert before == (event if path.parent.name in JSON_FORMATS else in_full(module.read_event(event, None)))


@pytest.mark.parametrize("path", OURS, ids=sample_id)
def test_samples_make_valid_environs_and_scopes(path: Path) -> None:
    """Every sample becomes an environ and a scope without a fault, with the same request in both."""
    event = sample_of(path)

    environ, scope = see_environ_of(path.parent.name, event), see_scope_of(path.parent.name, event)

    assert scope["method"] == environ["REQUEST_METHOD"]
    assert scope["query_string"] == environ["QUERY_STRING"].encode("latin-1")
    assert scope["path"] == (environ["SCRIPT_NAME"] + environ["PATH_INFO"]).encode("latin-1").decode()
    assert scope["messages"] == [{"type": "http.request", "body": environ["body"], "more_body": False}]
    assert path.parent.name == environ["lambda_bridge.format"] == scope["lambda_bridge.format"]


@pytest.mark.parametrize("path", OURS, ids=sample_id)
def test_header_names_are_lower_case_tokens(path: Path) -> None:
    """Whatever spelling the gateway passes on, a Request's names are lower-case tokens."""
    request = formats.load(path.parent.name).read_event(sample_of(path), None)

    assert [name for name, _ in request.headers if name != name.lower() or not is_token(name)] == []


@SHARED
@given(made=requests(CARRIES.values()))
def test_event_carries_the_request(made: list[Request]) -> None:
    """read_event(make_event(r)) == r for every Request that the format can carry."""
    carried = dict(zip(CARRIES, map(in_full, made)))

    read = {}
    for spelling, request in zip(CARRIES, made):
        module, variant = load(spelling)
        read[spelling] = in_full(module.read_event(wire(module.make_event(request, variant)), None))

    assert carried == read


@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")  # wsgiref.validate knows those of RFC 2616
@SHARED
@given(made=requests([Carries(http_versions=EVERY_VERSION), Carries(binary_body=False, http_versions=EVERY_VERSION)]))
def test_event_carries_what_came_through_it_once(made: list[Request]) -> None:
    """Of any Request, what one journey leaves, the next one leaves unchanged."""
    binary, text = made
    once, twice = {}, {}
    for spelling in FORMATS:
        module, variant = load(spelling)
        request = binary if CARRIES[spelling].binary_body else text
        read = module.read_event(wire(module.make_event(request, variant)), None)
        once[spelling] = in_full(read)
        twice[spelling] = in_full(module.read_event(wire(module.make_event(read, variant)), None))
        assert call(validated(hello), make_environ(read)).status == 200
        check_scope(make_scope(read))

    assert once == twice


def in_full(request: Request) -> dict[str, Any]:
    names = [name.lstrip("_") for name in Request.__slots__]
    return {name: getattr(request, name) for name in names}


def hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


# --- making results


@SHARED
@given(made=responses(CARRIES_BACK.values()))
def test_result_carries_the_response(made: list[Response]) -> None:
    """read_result(make_result(s, e)) == s for every Response that the format can carry."""
    read = {}
    for spelling, response in zip(CARRIES_BACK, made):
        module, variant = load(spelling)
        result = module.make_result(response, module.make_event(Request("GET", "/"), variant))
        read[spelling] = module.read_result(wire(result))
        if spelling in JSON_FORMATS:
            assert result == wire(result)

    assert dict(zip(CARRIES_BACK, made)) == read


@SHARED
@given(made=responses([CarriesBack(), CarriesBack(by_type=True)]))
def test_result_carries_what_came_through_it_once(made: list[Response]) -> None:
    """Of any Response, what one journey leaves, the next one leaves unchanged; values are only joined."""
    flagged, typed = made
    once, twice = {}, {}
    for spelling in FORMATS:
        response = flagged if spelling in FLAGGED else typed
        once[spelling] = journey(spelling, response)
        twice[spelling] = journey(spelling, once[spelling])
        assert once[spelling].body == response.body
        assert cookies_of(spelling, once[spelling].headers) == cookies_of(spelling, response.headers)
        assert {name for name, _ in response.headers} <= {name for name, _ in once[spelling].headers}

    assert once == twice


def journey(spelling: str, response: Response) -> Response:
    """What the client gets of *response*."""
    module, variant = load(spelling)
    return module.read_result(wire(module.make_result(response, module.make_event(Request("GET", "/"), variant))))


def cookies_of(spelling: str, headers: Iterable[tuple[str, str]]) -> list[str]:
    """The cookies as they are; from Azure's host, which writes them anew, names and values in any order."""
    cookies = [value for name, value in headers if name == "set-cookie"]
    return sorted(unquote(cookie.partition(";")[0]) for cookie in cookies) if spelling == "azure" else cookies


@pytest.mark.parametrize("spelling", JSON_FORMATS)
@pytest.mark.parametrize("status", ["OK", "", 99, 600, True, None, 200.5, -200])
def test_status_that_is_none_is_refused(spelling: str, status: Any) -> None:
    """A status that is no whole number from 100 to 599 never reaches a client of a real gateway."""
    module, variant = load(spelling)
    result = module.make_result(Response(200, [("a", "b")]), module.make_event(Request("GET", "/"), variant))
    key = "status" if "status" in result else "statusCode"

    with pytest.raises(RefusedResult):
        module.read_result({**result, key: status})


@pytest.mark.parametrize("spelling", FLAGGED)
def test_broken_base64_is_refused(spelling: str) -> None:
    """A body that is flagged as base64 and does not decode is an error of the gateway."""
    module, variant = load(spelling)
    event = module.make_event(Request("GET", "/"), variant)
    result = module.make_result(Response(200, [("content-type", "image/png")], b"\xff\xfe"), event)

    with pytest.raises(RefusedResult, match="base64"):
        module.read_result({**result, "body": "not base64!"})


@pytest.mark.parametrize("spelling", JSON_FORMATS)
def test_limit_is_a_number_of_bytes(spelling: str) -> None:
    """Every format says how large its result may be."""
    module, variant = load(spelling)

    limit = module.max_result(module.make_event(Request("GET", "/"), variant))

    assert limit is not None
    assert 40 * 1024 <= limit <= 32 * 1024 * 1024


# --- what the app sees, under every format


@pytest.mark.parametrize("spelling", BINARY_FORMATS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_binary_body_arrives_for_every_method(spelling: str, method: str) -> None:
    """All 256 bytes arrive as they were sent, whatever the method."""
    environ = see_environ_of(spelling, wire(make_event(spelling, method, "/", body=EVERY_BYTE)))

    assert environ["body"] == EVERY_BYTE
    assert environ["CONTENT_LENGTH"] == "256"


@pytest.mark.parametrize("spelling", BINARY_FORMATS)
def test_upload_arrives(spelling: str) -> None:
    """A framework reads an uploaded file as the client sent it."""
    app = flask.Flask("app")

    @app.post("/")
    def keep() -> bytes:
        uploaded: bytes = flask.request.files["file"].read()
        return uploaded

    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + EVERY_BYTE + b"\r\n--b--\r\n"

    response = Client(app, spelling).post("/", headers={"Content-Type": "multipart/form-data; boundary=b"}, body=part)

    assert response.body == EVERY_BYTE


def test_binary_body_is_refused_where_only_text_is_carried() -> None:
    """A function URL of Tencent has no flag for base64: the client of a test gets 415, not garbage."""
    with pytest.raises(MalformedEvent) as caught:
        make_event("tencent_url", "POST", "/", body=EVERY_BYTE)

    assert caught.value.status == 415


@pytest.mark.parametrize("spelling", FORMATS)
def test_content_length_is_that_of_the_decoded_body(spelling: str) -> None:
    """Two characters are three bytes: the length is corrected, in environ and headers, and there once."""
    event = wire(make_event(spelling, "POST", "/", body="hé".encode(), headers={"content-length": "2"}))

    environ, scope = see_environ_of(spelling, event), see_scope_of(spelling, event)

    assert environ["CONTENT_LENGTH"] == "3"
    assert [value for name, value in scope["headers"] if name == b"content-length"] == [b"3"]


@pytest.mark.parametrize("spelling", FORMATS)
def test_no_body(spelling: str) -> None:
    """Without a body, CONTENT_LENGTH is 0 and ASGI gets one empty message."""
    event = wire(make_event(spelling, "GET", "/"))

    environ, scope = see_environ_of(spelling, event), see_scope_of(spelling, event)

    assert environ["CONTENT_LENGTH"] == "0"
    assert environ["body"] == b""
    assert scope["messages"] == [{"type": "http.request", "body": b"", "more_body": False}]


@pytest.mark.parametrize("spelling", FORMATS)
def test_headers_that_no_app_may_see(spelling: str) -> None:
    """A client cannot set HTTP_PROXY, nor what a platform says or hides; the body is never chunked."""
    forbidden = {
        "Proxy": "http://evil.example",
        "Transfer-Encoding": "chunked",
        "x-amzn-request-context": "{}",
        "x-amzn-lambda-context": "{}",
        "X-Scf-Secret-Id": "a",
        "X-Scf-Secret-Key": "b",
        "X-Scf-Session-Token": "c",
        "X-Fc-Access-Key-Id": "n",
        "X-Fc-Access-Key-Secret": "o",
        "X-Fc-Security-Token": "p",
        "X-CFF-Auth-Token": "d",
        "X-CFF-Security-Access-Key": "e",
        "X-CFF-Security-Secret-Key": "f",
        "X-CFF-Security-Token": "g",
        "X-Faas-Access-Key-Id": "h",
        "X-Faas-Secret-Access-Key": "i",
        "X-Faas-Session-Token": "j",
        "X-Cfc-AccessKeyID": "k",
        "X-Cfc-AccessKeySecret": "l",
        "X-Cfc-SecurityToken": "m",
        "X-Vercel-Oidc-Token": "q",
        "X-Vercel-Sc-Headers": "r",
    }
    event = wire(make_event(spelling, "POST", "/", headers={**forbidden, "X-Kept": "yes"}, body=b"a"))

    environ, scope = see_environ_of(spelling, event), see_scope_of(spelling, event)

    assert {"HTTP_" + name.upper().replace("-", "_") for name in forbidden}.isdisjoint(environ)
    assert {name.lower().encode() for name in forbidden}.isdisjoint(name for name, _ in scope["headers"])
    assert environ["HTTP_X_KEPT"] == "yes"


@pytest.mark.parametrize("spelling", FORMATS)
def test_content_headers_have_one_key(spelling: str) -> None:
    """CONTENT_TYPE and CONTENT_LENGTH stand without HTTP_, and only so."""
    event = wire(make_event(spelling, "POST", "/", headers={"Content-Type": "text/plain"}, body=b"a"))

    environ = see_environ_of(spelling, event)

    assert environ["CONTENT_TYPE"] == "text/plain"
    assert {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"}.isdisjoint(environ)


@pytest.mark.parametrize("spelling", FORMATS)
def test_cookies_are_one_header(spelling: str) -> None:
    """The app sees every cookie in one header, once; without cookies it sees none."""
    event = wire(make_event(spelling, "GET", "/", headers=[("cookie", "a=1; b=2")]))

    scope = see_scope_of(spelling, event)

    assert see_environ_of(spelling, event)["HTTP_COOKIE"] == "a=1; b=2"
    assert [value for name, value in scope["headers"] if name == b"cookie"] == [b"a=1; b=2"]
    assert "HTTP_COOKIE" not in see_environ_of(spelling, wire(make_event(spelling, "GET", "/")))


@pytest.mark.parametrize("spelling", FORMATS)
@pytest.mark.parametrize(
    ("host", "name", "port"),
    [
        ("example.com:8443", "example.com", 8443),
        ("[2001:db8::1]:8443", "2001:db8::1", 8443),
        ("192.0.2.7:8443", "192.0.2.7", 8443),
    ],
)
def test_server_is_what_the_client_asked_for(spelling: str, host: str, name: str, port: int) -> None:
    """Host and port come from the Host header, which stays as it was; brackets of IPv6 only in WSGI."""
    event = wire(make_event(spelling, "GET", f"https://{host}/"))

    environ, scope = see_environ_of(spelling, event), see_scope_of(spelling, event)

    assert scope["server"] == (name, port)
    assert environ["SERVER_NAME"] == (f"[{name}]" if ":" in name else name)
    assert environ["SERVER_PORT"] == str(port)
    assert environ["HTTP_HOST"] == host


@pytest.mark.parametrize("spelling", FORMATS)
def test_https_without_a_port_is_443(spelling: str) -> None:
    """A URL without a port is on the scheme's own."""
    environ = see_environ_of(spelling, wire(make_event(spelling, "GET", "https://example.com/")))

    assert (environ["wsgi.url_scheme"], environ["SERVER_PORT"]) == ("https", "443")


@pytest.mark.parametrize("spelling", FORMATS)
@pytest.mark.parametrize(
    "host", ["", "[", "[]", "[]:80", "]:80", ":8080", "a:b", "a:", "a:99999", "a:٣", "\x00", "é.example"]
)
def test_odd_hosts_make_valid_servers(spelling: str, host: str) -> None:
    """Clients write what they like into Host: SERVER_NAME is never empty and SERVER_PORT always a port."""
    event = wire(make_event(spelling, "GET", "/", headers={"host": host}))

    assert see_environ_of(spelling, event)["SERVER_NAME"]
    assert see_scope_of(spelling, event)["server"][0]


@pytest.mark.parametrize("spelling", FORMATS)
def test_path_is_decoded_once(spelling: str) -> None:
    """What a client has encoded twice is still encoded once in the app's path."""
    event = wire(make_event(spelling, "GET", "/a%2520b/caf%C3%A9/%E6%97%A5%E6%9C%AC"))

    environ, scope = see_environ_of(spelling, event), see_scope_of(spelling, event)

    assert environ["PATH_INFO"].encode("latin-1") == "/a%20b/café/日本".encode()
    assert scope["path"] == "/a%20b/café/日本"
    assert scope["raw_path"] == b"/a%2520b/caf%C3%A9/%E6%97%A5%E6%9C%AC"


@pytest.mark.parametrize("spelling", [spelling for spelling in FORMATS if CARRIES[spelling].raw_path])
def test_raw_path_keeps_an_encoded_slash(spelling: str) -> None:
    """raw_path is as the client sent it, so that an encoded slash can be told from a plain one."""
    scope = see_scope_of(spelling, wire(make_event(spelling, "GET", "/a%2Fb/c?x=1")))

    assert (scope["path"], scope["raw_path"]) == ("/a/b/c", b"/a%2Fb/c")


@pytest.mark.parametrize("spelling", FORMATS)
@pytest.mark.parametrize("path", ["/", "/a+b", "/a//b", "/a/", "/a;b=c", "/a@b:c", "/%3F%23", "/100%25"])
def test_paths_arrive(spelling: str, path: str) -> None:
    """Plus signs, double and trailing slashes and encoded delimiters are the app's, not ours."""
    decoded = path.replace("%3F", "?").replace("%23", "#").replace("%25", "%")

    assert see_environ_of(spelling, wire(make_event(spelling, "GET", path)))["PATH_INFO"] == decoded


@pytest.mark.parametrize("spelling", FORMATS)
def test_query_means_the_same(spelling: str) -> None:
    """Names and values parse to what the client meant, also where the gateway has decoded them."""
    query = "q=a%2Bb+c%26d%3De&empty=&k%5B%5D=1&%E5%90%8D=%E4%BD%A0"

    environ = see_environ_of(spelling, wire(make_event(spelling, "GET", "/?" + query)))

    expected = [("q", "a+b c&d=e"), ("empty", ""), ("k[]", "1"), ("名", "你")]
    assert expected == parse_qsl(environ["QUERY_STRING"], keep_blank_values=True)


@pytest.mark.parametrize("spelling", [spelling for spelling in FORMATS if CARRIES[spelling].repeated_query])
def test_repeated_query_names_arrive_in_order(spelling: str) -> None:
    """Every value of a name arrives, in order, where the platform has not dropped or joined them."""
    environ = see_environ_of(spelling, wire(make_event(spelling, "GET", "/?a=2&a=1&a=2")))

    assert parse_qsl(environ["QUERY_STRING"]) == [("a", "2"), ("a", "1"), ("a", "2")]


@pytest.mark.parametrize("spelling", FORMATS)
def test_query_name_without_value_is_kept(spelling: str) -> None:
    """`?flag` may become `flag=`, but is never lost."""
    environ = see_environ_of(spelling, wire(make_event(spelling, "GET", "/?flag")))

    assert environ["QUERY_STRING"] in {"flag", "flag="}


@pytest.mark.parametrize("spelling", FORMATS)
def test_no_query_is_an_empty_string(spelling: str) -> None:
    """Without a query the app sees an empty one."""
    event = wire(make_event(spelling, "GET", "/a"))

    assert see_environ_of(spelling, event)["QUERY_STRING"] == ""
    assert see_scope_of(spelling, event)["query_string"] == b""


@pytest.mark.parametrize("spelling", FORMATS)
@pytest.mark.parametrize("method", ["PROPFIND", "QUERY", "OPTIONS", "HEAD"])
def test_methods_pass(spelling: str, method: str) -> None:
    """A method is passed on as it is, known or not."""
    assert see_scope_of(spelling, wire(make_event(spelling, method, "/")))["method"] == method


@pytest.mark.parametrize("spelling", FORMATS)
def test_values_beyond_ascii_are_utf_8(spelling: str) -> None:
    """A header's text becomes the bytes that the client sent."""
    event = wire(make_event(spelling, "GET", "/", headers={"x-name": "Grüße 日本"}))

    assert dict(see_scope_of(spelling, event)["headers"])[b"x-name"] == "Grüße 日本".encode()
    assert see_environ_of(spelling, event)["HTTP_X_NAME"].encode("latin-1") == "Grüße 日本".encode()


@pytest.mark.parametrize("spelling", sorted(set(JSON_FORMATS) & set(WITH_CONTEXT)))
def test_each_call_sees_its_own_event_and_context(spelling: str) -> None:
    """Event, context and format are in environ and scope."""
    event, context = wire(make_event(spelling, "GET", "/")), {"request_id": "7"}

    for seen in (see_environ_of(spelling, event, context), see_scope_of(spelling, event, context)):
        assert seen["lambda_bridge.event"] == event
        assert seen["lambda_bridge.context"] is context
        assert seen["lambda_bridge.format"] == spelling.partition(":")[0]


@pytest.mark.parametrize("spelling", FORMATS)
def test_no_address_is_invented(spelling: str) -> None:
    """Where neither the platform nor a header tells the client's address, it is empty."""
    event = wire(formats.load(spelling.partition(":")[0]).make_event(Request("GET", "/"), load(spelling)[1]))
    expected = "127.0.0.1" if spelling.startswith("aws_edge") else ""

    assert see_environ_of(spelling, event)["REMOTE_ADDR"] == expected


# --- what the client gets, under every format


def respond(
    status: int = 200, headers: Iterable[tuple[str, str]] = (), body: bytes = b""
) -> Callable[..., Iterable[bytes]]:
    """A WSGI app with one answer to everything."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(f"{status} Reason", list(headers))
        return [body]

    return app


@pytest.mark.parametrize("spelling", FORMATS)
def test_cookies_stay_apart(spelling: str) -> None:
    """Several cookies stay several, also where a date has a comma; no format joins them."""
    cookies = ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/", "b=2; Partitioned; SameSite=None", "c=a=b=="]
    app = respond(headers=[("Content-Type", "text/plain"), *(("Set-Cookie", cookie) for cookie in cookies)])

    response = Client(validated(app), spelling).get("/")

    expected = cookies_of(spelling, [("set-cookie", cookie) for cookie in cookies])
    assert expected == cookies_of(spelling, response.headers)


@pytest.mark.parametrize("spelling", FORMATS)
def test_repeated_headers_are_kept_or_joined(spelling: str) -> None:
    """Two Vary or Link headers reach the client as two, or as one with both values."""
    app = respond(headers=[("Content-Type", "text/plain"), ("Vary", "a"), ("Link", "<x>"), ("Vary", "b")])

    response = Client(validated(app), spelling).get("/")

    assert ",".join(value for name, value in response.headers if name == "vary").replace(" ", "") == "a,b"
    assert response.header("link") == "<x>"


@pytest.mark.parametrize("spelling", JSON_FORMATS)
def test_status_has_the_type_of_the_format(spelling: str) -> None:
    """The status is a whole number everywhere but on Lambda@Edge, where it is text."""
    result = Client(respond(404), spelling).get("/").result

    if spelling.startswith("aws_edge"):
        assert result["status"] == "404"
    else:
        assert result["statusCode"] == 404


@pytest.mark.parametrize("spelling", FORMATS)
@pytest.mark.parametrize("status", [204, 304])
def test_status_without_content(spelling: str, status: int) -> None:
    """204 and 304 have no body, no length of one, and get no content-type."""
    response = Client(respond(status, [("Content-Length", "4")], b"text"), spelling).get("/")

    assert (status, b"") == (response.status, response.body)
    assert response.header("content-length") is None
    assert response.header("content-type") is None


@pytest.mark.parametrize("spelling", FORMATS)
def test_redirect_stays_as_it_is(spelling: str) -> None:
    """A redirect keeps its Location as the app gave it, and gets no content-type."""
    response = Client(respond(302, [("Location", "/next?a=b")]), spelling).get("/")

    assert (
        response.status,
        response.header("location"),
        response.header("content-type"),
    ) == (302, "/next?a=b", None)


@pytest.mark.parametrize("spelling", FORMATS)
def test_head_has_the_length_and_no_body(spelling: str) -> None:
    """HEAD gets no body and the length of GET's; CloudFront lets nobody set a length."""
    response = Client(respond(200, [("Content-Length", "4")], b"text"), spelling).head("/")

    expected = None if spelling.startswith("aws_edge") else "4"
    assert (b"", expected) == (response.body, response.header("content-length"))


@pytest.mark.parametrize("spelling", FORMATS)
def test_length_is_that_of_the_bytes(spelling: str) -> None:
    """A content-length is that of the bytes that the client gets, whatever the app said."""
    response = Client(respond(200, [("Content-Length", "1")], EVERY_BYTE), spelling).get("/")

    assert response.body == EVERY_BYTE
    assert response.header("content-length") in {"256", None}


@pytest.mark.parametrize("spelling", FORMATS)
def test_headers_of_one_connection_are_dropped(spelling: str) -> None:
    """Headers about a connection that is not the client's own never leave the function."""
    names = ["Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "TE", "Trailer", "Proxy-Authenticate"]

    response = Client(respond(200, [(name, "x") for name in names] + [("X-Kept", "y")], b"text"), spelling).get("/")

    assert {name.lower() for name in names}.isdisjoint(name for name, _ in response.headers)
    assert (response.body, response.header("x-kept")) == (b"text", "y")


@pytest.mark.parametrize("spelling", FORMATS)
@pytest.mark.parametrize("value", ["a\r\nset-cookie: b=c", "a\nb", "a\rb", "a\0b"])
def test_line_break_in_a_header_is_never_sent(spelling: str, value: str) -> None:
    """A value with a line break could forge headers: the client gets a bare 500."""
    response = Client(respond(200, [("X-Name", value)], b"text"), spelling).get("/")

    assert (response.status, response.body) == (500, b"Internal Server Error")
    assert response.header("x-name") is None


@pytest.mark.parametrize("spelling", FLAGGED)
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([("Content-Type", "text/html"), ("Content-Encoding", "gzip")], b"\x1f\x8btext"),
        ([("Content-Type", "text/html"), ("Content-Encoding", "gzip")], b"plain after all"),
        ([("Content-Type", "text/html; charset=iso-8859-1")], b"caf\xe9"),
        ([("Content-Type", "text/plain; charset=utf-16")], "é".encode("utf-16")),
        ([("Content-Type", "text/plain; charset=gbk")], "你好".encode("gbk")),
        ([("Content-Type", "text/plain")], b"\xff\xfe"),
        ([("Content-Type", "application/zip")], b"PK\x03\x04" + EVERY_BYTE),
        ([("Content-Type", "font/woff2")], b"wOF2" + EVERY_BYTE),
        ([("Content-Type", "image/png")], b"\x89PNG" + EVERY_BYTE),
        ([], EVERY_BYTE),
    ],
)
def test_bytes_that_are_no_text_travel_as_base64(spelling: str, headers: list[tuple[str, str]], body: bytes) -> None:
    """What text could lose or change travels as base64, headers kept, with default settings."""
    response = Client(respond(200, headers, body), spelling).get("/")

    assert is_base64(response.result)
    assert response.body == body
    assert [response.header(name.lower()) for name, _ in headers] == [value for _, value in headers]


@pytest.mark.parametrize("spelling", FLAGGED)
@pytest.mark.parametrize("content_type", ["TEXT/HTML", "image/svg+xml", "application/problem+json", None])
def test_utf_8_travels_as_text(spelling: str, content_type: str | None) -> None:
    """What decodes as UTF-8, and does not say otherwise, travels as text."""
    headers = [("Content-Type", content_type)] if content_type else []

    response = Client(respond(200, headers, "Grüße".encode()), spelling).get("/")

    assert not is_base64(response.result)
    assert "Grüße" == response.result["body"] == response.text


@pytest.mark.parametrize("spelling", sorted(set(FLAGGED) & set(BINARY_FORMATS)))
def test_base64_request_gets_a_text_response(spelling: str) -> None:
    """How the request's body came says nothing about the response's."""
    response = Client(respond(200, [], b"text"), spelling).post("/", body=EVERY_BYTE)

    assert not is_base64(response.result)


def is_base64(result: dict[str, Any]) -> bool:
    return bool(result["bodyEncoding"] == "base64" if "bodyEncoding" in result else result["isBase64Encoded"])


@pytest.mark.parametrize("spelling", JSON_FORMATS)
@pytest.mark.parametrize("status", [200, 500])
def test_empty_body_is_empty_text(spelling: str, status: int) -> None:
    """An empty body is an empty string without a flag, or no body at all."""
    result = Client(respond(status, [("Content-Type", "image/png")]), spelling).get("/").result

    assert result.get("body", "") == ""
    assert not result.get("isBase64Encoded")
    assert "bodyEncoding" not in result


@pytest.mark.parametrize("spelling", FORMATS)
def test_error_of_the_app_tells_the_client_nothing(spelling: str, caplog: pytest.LogCaptureFixture) -> None:
    """An exception becomes a bare 500 in the form that the platform wants; the log has the rest."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        raise RuntimeError("the secret")

    response = Client(app, spelling).get("/")

    assert (response.status, response.body) == (500, b"Internal Server Error")
    assert "the secret" not in str(response.result)
    assert "the secret" in caplog.text


@pytest.mark.parametrize("spelling", FORMATS)
def test_same_through_asgi(spelling: str, handler_for: Callable[..., Handler]) -> None:
    """An ASGI app gets its answer to the client like a WSGI app does."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        message = await receive()
        headers = [(b"content-type", b"text/plain"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": message["body"], "more_body": True})
        await send({"type": "http.response.body", "body": b"!"})

    response = Client(handler_for(checked(app), lifespan="off"), spelling).post("/", body=b"hello")

    assert (response.status, response.text) == (201, "hello!")
    assert cookies_of(spelling, response.headers) == ["a=1", "b=2"]


# --- bad input


@PROPERTY
@given(event=mutations([read_sample(path) for path in OURS_IN_JSON]))
def test_broken_events_give_a_result_or_an_error_of_ours(event: Any) -> None:
    """Whatever is wrong in an event, the platform gets a result or a BridgeError, and JSON."""
    line = make_handler(hello, compress=True, events="/events", base_path="/api", exclude_headers=["x-gone"])

    try:
        result = line(event, None)
    except BridgeError:
        return

    assert json.dumps(result)


@pytest.mark.parametrize("path", OURS_IN_JSON, ids=sample_id)
@pytest.mark.parametrize("odd", ["", "\ud800", "a\r\nb: c", "%", "é", ":", "?", "[]:80"], ids=ascii)
def test_one_odd_text(path: Path, odd: str) -> None:
    """With any one text of a client odd, the app gets a valid environ and scope, or the client an error."""
    sample = read_sample(path)

    for place in places(sample):
        if not isinstance(value_at(sample, place), str) or place[-1] in WRITTEN_BY_PLATFORMS:
            continue
        event = replaced(sample, place, odd)
        try:
            name, _, _ = recognize((event, None), {})
            request = formats.load(name).read_event(event, None)
        except (BridgeError, ValueError):
            assert answered_by_us(event)
        else:
            check_environ(make_environ(request))
            check_scope(make_scope(request))


# Nothing of what a client sends can change the form of these.
WRITTEN_BY_PLATFORMS = {
    "__ce_method",
    "__ow_method",
    "clientIp",
    "domainName",
    "httpMethod",
    "method",
    "protocol",
    "sourceIp",
    "stage",
}


def value_at(value: Any, place: Iterable[Any]) -> Any:
    for key in place:
        value = value[key]
    return value


@pytest.mark.parametrize("path", OURS_IN_JSON, ids=sample_id)
@pytest.mark.parametrize("odd", [None, 7, True, [], {}, [None], {"a": None}, DROPPED], ids=str)
def test_one_value_of_another_type(path: Path, odd: Any) -> None:
    """With any one value of another type or gone, there is a result or an error of ours."""
    sample = read_sample(path)
    line = make_handler(hello)

    for place in places(sample):
        try:
            result = line(replaced(sample, place, odd), None)
        except BridgeError:
            continue
        assert json.dumps(result)


def answered_by_us(event: Any) -> bool:
    try:
        result = make_handler(hello)(event, None)
    except BridgeError:
        return True
    status: object = result.get("statusCode", result.get("status"))
    return status in {400, "400", 413, "413"}


@PROPERTY
@given(event=mutations([read_sample(path) for path in OTHERS]))
def test_broken_triggers_are_never_taken_for_http(event: Any) -> None:
    """No change of values makes an event of another kind raise anything but our errors."""
    line = make_handler(hello)

    try:
        line(event, None)
    except BridgeError:
        return


# --- events that others have recorded


def _recorded() -> list[Path]:
    """Recorded events of any source, from the folder that LAMBDA_BRIDGE_SAMPLES names, if it names one."""
    folder = os.environ.get("LAMBDA_BRIDGE_SAMPLES")
    return sorted(Path(folder).glob("*/*.json")) if folder else []


RECORDED_KINDS = {
    "alb-multi": "aws_alb",
    "alb-single": "aws_alb",
    "apigw-http-1.0": "aws_rest",
    "apigw-http-2.0": "aws_http",
    "apigw-rest": "aws_rest",
    "edge-origin-request": "aws_edge",
    "edge-untyped-request": "aws_edge",
    "edge-viewer-request": "aws_edge",
    "function-url": "aws_url",
    "lattice-v1": "aws_lattice",
    "lattice-v2": "aws_lattice",
}

# How the names of those without a kind begin.
RECORDED_PREFIXES = {
    "digitalocean_": "digitalocean",
    "ibm_codeengine_": "ibm",
    "scaleway_local_event": "scaleway",
    "scaleway_real_event": "scaleway",
    "yandex_apigw_": "yandex",
    "yandex_http_": "yandex",
    "aliyun_apigw_": "aliyun_apigw",
    "aliyun_fc3_": "aliyun",
    "baidu_http_": "baidu",
    "huawei_apig_": "huawei",
    "tencent_apigw_": "tencent_apigw",
    "tencent_clb": "tencent_clb",
    "tencent_cloudbase_": "tencent_cloudbase",
    "tencent_function_url_": "tencent_url",
    "volcengine_apig_": "volcengine",
}


def recorded_format(path: Path) -> str | None:
    """The format of a recorded event; None where it is of none, or a response."""
    if path.stem.endswith("_response"):
        return None
    begins = [name for prefix, name in RECORDED_PREFIXES.items() if path.name.startswith(prefix)]
    return begins[0] if begins else RECORDED_KINDS.get(path.name.partition("--")[0])


# Published fixtures that flag a text as base64, and one whose body CloudFront has cut.
UNREADABLE = {
    "apigw-http-1.0--ptpy-apiGatewayProxyEventAnotherPath",
    "apigw-http-1.0--ptpy-apiGatewayProxyEventPathTrailingSlash",
    "apigw-rest--ptpy-apiGatewayProxyEvent_noVersionAuth",
    "edge-origin-request--adapted-body-truncated",
}


@pytest.mark.parametrize("path", _recorded(), ids=lambda path: path.stem)
def test_recorded_events(path: Path) -> None:
    """Events that real clouds and other projects have published are recognized, and read where they can be."""
    event = read_sample(path)
    format_name = recorded_format(path)

    if format_name is None:
        with pytest.raises(UnknownEvent):
            recognize((event, None), {})
        return
    assert [format_name] == claimants(event)
    if path.stem in UNREADABLE:
        with pytest.raises(MalformedEvent):
            formats.load(format_name).read_event(event, None)
        return
    before = copy.deepcopy(event)
    assert see_environ(event)["PATH_INFO"]
    assert see_scope(event)["path"]
    assert before == event
