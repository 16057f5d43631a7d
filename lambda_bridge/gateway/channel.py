"""What the gateway and the process of an instance tell each other, and how it is written.

Over the process's standard input come a Setup, once, and then a Job for each call; over what was its
standard output go back Started, once, and then Done for each. Of a response in parts Head and its Parts go
before that, and each Part is answered with Taken: no more than one is under way.
"""

from __future__ import annotations

import os
import pickle  # nosec B403  # both ends are ours: a process and the one that it has started
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from lambda_bridge.gateway.calls import Asked
    from lambda_bridge.gateway.function import Options, Outcome
    from lambda_bridge.messages import Response

READY = b"\nlambda_bridge: from here on pickles\n"
"""Stands before Started, after whatever has been printed before there was a say in it."""
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
    environ: dict[str, str] = field(default_factory=dict)
    """What its environment has beside the gateway's."""


@dataclass
class Job:
    """One call, as `lambda_bridge.gateway.calls.Call` has it."""

    asked: Asked
    spelling: str
    seconds: float
    memory: int
    takes_parts: bool = False
    """Whether who waits takes a response in parts, where the platform streams."""


@dataclass
class Started:
    """The app is there, or why it is not."""

    problem: Optional[str] = None
    is_misnamed: bool = False
    """Whether *problem* is one sentence on what the developer has named, and not a traceback."""
    files: dict[str, Stamp] = field(default_factory=dict)
    """The source files that were imported."""
    streams: bool = False
    """Whether the app is to stream where its platform can be set to (`make_handler(stream=True)`)."""


@dataclass
class Head:
    """A response has begun that comes in parts; its body is empty."""

    response: Response


@dataclass
class Part:
    """The next bytes of its body; the worker waits for Taken."""

    data: bytes


@dataclass
class Taken:
    """The gateway has passed a part on."""

    is_wanted: bool
    """Whether the client is still there."""


class Gone:
    """The client has gone, while no part was on its way."""


@dataclass
class Done:
    """The end of a call."""

    outcome: Outcome
    files: dict[str, Stamp]
    """Those that were imported meanwhile."""


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
