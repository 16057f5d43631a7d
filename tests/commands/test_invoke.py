"""lambda-bridge invoke: the result, the response, and what goes wrong in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from lambda_bridge.testing import make_event
from lambda_bridge.triggers import NAMES, samples
from lambda_bridge.triggers.samples import make_event as make_trigger
from tests.commands.runner import run

pytestmark = pytest.mark.usefixtures("function")


def invoke(target: str, event: Any, *options: str, color: bool = False) -> Result:
    """The command with *event* on standard input: text as it is, all else as JSON."""
    text = event if isinstance(event, str) else json.dumps(event)
    return run("invoke", target, "-", *options, text=text, color=color)


def get(path: str, format_name: str = "aws_http") -> Any:
    return make_event(format_name, "GET", path)


@pytest.mark.parametrize("target", ["called_function:handler", "called_function:app"])
def test_result_and_response(target: str) -> None:
    """The result as JSON, the response as a client gets it, and nothing on standard error."""
    shown = invoke(target, get("/"))
    result, _, response = shown.stdout.partition("}\n\n200 OK\n")

    assert (shown.exit_code, shown.stderr) == (0, "")
    assert result.startswith("aws_http: AWS API Gateway HTTP API (payload 2.0)\n\n{\n")
    assert '"body": "<h1>你好</h1>"' in result
    assert response == "content-type: text/html; charset=utf-8\n\n<h1>你好</h1>\n"


def test_event_of_a_file(function: Path) -> None:
    """Named on the command line."""
    (function / "event.json").write_text(json.dumps(get("/")))
    shown = run("invoke", "called_function:handler", "event.json")

    assert (shown.exit_code, "200 OK" in shown.stdout) == (0, True)


@pytest.mark.parametrize("format_name", ["tencent_apigw", "aliyun", "openwhisk", "aws_edge"])
def test_cloud_is_what_the_event_says(format_name: str) -> None:
    """Its platform calls the handler in its own way, with its own context."""
    shown = invoke("called_function:handler", get("/", format_name))

    assert (shown.exit_code, shown.stdout.partition(":")[0]) == (0, format_name)


def test_error_of_the_app_that_a_client_gets_is_no_failure() -> None:
    """The invocation has a result, though a bare 500; the handler's own log tells the rest."""
    shown = invoke("called_function:handler", get("/fail"))

    assert shown.exit_code == 0
    assert "500 Internal Server Error" in shown.stdout


def test_response_without_a_phrase_or_a_body() -> None:
    """There is nothing to be printed for them."""
    assert invoke("called_function:handler", get("/odd")).stdout.endswith("}\n\n299\n")


def test_body_that_is_no_text() -> None:
    """It is not poured into a terminal; --raw prints it, and nothing else."""
    assert "(256 bytes that are no text: --raw prints them)" in invoke("called_function:handler", get("/bytes")).stdout
    assert invoke("called_function:handler", get("/bytes"), "--raw").stdout_bytes == bytes(range(256))


def test_json_for_machines() -> None:
    """All of it, in ASCII; a body that is no text in base64."""
    shown = invoke("called_function:handler", get("/"), "--json")
    told = json.loads(shown.stdout)

    assert shown.stdout.isascii()
    assert told["response"] == {
        "status": 200,
        "headers": [["content-type", "text/html; charset=utf-8"]],
        "body": "<h1>你好</h1>",
    }
    assert (told["format"], told["result"]["statusCode"], told["problem"]) == ("aws_http", 200, None)
    told = json.loads(invoke("called_function:handler", get("/bytes"), "--json").stdout)
    assert told["response"]["body_base64"].startswith("AAECAw")


@pytest.mark.parametrize(
    ("target", "event", "said"),
    [
        ("called_function:handler", {"Records": []}, "no HTTP format claims this event: a dict with the top-level key"),
        ("called_function:handler", [1], "no HTTP format claims this event: a list"),
        ("called_function:strict", get("/fail"), "the handler raised RuntimeError"),
        ("called_function:strict", get("/exit"), "the handler raised SystemExit"),
        ("called_function:only_gcp", get("/"), "no HTTP format claims this event: one of the format 'aws_http'"),
        ("called_function:refused", get("/", "aws_alb"), "aws_alb refuses the result: "),
        ("called_function:handler", {"type": "http", "asgi": {}, "method": "GET"}, "an event of asgi is an object"),
    ],
)
def test_failed_invocations(target: str, event: Any, said: str) -> None:
    """One line at the end says why; the exit status is 1."""
    shown = invoke(target, event)

    assert shown.exit_code == 1
    assert shown.stderr.splitlines()[-1].startswith(f"Error: the invocation failed: {said}")


def test_traceback_is_theirs() -> None:
    """It begins where their code does."""
    shown = invoke("called_function:strict", get("/fail"))

    assert 'called_function.py", line 7, in app' in shown.stderr
    assert "lambda_bridge" not in shown.stderr


def test_failed_invocation_as_json() -> None:
    """Machines find it in the same place."""
    shown = invoke("called_function:refused", get("/", "aws_alb"), "--json")

    assert shown.exit_code == 1
    told = json.loads(shown.stdout)
    assert (told["result"], told["response"]) == ({"statusCode": "x"}, None)
    assert told["problem"].startswith("aws_alb refuses the result")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("no_such:handler", "'no_such:handler': there is no module 'no_such' on sys.path"),
        ("called_function:nothing", "the module 'called_function' has no attribute 'nothing'"),
        ("called_function", 'use "module:attribute", such as "myapp:app"'),
        ("called_function:number", "42 is not an app"),
        ("called_broken:app", "'called_broken:app' cannot be imported: ModuleNotFoundError, see above"),
        ("called_wrong:app", "'called_wrong:app' cannot be imported: SyntaxError, see above"),
    ],
)
def test_wrong_names(target: str, said: str) -> None:
    """One line; of a module that fails, its own traceback above."""
    shown = invoke(target, get("/"))

    assert shown.exit_code == 1
    assert said in shown.stderr.splitlines()[-1]
    assert shown.stderr.splitlines()[-1].startswith("Error: ")
    assert "lambda_bridge" not in shown.stderr.replace("lambda-bridge", "")


def test_wrong_files() -> None:
    """A file that is not there, one that is no JSON, and two ways to print."""
    shown = run("invoke", "called_function:handler", "gone.json")
    assert (shown.exit_code, "'gone.json': No such file or directory" in shown.stderr) == (2, True)
    shown = invoke("called_function:handler", '{"a')
    assert (shown.exit_code, "'<stdin>' is no JSON (" in shown.stderr) == (2, True)
    shown = invoke("called_function:handler", b"\xff".decode("latin-1"))
    assert (shown.exit_code, "is no JSON (" in shown.stderr) == (2, True)
    shown = invoke("called_function:handler", {}, "--raw", "--json")
    assert (shown.exit_code, "choose one" in shown.stderr) == (2, True)


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere, and with NO_COLOR, there are none."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" not in invoke("called_function:handler", get("/")).stdout
    assert "\x1b[32m200 OK" in invoke("called_function:handler", get("/"), color=True).stdout
    assert "\x1b[31m404 Not Found" in invoke("called_function:handler", get("/gone"), color=True).stdout


# --- events that are not HTTP


def test_event_of_a_source() -> None:
    """An app has a route for it, and the platform gets a result; nobody a response."""
    shown = invoke("called_function:app", make_trigger("aws.sqs"), "--events", "/events")

    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout == 'aws.sqs: Amazon SQS, standard and FIFO queues\n\n{\n  "batchItemFailures": []\n}\n'


@pytest.mark.parametrize("name", [name for name in NAMES if samples.takes_json(name)])
def test_event_goes_from_one_command_into_the_other(name: str) -> None:
    """Each says itself what it is, but for direct invocations."""
    option = ["--source", name] if name.endswith(".invoke") else []
    shown = invoke("called_function:app", run("event", name).stdout, "--events", "/events", *option)

    # An authorizer is a function's.
    assert (shown.exit_code, shown.stdout.partition(":")[0]) == (1 if name == "aws.authorizer" else 0, name)


@pytest.mark.parametrize(("payload", "got"), [('{"order": 7}', {"order": 7}), ("7", 7), ('"7"', "7"), ('"x"', "x")])
def test_direct_invocation(payload: str, got: Any) -> None:
    """Its source has to be said; the answer is the result. A text stays one, whatever stands in it."""
    shown = invoke("called_function:handler", payload, "--source", "aws.invoke", "--json")

    told = json.loads(shown.stdout)
    assert (told["format"], told["result"], told["failures"]) == ("aws.invoke", {"got": got}, [])


def test_failed_records() -> None:
    """Some, or all."""
    some = make_trigger("aws.sqs", ["cat", "broken"])
    shown = invoke("called_function:app", some, "--events", "/events", "--json")
    told = json.loads(shown.stdout)

    assert (shown.exit_code, told["failures"], len(told["result"]["batchItemFailures"])) == (1, [1], 1)
    assert told["problem"] == "not all records of the event are done: the platform sends number 2 again"
    shown = invoke("called_function:app", make_trigger("aws.sqs", ["broken"]), "--events", "/events", "--json")
    told = json.loads(shown.stdout)
    assert (shown.exit_code, told["failures"], told["result"]) == (1, [0], None)
    assert told["problem"] == "the handler raised RuntimeError"
    assert 'called_function.py", line 7, in app' in shown.stderr


@pytest.mark.parametrize(
    ("target", "event", "options", "said"),
    [
        ("called_function:app", "aws.sqs", [], "the invocation failed: no HTTP format claims this event: one of aws.s"),
        ("called_function:app", "aws_http", ["--source", "aws.invoke"], "the event is none of aws.invoke: without"),
        ("called_function:app", "no event", [], "of a direct invocation, say whose it is: --source aws.invoke"),
        ("called_function:handler", "aws.sqs", ["--events", "/e"], "events='/e' goes to make_handler, which has made"),
    ],
)
def test_what_is_missing(target: str, event: str, options: list[str], said: str) -> None:
    """One sentence."""
    made = make_trigger(event) if event in NAMES else get("/") if event == "aws_http" else {"order": 7}
    shown = invoke(target, made, *options)

    assert shown.exit_code == 1
    assert said in shown.stderr.splitlines()[-1]


def test_no_color_is_respected(function: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """https://no-color.org: also in a terminal."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in invoke("called_function:handler", get("/"), color=True).output
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in invoke("called_function:handler", get("/"), color=True).output
