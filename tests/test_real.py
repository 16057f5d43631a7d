"""What `make real` judges with, tested without any runtime: the battery, the table of losses, and events."""

from __future__ import annotations

import json
import queue
import socket
import sys
import threading
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.serving import make_server

from lambda_bridge import make_handler
from lambda_bridge.gateway.server import Gateway
from lambda_bridge.gateway.wire import RequestHandler
from tests.real import battery, drivers, events, losses, sockets, story
from tests.real.__main__ import forms
from tests.real.apps import asgi_app, flask_app, said
from tests.real.attempt import run_battery, run_sockets, try_case
from tests.real.battery import CASES, Want
from tests.real.doors import Answer, EventDoor, HttpDoor, Question
from tests.real.drivers import ASGI, EXAMPLE, Platform, platforms, triggers
from tests.real.events import ANY, FAILED, EventCase, Seen, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

GET = next(case for case in CASES if case.name == "text down")


class Saying:
    """A door behind which the answer is always *body*."""

    mount = ""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def ask(self, question: Question, on_part: Callable[[], None]) -> Answer:
        return Answer(200, [("Content-Type", "text/plain; charset=utf-8")], self.body)


def lose(monkeypatch: pytest.MonkeyPatch, instead: Want) -> None:
    monkeypatch.setattr(losses, "LOSSES", (losses.Loss("some", GET.name, "a reason", instead),))


def platform(name: str) -> Platform:
    return Platform(name, "none", "aws_lattice", lambda stage: pytest.fail("is not started"), at_once=1)


@pytest.mark.parametrize("module", [flask_app, asgi_app])
def test_the_battery_holds_for_a_format_that_loses_nothing(module: Any) -> None:
    """But for what is true of every result that comes at once."""
    handler = make_handler(module.app, events="/events")
    door = EventDoor("aws_lattice", lambda event: handler(event, None))

    outcomes = list(run_battery(platform("aws-lattice"), "asgi_app", door, None))

    assert [(each.case, each.problems) for each in outcomes if each.problems] == []
    assert [each.case for each in outcomes if each.loss] == ["stream"]


def test_an_answer_that_differs_is_told() -> None:
    """The sentence has both what was expected and what came."""
    (problem,) = battery.problems(Saying(b"other").ask(GET.question, lambda: None), GET.want, "")

    assert "'other'" in problem
    assert "text in UTF-8" in problem


def test_a_loss_that_shows_what_its_row_says_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is counted as lost."""
    lose(monkeypatch, Want(body=b"a rest"))

    outcome, _ = try_case(platform("some"), "flask_app", Saying(b"a rest"), GET)

    assert outcome.problems == []
    assert outcome.loss is not None


def test_a_loss_that_no_longer_happens_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """So no row outlives its reason."""
    lose(monkeypatch, Want(body=b"a rest"))
    assert GET.want.body is not None

    outcome, _ = try_case(platform("some"), "flask_app", Saying(GET.want.body), GET)

    assert outcome.problems == ["nothing is lost any more: remove the row of losses.py that says 'a reason'"]


def test_a_loss_that_shows_something_else_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is no licence to lose more than it says."""
    lose(monkeypatch, Want(body=b"a rest"))

    outcome, _ = try_case(platform("some"), "flask_app", Saying(b"nothing"), GET)

    assert len(outcome.problems) == 1


def test_every_loss_is_of_a_platform_and_a_case() -> None:
    """A row that is never looked at would look true for ever."""
    names = [each.name for each in platforms()]
    cases = [case.name for case in CASES]

    unused = [
        loss
        for loss in losses.LOSSES
        if loss.case not in cases or not any(losses.find(name, loss.case, loss.apps[0]) is loss for name in names)
    ]

    assert unused == []


def test_no_case_has_the_name_of_another() -> None:
    """Losses find them by it."""
    names = [case.name for case in CASES]

    assert sorted(set(names)) == sorted(names)


# --- the example's story


class Teller:
    """A door to an app that tells the story as `apps.guestbook_app` does.

    With *at_once*, parts are kept back until the last; with *deaf*, the app goes on when the client has gone.
    """

    mount = ""

    def __init__(self, folder: Path, *, at_once: bool = False, deaf: bool = False) -> None:
        self.folder = folder
        self.at_once = at_once
        self.deaf = deaf

    def ask(self, question: Question, on_part: Callable[[], None]) -> Answer:
        address = ("127.0.0.1", int((self.folder / said.GATE.name).read_text()))
        parts: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        has_gone = threading.Event()

        def tell() -> None:
            with socket.create_connection(address) as gate:
                for number, word in enumerate(story.WORDS):
                    if number:
                        with suppress(OSError):
                            gate.sendall(b"?")
                            gate.recv(1)
                    if has_gone.is_set():
                        return
                    parts.put(f"data: {json.dumps(word, ensure_ascii=False)}\n\n".encode())
            parts.put(b"event: end\ndata: {}\n\n")
            parts.put(b"")

        threading.Thread(target=tell).start()
        body = []
        try:
            for part in iter(parts.get, b""):
                body.append(part)
                if not self.at_once:
                    on_part()
        except Exception:
            if not self.deaf:
                has_gone.set()
            raise
        if self.at_once:
            on_part()
        return Answer(200, [("Content-Type", "text/event-stream; charset=utf-8")], b"".join(body))


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "PATIENCE", 0.05)
    monkeypatch.setattr(story, "NOTICE", 0.001)


def test_a_story_as_it_should_be(tmp_path: Path) -> None:
    """Each word waits for the one before to arrive, and the client that leaves is heard."""
    door = Teller(tmp_path)

    assert story.CASES["story"](door, tmp_path) == []
    assert story.CASES["story, the client leaves"](door, tmp_path) == []


@pytest.mark.usefixtures("impatience")
def test_a_story_that_comes_at_once_is_told(tmp_path: Path) -> None:
    """All words are there; but none has waited."""
    (problem,) = story.CASES["story"](Teller(tmp_path, at_once=True), tmp_path)

    assert problem.endswith("words must wait for the one before to arrive, and 0 have")


@pytest.mark.usefixtures("impatience")
def test_an_app_that_goes_on_for_nobody_is_told(tmp_path: Path) -> None:
    """It has made every word."""
    door = Teller(tmp_path, deaf=True)

    assert story.CASES["story, the client leaves"](door, tmp_path) == ["the app has not heard it before its last word"]


def test_the_example_goes_where_responses_stream() -> None:
    """And where the app's interface is served."""
    with_example = {each.name for each in platforms() if forms(each, [EXAMPLE])}

    assert with_example >= {
        *("runtime-url-stream", "runtime-rest-stream", "gcp-http", "gcp-aio", "azure-stream"),
        *("knative-handle", "knative-new", "web-uvicorn"),
    }
    assert not with_example & {"aws-url", "azure-v2", "runtime-http-rie", "web-gunicorn"}


# --- events

HEADERS = [("ce-specversion", "1.0"), ("ce-id", "7"), ("ce-type", "some"), ("content-type", "application/json")]
DONE = Told()
ONE = Seen("some.source", {"id": ANY, "type": "some", "content-type": "application/json"}, {"x": 1})


@pytest.fixture
def judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """What is wrong with a case that wants `ONE` and no failure, where the app gets these bodies and *told* is told."""
    monkeypatch.setattr(said, "TAKEN", tmp_path / "taken")

    def problems(
        *bodies: bytes,
        told: Told = DONE,
        source: str = "some.source",
        more: Sequence[tuple[str, str]] = (),
    ) -> list[str]:
        def send(event: Any) -> Told:
            for body in bodies:
                said.take([*HEADERS, *more], body, source)
            return told

        stage: Any = SimpleNamespace(folder=tmp_path)
        return events.problems(EventCase("some", None, [ONE]), stage, send)

    return problems


def test_an_event_as_it_should_be(judge: Callable[..., list[str]]) -> None:
    """Once, and again: what was taken before does not count."""
    assert judge(b'{"x": 1}') == []
    assert judge(b'{"x":1}') == []


@pytest.mark.parametrize("bodies", [[], [b'{"x": 1}', b'{"x": 1}']])
def test_an_event_that_comes_never_or_twice_is_told(judge: Callable[..., list[str]], bodies: list[bytes]) -> None:
    """It must come once."""
    assert judge(*bodies) == [f"the app must get 1 events, and has got {len(bodies)}"]


def test_an_event_that_differs_is_told(judge: Callable[..., list[str]]) -> None:
    """In its data, its source, or an attribute too many; and a failure that is none."""
    assert judge(b'{"x": 2}') == ["""event 1: data {'x': 1} expected, got b'{"x": 2}'"""]
    assert judge(b'{"x": 1}', source="other") == ["event 1: the source some.source expected, got other"]
    assert len(judge(b'{"x": 1}', told=FAILED)) == 1
    assert judge(b'{"x": 1}', more=[("ce-more", "7")]) == ["event 1: ce-more None expected, got '7'"]


def test_no_two_ways_of_events_have_a_name_and_no_two_cases() -> None:
    """A problem is told with both."""
    names = [each.name for each in platforms()] + [each.name for each in triggers()]
    names += [each.name for each in drivers.sockets()]

    assert sorted(set(names)) == sorted(names)
    assert all(len({case.name for case in way.cases}) == len(way.cases) for way in triggers())


# --- WebSockets

FUNCTION = """\
from lambda_bridge import make_handler
from tests.real.apps.{app} import app

handler = make_handler(app, websocket_path="/socket", lifespan="off")
"""


@pytest.fixture(params=ASGI)
def socket_door(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """To our own local gateway, which loses nothing, in front of each form of the app."""
    (tmp_path / "function.py").write_text(FUNCTION.format(app=request.param))
    monkeypatch.syspath_prepend(str(tmp_path))
    gateway = Gateway("function:handler", "aws_http", lambda line: None, instances=0)
    server = make_server("127.0.0.1", 0, gateway, threaded=True, request_handler=RequestHandler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield sockets.SocketDoor(f"ws://127.0.0.1:{server.server_port}", HttpDoor(server.server_port))
    server.shutdown()
    thread.join()
    server.server_close()
    gateway.close()
    sys.modules.pop("function")


def test_every_socket_case_holds_for_a_gateway_that_loses_nothing(socket_door: sockets.SocketDoor) -> None:
    """Ours, whose clients hear what AWS's would."""
    outcomes = list(run_sockets("none", socket_door, None))

    assert [(each.case, each.problems) for each in outcomes if each.problems] == []
    assert [each.case for each in outcomes] == [case.name for case in sockets.CASES]


HEARD = sockets.Heard(("a",), "v1")


@pytest.mark.parametrize(
    ("heard", "problem"),
    [
        (HEARD._replace(messages=("a", "b")), "messages ('a',) expected, got ('a', 'b')"),
        (HEARD._replace(subprotocol=None), "subprotocol 'v1' expected, got None"),
        (HEARD._replace(code=1011), "code None expected, got 1011"),
        (HEARD._replace(status=403), "status 101 expected, got 403"),
    ],
)
def test_what_a_client_hears_otherwise_is_told(heard: sockets.Heard, problem: str) -> None:
    """One sentence for each difference."""
    assert [problem] == sockets.problems(heard, HEARD)
    assert [] == sockets.problems(HEARD, HEARD)


def test_text_of_an_error_is_never_heard() -> None:
    """Whatever else is wanted."""
    heard = sockets.Heard((said.SECRET,))
    assert ["the client hears the text of an error"] == sockets.problems(heard, heard)


def hear(monkeypatch: pytest.MonkeyPatch, heard: Any, *losses_: losses.SocketLoss) -> list[str]:
    """What is told of a gateway whose client hears *heard*, with these losses."""
    monkeypatch.setattr(sockets, "CASES", (sockets.SocketCase("some", lambda door: heard(), HEARD),))
    monkeypatch.setattr(losses, "SOCKET_LOSSES", losses_)
    (outcome,) = run_sockets("one", Any, None)  # type: ignore[arg-type]
    return outcome.problems


def test_a_loss_of_a_gateway_is_held_to_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """It passes as the row says, and fails where it is another one, or none."""
    other = sockets.Heard(("b",), "v1")
    loss = losses.SocketLoss("one", "some", "a reason", other)
    assert [] == hear(monkeypatch, lambda: other, loss)
    assert ["messages ('b',) expected, got ('c',)"] == hear(monkeypatch, lambda: HEARD._replace(messages=("c",)), loss)
    assert ["nothing is lost any more: remove the row of losses.py that says 'a reason'"] == (
        hear(monkeypatch, lambda: HEARD, loss)
    )
    assert 1 == len(hear(monkeypatch, lambda: other))


def test_a_gateway_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other cases go on."""

    def fail() -> None:
        raise TimeoutError("of the tests")

    assert ["no answer: TimeoutError: of the tests"] == hear(monkeypatch, fail)


def test_every_loss_of_a_gateway_is_of_a_gateway_and_a_case() -> None:
    """As of the battery."""
    names = {each.name for each in drivers.sockets()}
    cases = {case.name for case in sockets.CASES}
    assert [] == [each for each in losses.SOCKET_LOSSES if each.platform not in names or each.case not in cases]
