"""lambda-bridge event: what a cloud would send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import Result

from lambda_bridge import formats
from lambda_bridge.emulate import takes_json
from lambda_bridge.triggers import NAMES, find, samples
from tests.commands.runner import run

if TYPE_CHECKING:
    from lambda_bridge.messages import Request
    from lambda_bridge.triggers import CloudEvent


def event(*arguments: str) -> Result:
    return run("event", *arguments)


def read(format_name: str, *arguments: str) -> Request:
    """The Request that the printed event is read as."""
    shown = event(format_name, *arguments)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout.isascii()
    return formats.load(format_name.partition(":")[0]).read_event(json.loads(shown.stdout), None)


@pytest.mark.parametrize("format_name", [each for each in formats.spellings() if takes_json(each.partition(":")[0])])
def test_event_is_read_as_the_request(format_name: str) -> None:
    """Method, path, query, headers and body, in every format with events in JSON."""
    request = read(format_name, "post", "/a b?q=1", "-H", "X-Name: é", "-H", "Content-Type: text/plain", "-d", "你好")

    assert (request.method, request.path, request.query, request.body) == ("POST", "/a b", "q=1", "你好".encode())
    assert request.headers.get("x-name") == "\xc3\xa9"


@pytest.mark.parametrize(
    "format_name", [each for each in formats.spellings() if not takes_json(each.partition(":")[0])]
)
def test_formats_without_json_say_so(format_name: str) -> None:
    """In one line, with what to do instead."""
    name = format_name.partition(":")[0]
    shown = event(format_name, "GET", "/")

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr == (
        f"Error: an event of {name} is an object in Python, not JSON:"
        f" use lambda-bridge dev --format {name}, or lambda_bridge.testing\n"
    )


def test_form() -> None:
    """Fields alone are a plain form."""
    request = read("aws_rest", "POST", "/", "--form", "a=x y", "--form", "a=", "--form", "b==")

    assert request.headers.get("content-type") == "application/x-www-form-urlencoded"
    assert request.body == b"a=x+y&a=&b=%3D"


def test_form_with_a_file(tmp_path: Path) -> None:
    """It is sent as a browser would."""
    path = tmp_path / "photo.png"
    path.write_bytes(bytes(range(256)))
    request = read("aws_http", "POST", "/", "--form", "to=Ada", "--form", f"picture=@{path}")

    assert (request.headers.get("content-type") or "").startswith("multipart/form-data; boundary=")
    assert (
        b'name="picture"; filename="photo.png"\r\nContent-Type: image/png\r\n\r\n' + bytes(range(256)) in request.body
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["aws_htpt", "GET", "/"], 2, "'aws_htpt' is no format or source: did you mean aws_http, "),
        (["aws_http", "GET", "path"], 2, "'path' is no path and no URL: write '/path?query'"),
        (["aws_http", "GET", "/", "-H", "x"], 2, "'x' is no header: write -H 'Name: value'"),
        (["aws_http", "POST", "/", "-d", "@gone"], 2, "cannot read 'gone' (No such file or directory)"),
        (["aws_http", "POST", "/", "--form", "x"], 2, "'x' is no field of a form: write --form name=value"),
        (["aws_http", "POST", "/", "--form", "x=@gone"], 2, "cannot read 'gone'"),
        (["aws_http", "POST", "/", "--form", "a=b", "-d", "c"], 2, "--data and --form are two bodies: choose one"),
        (["aws_http", "POST", "/", "-d", "a", "-d", "b"], 2, "a request has one body: give --data once"),
        (["aws_http"], 2, "is of a request: write lambda-bridge event aws_http METHOD URL"),
        (["aws_http", "GET"], 2, "is of a request: write lambda-bridge event aws_http METHOD URL"),
        (["aws.sqs", "GET", "/"], 2, "an event of aws.sqs is no HTTP request: it takes --data only"),
        (["aws.sqs", "-H", "a: b"], 2, "an event of aws.sqs is no HTTP request: it takes --data only"),
        (["aws.sqs", "--form", "a=b"], 2, "an event of aws.sqs is no HTTP request: it takes --data only"),
        (["aws.sqs", "-d", "@gone"], 2, "cannot read 'gone' (No such file or directory)"),
        (["aws.eventbridge", "-d", "1", "-d", "2"], 1, "aws.eventbridge has one record: give one item of data, not 2"),
        (["aws.s3", "-d", "cat"], 1, "is a dict of JSON, to be laid over the sample's: this one, of the type str,"),
        (["azure.queue"], 1, "an event of azure.queue is an object in Python, not JSON: use lambda-bridge dev"),
    ],
)
def test_wrong_arguments(arguments: list[str], code: int, said: str) -> None:
    """One sentence, no traceback."""
    shown = event(*arguments)

    assert (shown.exit_code, type(shown.exception)) == (code, SystemExit)
    assert said in shown.stderr


def test_request_that_a_format_cannot_carry(tmp_path: Path) -> None:
    """In the format's own words."""
    path = tmp_path / "body"
    path.write_bytes(b"\xff")
    shown = event("tencent_url", "POST", "/", "-d", f"@{path}")

    assert shown.exit_code == 1
    assert shown.stderr.startswith("Error: tencent_url cannot carry this request: ")


def test_event_goes_into_invoke(function: Path) -> None:
    """One command's output is the other's input."""
    printed: Any = event("aws_rest", "GET", "/")
    shown = run("invoke", "called_function:handler", "-", "--raw", text=printed.stdout)

    assert shown.stdout == "<h1>你好</h1>"


# --- events that are not HTTP


def records(*arguments: str) -> list[CloudEvent]:
    """The CloudEvents of the printed event."""
    shown = event(*arguments)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout.isascii()
    printed = json.loads(shown.stdout)
    source = find(printed, samples.make_context(arguments[0]))
    assert source is not None
    assert source.name == arguments[0]
    return [source.read(record, printed) for record in source.records(printed)]


@pytest.mark.parametrize("name", [name for name in NAMES if samples.takes_json(name)])
def test_sample_of_every_source(name: str) -> None:
    """As the cloud sends it."""
    assert len(records(name)) == 1


def test_a_record_for_each_data(tmp_path: Path) -> None:
    """Text as it is written, and files byte by byte."""
    path = tmp_path / "photo.png"
    path.write_bytes(bytes(range(256)))

    assert [each.data for each in records("aws.sqs", "-d", '{ "order":7}', "--data", "你好", "-d", "")] == [
        b'{ "order":7}',
        "你好".encode(),
        b"",
    ]
    assert [each.data for each in records("aws.kinesis", "-d", f"@{path}")] == [bytes(range(256))]


@pytest.mark.parametrize(
    ("written", "data"),
    [('{"order": 7}', {"order": 7}), ("hello", "hello"), ("NaN x", "NaN x"), ("[" * 9999, "[" * 9999)],
)
def test_data_of_a_source_with_json(written: str, data: Any) -> None:
    """Parsed where it is that, else text."""
    assert [each.data for each in records("aws.eventbridge", "-d", written)] == [data]


def test_data_over_the_samples() -> None:
    """Only what matters need be written."""
    [found] = records("aws.s3", "-d", '{"s3": {"object": {"key": "cat.png"}}}')

    assert found.subject == "cat.png"


def test_bytes_among_json(tmp_path: Path) -> None:
    """A CloudEvent has them in base64; what is nothing but bytes cannot be printed."""
    path = tmp_path / "photo.png"
    path.write_bytes(b"\xff")

    assert [each.data for each in records("cloudevents.event", "-d", f"@{path}")] == [b"\xff"]
    assert "an event of fn.invoke that is bytes is no JSON" in event("fn.invoke", "-d", f"@{path}").stderr
