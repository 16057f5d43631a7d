"""Both halves of a format are each other's inverse, for what it can carry."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from lambda_bridge import formats
from lambda_bridge.apps._exchange import make_scope
from lambda_bridge.apps.wsgi import call, make_environ
from lambda_bridge.errors import RefusedResult
from lambda_bridge.headers import is_token
from lambda_bridge.messages import Request, Response
from lambda_bridge.testing import FORMATS
from tests.builders import JSON_FORMATS, sample_id
from tests.checkers import check_scope, validated
from tests.contract.carries import CARRIES, CARRIES_BACK, FLAGGED
from tests.contract.shared import (
    EVERY_VERSION,
    OURS,
    cookies_of,
    hello,
    load,
    sample_of,
    see_environ_of,
    see_scope_of,
    wire,
)
from tests.strategies import (
    SHARED,
    Carries,
    CarriesBack,
    requests,
    responses,
)


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
