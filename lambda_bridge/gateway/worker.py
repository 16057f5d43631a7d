"""One instance of the function: a process that serves one call at a time, for `lambda_bridge.gateway.instances`.

Over standard input come a Setup, once, and then a Job for each call; over what was standard output
go back Started, once, and then an Outcome for each. What the app prints goes to standard error, which
the gateway reads. The end of standard input is the end of the process, whatever the app is doing.
"""

from __future__ import annotations

import atexit
import faulthandler
import os
import pickle
import queue
import signal
import struct
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from lambda_bridge.gateway.calls import Asked
    from lambda_bridge.gateway.function import Function, Options, Outcome

READY = b"\nlambda_bridge: from here on pickles\n"
"""Stands before Started, after whatever has been printed before there was a say in it."""
GRACE = 0.5
"""Seconds that an app has to end in order."""

Stamp = tuple[int, int]


@dataclass
class Setup:
    """What a worker is to serve."""

    app: str
    options: Options
    path: list[str]
    """The gateway's sys.path."""
    mark: bytes
    """Ends the output of each call."""


@dataclass
class Job:
    """One call, as `lambda_bridge.gateway.calls.Call` has it."""

    asked: Asked
    spelling: str
    seconds: float
    memory: int


@dataclass
class Started:
    """The app is there, or why it is not."""

    problem: Optional[str] = None
    is_misnamed: bool = False
    """Whether *problem* is one sentence on what the developer has named, and not a traceback."""
    files: dict[str, Stamp] = field(default_factory=dict)
    """The source files that were imported."""


@dataclass
class Done:
    """The end of a call."""

    outcome: Outcome
    files: dict[str, Stamp]
    """Those that were imported meanwhile."""


def main() -> None:
    """Serve until standard input ends."""
    incoming, outgoing = _take_channel()
    faulthandler.enable(2, all_threads=False)
    sys.breakpointhook = _no_terminal
    atexit.register(_end_children)  # the first, so it runs last
    setup: Setup = receive(incoming)
    sys.path[:] = setup.path
    jobs: queue.SimpleQueue[Optional[Job]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(incoming, jobs), daemon=True, name="lambda_bridge.gateway").start()
    write(outgoing, READY)
    files = Files()
    function, started = _load(setup, files)
    send(outgoing, started)
    if function is None:
        return
    own = os.getpid()
    for job in iter(jobs.get, None):
        outcome = function.call(job.asked, job.spelling, job.seconds, job.memory)
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
    from lambda_bridge.gateway.function import Function, explain, load_handler

    try:
        handler = load_handler(setup.app, setup.options)
    except ConfigurationError as error:
        return None, Started(str(error), is_misnamed=True)
    except BaseException as error:  # whatever a module does while it is imported
        return None, Started(f"{setup.app} cannot be imported\n{explain(error)}")
    return Function(handler), Started(files=files.new())


def _listen(incoming: int, jobs: queue.SimpleQueue[Optional[Job]]) -> None:
    """Hand the jobs to the main thread, in which the clouds call too; at the end of input end the process."""
    try:
        while True:
            jobs.put(receive(incoming))
    except EOFError:
        jobs.put(None)
    threading.Event().wait(GRACE)
    end_group(os.getpid())
    os._exit(1)


def end_group(pid: int) -> None:
    """Kill the process *pid* and all that it has started, where they are a group of their own."""
    if hasattr(os, "killpg") and os.getpgid(pid) == pid:
        os.killpg(pid, signal.SIGKILL)


def _end_children() -> None:
    """What the app has started ends with it, as in a cloud."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
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


# --- the wire: a length, and a pickle


def send(descriptor: int, message: Any) -> None:
    """Write *message*; raises OSError where nobody reads any more."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    write(descriptor, struct.pack("!Q", len(data)) + data)


def write(descriptor: int, data: bytes) -> None:
    """Write all of *data*."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def receive(descriptor: int) -> Any:
    """The next message; raises EOFError at the end."""
    (length,) = struct.unpack("!Q", read(descriptor, 8))
    return pickle.loads(read(descriptor, length))  # noqa: S301  # both ends are ours


def read(descriptor: int, length: int) -> bytes:
    """Exactly *length* bytes; raises EOFError where there are not as many."""
    parts = []
    while length:
        part = os.read(descriptor, min(length, 1024 * 1024))
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
