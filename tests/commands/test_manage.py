"""lambda-bridge manage: here, on AWS Lambda, and the event for every other cloud's own tool."""

from __future__ import annotations

import json
import sys
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from lambda_bridge.commands.manage import CLIENT_CONTEXT
from tests.commands.runner import run

APP = """
import click
from flask import Flask
from lambda_bridge import make_handler

app = Flask("notes")
handler = make_handler(app)

@app.cli.command("mark", context_settings={"ignore_unknown_options": True})
@click.argument("names", nargs=-1)
def mark(names):
    click.echo(f"marks {', '.join(names)}")
    click.echo("careful", err=True)
    raise SystemExit(len(names))
"""
SECRET = "correct horse battery staple"


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The working folder, with a module that has an app with a command; there is no key."""
    (tmp_path / "managed_notes.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    monkeypatch.delenv("LAMBDA_BRIDGE_COMMANDS", raising=False)
    yield tmp_path
    sys.modules.pop("managed_notes", None)


class FakeLambda:
    """What stands in for boto3: it hands over to the function that a test gives, and keeps what it was told."""

    def __init__(self) -> None:
        self.answer: Any = {}
        self.told: dict[str, Any] = {}
        self.error: Any = None

    def session(self, **options: Any) -> Any:
        self.told.update(options)
        return SimpleNamespace(client=self.client)

    def client(self, service: str, config: Any) -> Any:
        self.told.update(service=service, **config)
        return self

    def invoke(self, **arguments: Any) -> Any:
        self.told.update(arguments)
        if self.error is not None:
            raise self.error
        return {**self.answer, "Payload": BytesIO(json.dumps(self.answer.get("Payload")).encode())}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> FakeLambda:
    """In the place of boto3."""
    fake = FakeLambda()
    modules: dict[str, dict[str, Any]] = {
        "boto3": {"Session": fake.session},
        "botocore": {},
        "botocore.config": {"Config": dict},
        "botocore.exceptions": {
            "BotoCoreError": type("BotoCoreError", (Exception,), {}),
            "ClientError": type("ClientError", (Exception,), {}),
        },
    }
    for name, attributes in modules.items():
        module = ModuleType(name)
        module.__dict__.update(attributes)
        monkeypatch.setitem(sys.modules, name, module)
    return fake


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize(
    "arguments",
    [
        ["managed_notes:handler", "--", "mark", "a", "--b"],
        ["managed_notes:app", "--", "mark", "a", "--b"],
        ["managed_notes:handler", "mark", "a", "--b"],
    ],
)
def test_command_here(arguments: list[str]) -> None:
    """Both outputs, and its exit code; what stands behind is the command's."""
    shown = run("manage", *arguments)

    assert (shown.exit_code, shown.stdout, shown.stderr) == (2, "marks a, --b\n", "careful\n")


@pytest.mark.usefixtures("notes")
def test_commands_that_are_denied_are_so_here() -> None:
    """What works here works there."""
    shown = run("manage", "managed_notes:handler", "--", "shell")

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr == "'shell' is not run in a function: all commands of Flask are but run, shell\n"


@pytest.mark.usefixtures("notes")
def test_event_for_other_clouds(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line of JSON; with the key that the environment has, which nobody has to type."""
    shown = run("manage", "--event", "--", "mark", "Zoë", "--b")
    assert (shown.exit_code, json.loads(shown.stdout)) == (0, {"lambda_bridge.command": ["mark", "Zoë", "--b"]})
    assert f"--client-context {CLIENT_CONTEXT}" in shown.stderr

    monkeypatch.setenv("LAMBDA_BRIDGE_COMMANDS", SECRET)
    shown = run("manage", "--event", "--", "mark")
    assert json.loads(shown.stdout) == {"lambda_bridge.command": ["mark"], "lambda_bridge.key": SECRET}
    assert shown.stderr == ""


@pytest.mark.usefixtures("notes")
def test_event_is_taken_by_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is printed."""
    monkeypatch.setenv("LAMBDA_BRIDGE_COMMANDS", SECRET)
    event = run("manage", "--event", "--", "mark", "a").stdout
    shown = run("invoke", "managed_notes:handler", "-", "--source", "aws.invoke", "--json", text=event)

    assert json.loads(shown.stdout)["result"] == {
        "exit_code": 1,
        "output": [["stdout", "marks a\n"], ["stderr", "careful\n"]],
    }


@pytest.mark.usefixtures("notes")
def test_function_of_aws(aws: FakeLambda) -> None:
    """It is invoked once, however long it takes, with the mark of a command in the client context."""
    aws.answer = {"Payload": {"exit_code": 3, "output": [["stdout", "one\n"], ["stderr", "two\n"]]}}
    shown = run(
        "manage", "--function", "notes", "--region", "eu-central-1", "--profile", "me", "--", "migrate", "-v", "2"
    )

    assert (shown.exit_code, shown.stdout, shown.stderr) == (3, "one\n", "two\n")
    assert json.loads(b64decode(aws.told["ClientContext"])) == {"custom": {"lambda_bridge.command": True}}
    assert json.loads(aws.told["Payload"]) == {"lambda_bridge.command": ["migrate", "-v", "2"]}
    told = {
        name: aws.told[name] for name in ("FunctionName", "InvocationType", "region_name", "profile_name", "service")
    }
    assert told == {
        "FunctionName": "notes",
        "InvocationType": "RequestResponse",
        "region_name": "eu-central-1",
        "profile_name": "me",
        "service": "lambda",
    }
    assert (aws.told["retries"], aws.told["read_timeout"] > 900) == ({"total_max_attempts": 1}, True)


@pytest.mark.usefixtures("notes")
def test_function_of_aws_with_a_key(aws: FakeLambda, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the environment."""
    monkeypatch.setenv("LAMBDA_BRIDGE_COMMANDS", SECRET)
    aws.answer = {"Payload": {"exit_code": 0, "output": []}}

    assert run("manage", "--function", "notes", "--", "check").exit_code == 0
    assert json.loads(aws.told["Payload"])["lambda_bridge.key"] == SECRET


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            {
                "FunctionError": "Unhandled",
                "Payload": {"errorMessage": "one of aws.invoke", "errorType": "UnknownEvent"},
            },
            "ran no command: its invocation failed: one of aws.invoke; is LAMBDA_BRIDGE_COMMANDS set on it",
        ),
        ({"FunctionError": "Unhandled", "Payload": None}, "ran no command: its invocation failed: None; is"),
        ({"Payload": {"statusCode": 200}}, "ran no command: it gave another result than a command's; is LAMBDA"),
        ({"Payload": None}, "ran no command: it gave another result"),
    ],
)
def test_function_without_commands(answer: dict[str, Any], said: str, aws: FakeLambda) -> None:
    """One line, which says what may be missing."""
    aws.answer = answer
    shown = run("manage", "--function", "notes", "--", "check")

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr.startswith("Error: notes ran no command: ")
    assert said in shown.stderr


@pytest.mark.usefixtures("notes")
def test_function_that_cannot_be_invoked(aws: FakeLambda) -> None:
    """The reason that AWS gives."""
    aws.error = sys.modules["botocore.exceptions"].ClientError("AccessDenied: not you")
    shown = run("manage", "--function", "notes", "--", "check")

    assert (shown.exit_code, shown.stderr) == (1, "Error: 'notes' cannot be invoked: AccessDenied: not you\n")


@pytest.mark.usefixtures("notes")
def test_boto3_is_needed_for_aws_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says what to do without."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    shown = run("manage", "--function", "notes", "--", "check")

    assert shown.exit_code == 1
    assert "--function needs boto3: pip install boto3; or print the event with --event" in shown.stderr


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say where: MODULE:HANDLER for here, --function NAME on AWS, or --event elsewhere"),
        (["managed_notes:handler"], "say which command: -- migrate --noinput"),
        (["managed_notes:handler", "--"], "say which command"),
        (["--event"], "say which command"),
        (["--function", "notes", "--"], "say which command"),
        (["--function", "notes", "--event", "--", "check"], "two ways to a function: choose one"),
        (
            ["--region", "eu-central-1", "managed_notes:handler", "--", "check"],
            "--region and --profile are of --function",
        ),
        (["managed_nothing:handler", "--", "check"], "there is no module 'managed_nothing'"),
    ],
)
def test_what_is_missing(arguments: list[str], said: str) -> None:
    """One sentence."""
    shown = run("manage", *arguments)

    assert shown.exit_code in {1, 2}
    assert said in shown.stderr.splitlines()[-1]


@pytest.mark.usefixtures("notes")
def test_short_key_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would not be one there either."""
    monkeypatch.setenv("LAMBDA_BRIDGE_COMMANDS", "abc")
    shown = run("manage", "--event", "--", "check")

    assert (shown.exit_code, "is neither 1 nor a key" in shown.stderr) == (1, True)
