"""Commands of Django and Flask inside a function, by direct invocation; off unless the function's environment allows it.

A command is the event ``{"lambda_bridge.command": ["migrate", "--noinput"]}``, with ``"lambda_bridge.key"`` beside it
or nothing at all. Its result is ``{"exit_code": 0, "output": [["stdout", "…"], ["stderr", "…"]]}``, in the order in which
it was written.

Who may: an event is data, and on every cloud there are ways for strangers to choose the whole of it (the body of an API
without proxy integration, a message that a queue hands over as it is, a caller of ``?integration=raw``). So no event
alone is enough, and ``LAMBDA_BRIDGE_COMMANDS`` says what is:

``1``
    The caller of AWS Lambda's Invoke API, who has put the same name into the client context. No gateway and no source
    of events sets that, and Lambda hands it over in synchronous invocations only
    (docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, read in 2026-11).
anything of sixteen characters or more
    Whoever knows it, on any cloud, as the event's key.

Where an HTTP format or a gateway claims the event, nobody comes here at all.
"""

from __future__ import annotations

import os
import sys
import threading
from functools import partial

from lambda_bridge.deadline import call_within
from lambda_bridge.errors import ConfigurationError, DeadlineExceeded, MalformedEvent
from lambda_bridge.log import log_warning
from lambda_bridge.options import read_switch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from lambda_bridge.handler import Line
    from lambda_bridge.terminal import Terminal

COMMAND = "lambda_bridge.command"
KEY = "lambda_bridge.key"
SWITCH = "LAMBDA_BRIDGE_COMMANDS"

SHORTEST_KEY = 16
"""Characters of a key: too many to be guessed one invocation after the other."""

# What runs any code, or never ends; the last two are of django-extensions.
DENIED = {
    "Django": frozenset({"dbshell", "runserver", "shell", "testserver", "runserver_plus", "shell_plus"}),
    "Flask": frozenset({"run", "shell"}),
}

# Exit codes as a shell gives them: wrong usage, and what timeout(1) says.
REFUSED = 2
STOPPED = 124

_one_at_a_time = threading.Lock()


class _Refused(Exception):
    """Why there is nothing that could run; a sentence for the caller."""


# --- the event


def is_command(event: Any) -> bool:
    """Whether *event* asks for a command, and the function's environment has them on."""
    return isinstance(event, dict) and COMMAND in event and event.keys() <= {COMMAND, KEY} and _switch() is not False


def answer(line: Line, event: Any, context: Any) -> Any:
    """The result of the command in *event*; raises MalformedEvent for a caller who may not have one."""
    if not _may(event, context):
        raise MalformedEvent(
            f"a command is refused: it must come with the key that {SWITCH} is set to, or on AWS Lambda with the "
            "client context of `lambda-bridge manage --function`"
        )
    log_warning("a command is run by direct invocation")  # for who looks; its arguments may be passwords
    result = execute(line.runner.app, event[COMMAND], line.seconds(context), _limit(context))  # type: ignore[attr-defined]
    from lambda_bridge.triggers import find

    source = find(event, context)
    return result if source is None or source.result is None else source.result(result, context)


async def answer_aio(line: Line, event: Any, context: Any) -> Any:
    """`answer` inside a running event loop, where Django would refuse to ask a database."""
    from asyncio import to_thread

    return await to_thread(answer, line, event, context)


def read_key() -> str | None:
    """The key in the environment; None where commands are off, or need none. Raises ConfigurationError."""
    switch = _switch()
    return switch if isinstance(switch, str) else None


def _switch() -> bool | str:
    """Off, on, or the key; raises ConfigurationError."""
    value = os.environ.get(SWITCH, "").strip()
    if not value:
        return False
    try:
        return read_switch(value)
    except ValueError:
        if len(value) < SHORTEST_KEY:
            raise ConfigurationError(
                f"{SWITCH} is neither 1 nor a key: use {SHORTEST_KEY} random characters or more"
            ) from None
        return value


def _may(event: Mapping[str, Any], context: Any) -> bool:
    key = read_key()
    if key is not None:
        from hmac import compare_digest

        return compare_digest(str(event.get(KEY)).encode("utf-8", "replace"), key.encode("utf-8", "replace"))
    custom = getattr(getattr(context, "client_context", None), "custom", None)
    return hasattr(context, "invoked_function_arn") and isinstance(custom, dict) and custom.get(COMMAND) is True


def _limit(context: Any) -> int:
    """How many bytes of JSON the platform takes as a result: AWS's limit, and elsewhere OpenWhisk's, the smallest of all."""
    from lambda_bridge.formats import load

    if hasattr(context, "invoked_function_arn"):
        return int(load("aws_http").MAX_RESULT)  # type: ignore[attr-defined]
    return int(load("openwhisk").MAX_RESULT)  # type: ignore[attr-defined]


# --- the command


def execute(app: Any, arguments: Any, seconds: float | None = None, limit: int = 1 << 30) -> dict[str, Any]:
    """Run the command *arguments* of the framework of *app* for at most *seconds*; the result has *limit* bytes at most."""
    from lambda_bridge.terminal import Terminal

    terminal = Terminal(limit)
    try:
        framework, run = _find(app, arguments)
    except _Refused as refused:
        terminal.stderr.write(f"{refused}\n")
        return {"exit_code": REFUSED, "output": terminal.output()}
    if not _one_at_a_time.acquire(blocking=False):
        terminal.stderr.write("another command is still running in this process: wait for it\n")
        return {"exit_code": REFUSED, "output": terminal.output()}
    with terminal.attached([framework.lower(), *arguments]):
        code = _run_within(seconds, partial(_run, run), terminal)
    return {"exit_code": code, "output": terminal.output()}


def _run_within(seconds: float | None, run: Callable[[], int], terminal: Terminal) -> int:
    try:
        return run() if seconds is None else call_within(seconds, run)
    except DeadlineExceeded as error:
        # Out of the main thread Python has no way to end it.
        goes_on = "; it could not be ended, and may go on" if _one_at_a_time.locked() else ""
        terminal.stderr.write(
            f"the command was stopped after {error.seconds:.1f} seconds, just before the platform's deadline{goes_on}: "
            "give the function more time, or let the command do less\n"
        )
        return STOPPED


def _run(run: Callable[[], Any]) -> int:
    """The exit code of a command, as Python itself would end with."""
    try:
        run()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except Exception as error:
        from traceback import print_exception

        found = error.__traceback__
        print_exception(type(error), error, found.tb_next if found else None, file=sys.stderr)
        if isinstance(error, EOFError):
            print("nobody can answer a command's questions in a function: see its options", file=sys.stderr)
        return 1
    finally:
        _one_at_a_time.release()
    return 0


# --- the frameworks


def _find(app: Any, arguments: Any) -> tuple[str, Callable[[], Any]]:
    """(the framework, what runs the command); raises _Refused."""
    if not isinstance(arguments, list) or not arguments or not all(isinstance(each, str) for each in arguments):
        raise _Refused('a command is a list of texts, such as ["migrate", "--noinput"]')
    flask = next(filter(_is_flask, _layers(app)), None)
    if flask is not None:
        framework, run = "Flask", partial(_run_flask, flask, arguments)
    elif _has_django():
        framework, run = "Django", partial(_run_django, arguments)
    else:
        raise _Refused(f"commands are Django's and Flask's: the app is {type(app).__module__}.{type(app).__qualname__}")
    if arguments[0] in DENIED[framework]:
        raise _Refused(_denial(framework, arguments[0]))
    return framework, run


def _denial(framework: str, name: str) -> str:
    denied = ", ".join(sorted(DENIED[framework]))
    return f"{name!r} is not run in a function: all commands of {framework} are but {denied}"


# Where middleware keeps what it is wrapped around: functools, methods, whitenoise and werkzeug, asgiref.
_INNER = ("__wrapped__", "__self__", "application", "app", "wsgi_application")
_MOST_LAYERS = 20


def _layers(app: Any) -> Iterator[Any]:
    """*app*, what it is wrapped around, and so on."""
    for _ in range(_MOST_LAYERS):
        yield app
        inner = next((name for name in _INNER if hasattr(app, name)), None)
        if inner is None:
            return
        app = getattr(app, inner)


def _is_flask(app: Any) -> bool:
    return any((each.__module__, each.__qualname__) == ("flask.app", "Flask") for each in type(app).__mro__)


def _has_django() -> bool:
    # A process has one Django, wherever the app keeps it: alone, behind middleware, or mounted in another app.
    apps = sys.modules.get("django.apps")
    return apps is not None and apps.apps.ready


def _run_django(arguments: list[str]) -> None:
    """Settings are what the app has set. Not by execute(), which sets Django up anew, and its logging with that."""
    from django.core.management import ManagementUtility

    utility = ManagementUtility(["manage.py", *arguments])
    if arguments[0] in {"help", "--help", "-h"}:
        if len(arguments) == 1:
            print(utility.main_help_text())
        else:
            utility.fetch_command(arguments[1]).print_help("manage.py", arguments[1])
        return
    utility.fetch_command(arguments[0]).run_from_argv(utility.argv)


def _run_flask(app: Any, arguments: list[str]) -> None:
    """Those of app.cli, of extensions, and Flask's own."""
    import click
    from flask import cli

    class Group(cli.FlaskGroup):
        def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
            found = super().resolve_command(ctx, args)
            # By whatever name an extension or the app has it.
            if found[0] in DENIED["Flask"] or found[1] in {cli.run_command, cli.shell_command}:
                raise click.UsageError(_denial("Flask", str(found[0])))
            return found

    # No other app, no .env and no debug mode: without the options for them.
    group = Group(create_app=lambda: app, add_default_commands=False, load_dotenv=False, set_debug_flag=False)
    group.params = [each for each in group.params if each.name == "version"]
    group.add_command(cli.routes_command)
    group.main(arguments, "flask")
