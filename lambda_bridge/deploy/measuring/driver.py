"""Run by a fresh interpreter, as `fresh.drive` asks it to: starts a function once, and writes down how long each step takes.

It imports nothing but what every runtime has imported before a function, and what stands in the package. Its one argument
is a task as JSON: ``paths`` (put first in sys.path), ``function`` (``"module:attribute"``), ``adapter`` (a key of
`ADAPTERS`), ``event`` (JSON, or null for a request of a WSGI server), ``is_aws`` (whether AWS's context comes with it),
``result`` (the file to write). With ``requests``, (method, path and query) each, those are sent by a WSGI server instead,
while the ``sitecustomize`` of the first folder in ``paths`` looks which files are used. With ``mark``, ``module`` alone is
imported, after that line on standard error.

What it writes, as JSON too: ``up`` (when the interpreter was, by `time.monotonic`), ``steps`` (to seconds), ``answer`` (the
result of the event, or the statuses of the requests), ``interface`` (the app's, as far as it is known); where something
was raised, in place of the last two ``error`` (a sentence), ``step``, ``where`` and ``traceback``.
"""

from __future__ import annotations

import json
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Context:
    """What AWS hands over beside the event, as far as adapters look at it; the values are invented."""

    function_name = "app"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:app"
    memory_limit_in_mb = "1024"
    aws_request_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
    log_group_name = "/aws/lambda/app"
    log_stream_name = "2026/11/01/[$LATEST]0123456789abcdef"
    identity = None
    client_context = None

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


class Watch:
    """Seconds of each step; what one step does within another is the inner one's alone."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self.step = ""
        """The one that is being taken."""
        self.inner = 0.0

    def run(self, step: str, function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
        outer, before = self.step, self.inner
        self.step, self.inner = step, 0.0
        began = time.perf_counter()
        result = function(*args, **keywords)
        took = time.perf_counter() - began
        self.steps[step] = self.steps.get(step, 0.0) + took - self.inner
        self.step, self.inner = outer, before + took
        return result

    def wrap(self, step: str, function: Callable[..., Any], made: list[Any]) -> Callable[..., Any]:
        """*function*, whose calls are of *step*; what they give is put into *made*."""

        def timed(*args: Any, **keywords: Any) -> Any:
            made.append(self.run(step, function, *args, **keywords))
            return made[-1]

        return timed


def import_object(name: str) -> Any:
    """What ``"module:attribute"`` names."""
    module, _, attribute = name.partition(":")
    found = import_named(module)
    for part in attribute.split("."):
        found = getattr(found, part)
    return found


def import_named(name: str) -> Any:
    """The module *name* of the package."""
    if name != "__main__":
        __import__(name)  # which -X importtime tells of, other than importlib.import_module
        return sys.modules[name]
    # __main__ is this program itself; OpenWhisk, which wants a file of that name, imports it as main__.
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec, spec_from_file_location

    found = PathFinder.find_spec(name, sys.path)
    spec = spec_from_file_location("main__", found.origin) if found and found.origin else None
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError("there is no __main__.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def send_all(task: dict[str, Any]) -> list[int]:
    """The statuses of the responses to the task's requests."""
    from importlib import import_module

    import_module("sitecustomize")  # which starts to look
    handler = load_ours(Watch(), task)
    handler.start()
    return [serve_wsgi(handler.wsgi, method, url) for method, url in task["requests"]]


def load_ours(watch: Watch, task: dict[str, Any]) -> Any:
    """The function may be a handler, an app, or what a platform wants to find, which has a handler in it."""
    made: list[Any] = []

    def load() -> Any:
        import lambda_bridge
        from lambda_bridge import apps, handler

        handler.make_handler = watch.wrap("make_handler", handler.make_handler, made)
        lambda_bridge.make_handler = handler.make_handler
        # make_handler("module:app") imports the app.
        apps.import_app = watch.wrap("imports", apps.import_app, [])
        return import_object(task["function"])

    found = watch.run("imports", load)
    if not hasattr(found, "line"):
        if not made and task["function"].endswith(":new"):  # Knative asks for the function when it has started
            found()
        if not made:
            from lambda_bridge import make_handler

            make_handler(found)
        found = made[-1]
    return found


def start_ours(watch: Watch, task: dict[str, Any]) -> Callable[[Any], Any]:
    found = load_ours(watch, task)
    watch.run("lifespan", found.start)
    task["interface"] = found.interface

    def serve(event: Any) -> Any:
        if event is None:
            return {"statusCode": serve_wsgi(found.wsgi, "GET", "/")}
        return found(event, Context() if task["is_aws"] else None)

    return serve


def serve_wsgi(app: Callable[..., Any], method: str, url: str) -> int:
    """One request of a server; gives the status of its response."""
    from io import BytesIO
    from urllib.parse import unquote_to_bytes

    path, _, query = url.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    told: list[str] = []
    chunks = app(environ, lambda status, headers, exc_info=None: told.append(status))
    for _ in chunks:
        pass
    if hasattr(chunks, "close"):
        chunks.close()
    return int(told[-1].split()[0])


# Each of the peers, as its documentation has it.


def start_mangum(watch: Watch, task: dict[str, Any]) -> Callable[[Any], Any]:
    adapter, app = load_peer(watch, task, "mangum")
    handler = watch.run("make_handler", adapter.Mangum, app)
    return lambda event: handler(event, Context())


def start_apig_wsgi(watch: Watch, task: dict[str, Any]) -> Callable[[Any], Any]:
    adapter, app = load_peer(watch, task, "apig_wsgi")
    handler = watch.run("make_handler", adapter.make_lambda_handler, app)
    return lambda event: handler(event, Context())


def start_serverless_wsgi(watch: Watch, task: dict[str, Any]) -> Callable[[Any], Any]:
    adapter, app = load_peer(watch, task, "serverless_wsgi")
    return lambda event: adapter.handle_request(app, event, Context())


def start_awsgi(watch: Watch, task: dict[str, Any]) -> Callable[[Any], Any]:
    adapter, app = load_peer(watch, task, "awsgi")
    return lambda event: adapter.response(app, event, Context())


def load_peer(watch: Watch, task: dict[str, Any], module: str) -> tuple[Any, Any]:
    """(the adapter's *module*, the app)."""
    from importlib import import_module

    return watch.run("imports", lambda: (import_module(module), import_object(task["function"])))  # type: ignore[no-any-return]


ADAPTERS = {
    "lambda_bridge": start_ours,
    "mangum": start_mangum,
    "apig-wsgi": start_apig_wsgi,
    "serverless-wsgi": start_serverless_wsgi,
    "aws-wsgi": start_awsgi,
}


def explain(error: BaseException, paths: list[str]) -> dict[str, Any]:
    """In one line, where in a file below *paths*, and their traceback; of our own errors the sentence says all."""
    import traceback

    if type(error).__module__ == "lambda_bridge.errors":
        return {"error": str(error), "where": "", "traceback": ""}
    frames = traceback.extract_tb(error.__traceback__)
    first = next(
        (number for number, frame in enumerate(frames) if frame.filename.startswith(tuple(paths))), len(frames)
    )
    places = [(frame.filename, frame.lineno) for frame in frames[first:] if frame.filename.startswith(tuple(paths))]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((error.filename, error.lineno))
    told = traceback.format_exception_only(type(error), error)
    # A place in a source comes before it, notes come behind it.
    sentence = next(line for line in told if not line.startswith(" "))
    return {
        "error": sentence.splitlines()[0],
        "where": "{}, line {}".format(*places[-1]) if places else "",
        "traceback": "".join([*traceback.format_list(frames[first:]), *told]),
    }


def main(text: str, up: float) -> None:
    """Do the task *text*; the interpreter was there at *up*, by `time.monotonic`."""
    task = json.loads(text)
    sys.path[:0] = task["paths"]
    watch = Watch()
    told: dict[str, Any] = {"up": up}
    try:
        answer: Any = None
        if "mark" in task:
            sys.stderr.write(task["mark"] + "\n")
            import_named(task["module"])
        elif "requests" in task:
            answer = send_all(task)
        else:
            answer = watch.run("first event", ADAPTERS[task["adapter"]](watch, task), task["event"])
        told["interface"] = task.get("interface", "")
        told["answer"] = json.loads(json.dumps(answer))
    except BaseException as error:  # SystemExit too: whatever it is, the function has not started
        told = {"up": up, "step": watch.step, **explain(error, task["paths"])}
    told["steps"] = watch.steps
    with open(task["result"], "w", encoding="utf-8") as file:
        json.dump(told, file)
    sys.stdout.flush()
    # As a platform ends a function: its threads are not waited for.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], globals()["up"])
