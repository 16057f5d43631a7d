"""``lambda-bridge manage``: a command of Django or Flask where the function runs, or here."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any, NoReturn, Optional

import click

from lambda_bridge import management
from lambda_bridge.commands.arguments import from_here
from lambda_bridge.errors import ConfigurationError
from lambda_bridge.gateway.function import load_handler

CLIENT_CONTEXT = b64encode(json.dumps({"custom": {management.COMMAND: True}}).encode()).decode()
"""What tells a command on AWS Lambda from any event, as its Invoke API takes it."""

# Lambda's longest timeout and the way there; a second attempt would run the command a second time.
_LONGEST = 910


# What stands behind the first word is the command's, options too.
@click.command("manage", context_settings={"allow_interspersed_args": False})
@click.option("--function", metavar="NAME", help="Invoke this function of AWS Lambda; needs boto3.")
@click.option("--region", metavar="REGION", help="The function's region; without it, that of the AWS configuration.")
@click.option("--profile", metavar="PROFILE", help="A profile of the AWS configuration.")
@click.option("--event", is_flag=True, help="Print the event, to be invoked with another cloud's own tool.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[MODULE:HANDLER] -- COMMAND...")
def command(
    function: Optional[str], region: Optional[str], profile: Optional[str], event: bool, arguments: tuple[str, ...]
) -> None:
    """Run a command of Django or Flask in a function, and show what it prints; the exit status is the command's.

    The function must have LAMBDA_BRIDGE_COMMANDS=1, or a key of 16 characters or more: then set the same
    variable here, which puts the key into the event. There are no shells, no servers, and nobody who could answer
    a question.

    \b
    Examples:
      lambda-bridge manage --function notes --region eu-central-1 -- migrate --noinput
      lambda-bridge manage --function notes -- loaddata first_notes
      lambda-bridge manage --event -- migrate --noinput > event.json
      lambda-bridge manage function:handler -- check --deploy
    """
    if function is not None and event:
        raise click.UsageError("--function and --event are two ways to a function: choose one")
    if function is None and (region or profile):
        raise click.UsageError("--region and --profile are of --function NAME")
    is_here = function is None and not event
    if is_here and not arguments:
        raise click.UsageError("say where: MODULE:HANDLER for here, --function NAME on AWS, or --event elsewhere")
    wanted = list(arguments[1:] if is_here else arguments)
    # Behind a module it is still there; in front of all of them click has taken it.
    if wanted[:1] == ["--"]:
        del wanted[0]
    if not wanted:
        raise click.UsageError("say which command: -- migrate --noinput")
    if event:
        print_event(wanted)
    elif function is not None:
        show(invoke(function, wanted, region, profile), function)
    else:
        show(run_here(arguments[0], wanted), arguments[0])


def make_event(arguments: list[str]) -> dict[str, Any]:
    """The event for the command *arguments*, with the key that the environment has, if any; raises ClickException."""
    event: dict[str, Any] = {management.COMMAND: arguments}
    try:
        key = management.read_key()
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    return event if key is None else {**event, management.KEY: key}


def print_event(arguments: list[str]) -> None:
    """Print it; what else is needed stands on standard error, so that the event can go into a file."""
    event = make_event(arguments)
    click.echo(json.dumps(event))
    if management.KEY not in event:
        click.echo(
            f"It has no key: {management.SWITCH} is not set here. Without one it is for AWS Lambda alone, with\n"
            f"--client-context {CLIENT_CONTEXT}",
            err=True,
        )


def run_here(name: str, arguments: list[str]) -> dict[str, Any]:
    """The result of the command with the handler, or the app, that *name* says."""
    with from_here(name):
        handler = load_handler(name)
    try:
        return management.execute(handler.line.runner.app, arguments)  # type: ignore[attr-defined]
    finally:
        handler.close()


def invoke(function: str, arguments: list[str], region: Optional[str], profile: Optional[str]) -> Any:
    """The same with *function* of AWS Lambda; raises ClickException."""
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ModuleNotFoundError as error:
        raise click.ClickException(
            "--function needs boto3: pip install boto3; or print the event with --event, for `aws lambda invoke`"
        ) from error
    config = Config(read_timeout=_LONGEST, retries={"total_max_attempts": 1}, tcp_keepalive=True)
    try:
        client = boto3.Session(profile_name=profile, region_name=region).client("lambda", config=config)
        answer = client.invoke(
            FunctionName=function,
            InvocationType="RequestResponse",
            ClientContext=CLIENT_CONTEXT,
            Payload=json.dumps(make_event(arguments)).encode(),
        )
        result = json.loads(answer["Payload"].read())
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(f"{function!r} cannot be invoked: {error}") from error
    if "FunctionError" in answer:
        told = result.get("errorMessage") if isinstance(result, dict) else None
        raise no_command(function, f"its invocation failed: {told or result}")
    return result


def show(result: Any, where: str) -> NoReturn:
    """Print what the command has written, each part to the stream that it was written to, and end with its exit code."""
    if not isinstance(result, dict) or result.keys() != {"exit_code", "output"}:
        raise no_command(where, "it gave another result than a command's")
    for stream, text in result["output"]:
        click.echo(text.encode("utf-8", "backslashreplace"), nl=False, err=stream == "stderr")
    raise SystemExit(result["exit_code"])


def no_command(function: str, why: str) -> click.ClickException:
    """What is said when *function* has done something else."""
    return click.ClickException(
        f"{function} ran no command: {why}; is {management.SWITCH} set on it, and to the same as here?"
    )
