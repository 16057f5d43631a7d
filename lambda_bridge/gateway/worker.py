"""One instance of the function: a process that serves one call at a time, for `lambda_bridge.gateway.instances`.

What it hears and says is in `lambda_bridge.gateway.channel`. What the app prints goes to standard
error, which the gateway reads. The end of standard input is the end of the process, whatever the app is
doing.
"""

from __future__ import annotations

import atexit
import faulthandler
import os
import queue
import signal
import sys
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Optional

from lambda_bridge.gateway.channel import READY, Done, Job, Setup, Stamp, Started, receive, send, write
from lambda_bridge.gateway.relay import FarClient

if TYPE_CHECKING:
    from lambda_bridge.gateway.function import Function

GRACE = 0.5
"""Seconds that an app has to end in order."""


def main() -> None:
    """Serve until standard input ends."""
    incoming, outgoing = _take_channel()
    faulthandler.enable(2, all_threads=False)
    sys.breakpointhook = _no_terminal
    atexit.register(_end_children)  # the first, so it runs last
    setup: Setup = receive(incoming)
    sys.path[:] = setup.path
    jobs: queue.SimpleQueue[Optional[Job]] = queue.SimpleQueue()
    client = FarClient(outgoing)
    threading.Thread(target=_listen, args=(incoming, jobs, client), daemon=True, name="lambda_bridge.gateway").start()
    write(outgoing, READY)
    files = Files()
    function, started = _load(setup, files)
    send(outgoing, started)
    if function is None:
        return
    own = os.getpid()
    for job in iter(jobs.get, None):
        outcome = function.call(job.asked, job.spelling, job.seconds, job.memory, client if job.takes_parts else None)
        if os.getpid() != own:
            os._exit(0)  # a child that the app has forked, and that has come back from its call
        with suppress(AttributeError, OSError, ValueError):  # the app may have closed its streams
            sys.stdout.flush()
            sys.stderr.flush()
            write(2, setup.mark)
        try:
            send(outgoing, Done(outcome, files.new()))
        except OSError:
            break  # nobody listens any more
    function.close()


def _take_channel() -> tuple[int, int]:
    """Standard input and output as descriptors of ours; the app gets others in their place, and what it forks gets none."""
    channel = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if hasattr(os, "register_at_fork"):
        # Else the gateway would not see our end before theirs.
        for descriptor in channel:
            os.register_at_fork(after_in_child=partial(os.close, descriptor))
    return channel


def _load(setup: Setup, files: Files) -> tuple[Optional[Function], Started]:
    from lambda_bridge.errors import ConfigurationError
    from lambda_bridge.gateway.explain import explain
    from lambda_bridge.gateway.function import Function, load_handler

    try:
        handler = load_handler(setup.app, setup.options)
    except ConfigurationError as error:
        return None, Started(str(error), is_misnamed=True)
    except BaseException as error:  # whatever a module does while it is imported
        return None, Started(f"{setup.app} cannot be imported\n{explain(error)}")
    function = Function(handler)
    return function, Started(files=files.new(), streams=function.streams)


def _listen(incoming: int, jobs: queue.SimpleQueue[Optional[Job]], client: FarClient) -> None:
    """Hand the jobs to the main thread, in which the clouds call too; at the end of input end the process."""
    try:
        while True:
            message = receive(incoming)
            if isinstance(message, Job):
                jobs.put(message)
            else:
                client.hear(message)
    except EOFError:
        jobs.put(None)
        client.lose()
    threading.Event().wait(GRACE)
    _kill_group()
    os._exit(1)


def _kill_group() -> None:
    """Kill this process and all that it has started."""
    if _leads_group():
        os.killpg(0, signal.SIGKILL)


def _leads_group() -> bool:
    """Whether it is a group with what it has started, and nobody else."""
    return hasattr(os, "killpg") and os.getpgrp() == os.getpid()


def _end_children() -> None:
    """What the app has started ends with it, as in a cloud."""
    if _leads_group():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)


def _no_terminal(*args: Any, **keywords: Any) -> None:
    print("breakpoint(): an instance has no terminal; use --instances 0", file=sys.stderr)


class Files:
    """The source files that have been imported, without those that are installed."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._modules = 0

    def new(self) -> dict[str, Stamp]:
        """Those since the last call, as they are now."""
        if len(sys.modules) == self._modules:
            return {}
        self._modules = len(sys.modules)
        found = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        paths = {path for path in found if isinstance(path, str)} - self._seen
        self._seen |= paths
        stamps = {path: stamp_of(path) for path in paths if not _is_installed(path)}
        return {path: stamp for path, stamp in stamps.items() if stamp is not None}


_STANDARD = os.path.dirname(os.__file__) + os.sep


def _is_installed(path: str) -> bool:
    return path.startswith(_STANDARD) or "site-packages" in path or "dist-packages" in path


def stamp_of(path: str) -> Optional[Stamp]:
    """What is another one when the file has changed; None where it is gone."""
    try:
        about = os.stat(path)
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size
