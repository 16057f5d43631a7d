"""The instances of the function: processes that each serve one call at a time.

A cloud starts an instance for a call that finds none free, and keeps it for the next ones. An
instance that crashes, or takes too long, is gone with all that it has started, and no other.
"""

from __future__ import annotations

import math
import os
import secrets
import sys
import threading
import time
from typing import TYPE_CHECKING, Optional

from lambda_bridge.errors import ConfigurationError
from lambda_bridge.gateway.channel import Done, Job, Setup, Started
from lambda_bridge.gateway.function import MEMORY, Outcome, none_free
from lambda_bridge.gateway.limits import SOCKET_LIMITS, limits_of, patience
from lambda_bridge.gateway.process import Instance
from lambda_bridge.gateway.relay import relay
from lambda_bridge.gateway.worker import GRACE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambda_bridge.gateway.calls import Asked
    from lambda_bridge.gateway.client import Client
    from lambda_bridge.gateway.function import Options
    from lambda_bridge.gateway.process import Report

_PATIENCE = 10.0
"""Seconds that a first look at the app may take, as many as AWS Lambda has for a start."""


class Instances:
    """At most *count* processes that serve the app which *app* names, ``"module:attribute"``.

    :param options: options of make_handler, where *app* names no handler
    :param timeout: seconds that the function may take, as its settings in the cloud would say; None: as
        long as the gateway waits
    :param memory: MB that an instance may use; None: as much as it wants
    :param reload: whether an instance ends before its next call when a source file of its has changed
    :param report: gets what the instances print, and what happens to them, line by line
    :param environ: what their environment has beside that of this process
    """

    def __init__(
        self,
        app: str,
        count: int,
        *,
        options: Options = None,
        timeout: Optional[float] = None,
        memory: Optional[int] = None,
        reload: bool = True,
        report: Report = print,
        environ: Optional[Mapping[str, str]] = None,
    ) -> None:
        mark = b"\x00" + secrets.token_hex(16).encode() + b"\x00"
        self._setup = Setup(app, options, sys.path.copy(), mark, dict(environ or {}))
        self._count = count
        self._timeout = timeout
        self._memory = memory
        self._reload = reload
        self._report = report
        self._free = threading.Semaphore(count)
        self._mutex = threading.Lock()
        self._idle: list[Instance] = []
        self._all: set[Instance] = set()
        self._last = 0
        self._is_closed = False

    def check(self) -> None:
        """Start an instance and end it: raises ConfigurationError when there is no such app, and reports what else fails."""
        instance = self._start()
        if instance is None:
            return
        self._last -= 1  # it serves no call
        started = instance.wait(_PATIENCE)
        how = instance.end(0) if instance.is_at_end else f"is not ready after {_PATIENCE:g} seconds"
        self._end(instance)
        if not isinstance(started, Started):
            self._report(f"{self._setup.app} {how}: calls will show whether it serves")
        elif started.is_misnamed:
            raise ConfigurationError(started.problem)
        elif started.problem is not None:
            self._report(started.problem)

    def call(self, asked: Asked, spelling: str, client: Optional[Client] = None) -> Outcome:
        """What becomes of *asked*; waits for a free instance as long as the gateway would.

        A response in parts goes to *client*, while this waits.
        """
        end = time.monotonic() + patience(spelling)
        if not self._free.acquire(timeout=end - time.monotonic()):
            return none_free()
        try:
            instance = self._find(spelling in SOCKET_LIMITS)
            if instance is not None:
                outcome = self._serve(instance, asked, spelling, end, client)
                if outcome is not None:
                    return outcome
            return self._serve_cold(asked, spelling, end, client)
        finally:
            self._free.release()

    def close(self) -> None:
        """End every instance, within a second."""
        with self._mutex:
            self._is_closed = True
            instances, self._all, self._idle = self._all, set(), []
        for instance in instances:
            instance.ask_to_end()
        end = time.monotonic() + GRACE
        for instance in instances:
            instance.end(end - time.monotonic(), 0.05)

    def _find(self, goes_round: bool = False) -> Optional[Instance]:
        """The instance that has served last and is still good; where it *goes_round*, the one that has not for longest.

        There is none then while there may be another one.
        """
        while True:
            with self._mutex:
                if goes_round and len(self._all) < self._count:
                    return None
                instance = self._idle.pop(0 if goes_round else -1) if self._idle else None
            if instance is None:
                return None
            changed = instance.changed_file() if self._reload else None
            if changed is not None:
                self._report(f"{os.path.relpath(changed)} has changed: instance {instance.number} ends")
            elif instance.is_alive():
                return instance
            else:
                self._report(f"instance {instance.number} {instance.end(0)} between two calls")
            self._end(instance)

    def _start(self) -> Optional[Instance]:
        with self._mutex:
            if self._is_closed:
                return None
            self._last += 1
            instance = Instance(self._last, self._setup, self._report)
            self._all.add(instance)
            return instance

    def _end(self, instance: Instance) -> None:
        with self._mutex:
            self._all.discard(instance)
        instance.ask_to_end()
        instance.end(GRACE)

    def _serve_cold(self, asked: Asked, spelling: str, end: float, client: Optional[Client]) -> Outcome:
        began = time.monotonic()
        instance = self._start()
        if instance is None:
            return Outcome(answer="failed", problem="the gateway has ended")
        started = instance.wait(end - time.monotonic())
        took = time.monotonic() - began
        outcome: Optional[Outcome]
        if isinstance(started, Started) and started.problem is None:
            instance.files.update(started.files)
            instance.streams = started.streams
            outcome = self._serve(instance, asked, spelling, end, client)
            if outcome is None:
                outcome = Outcome(answer="failed", problem=f"instance {instance.number} {instance.end(0)}")
        else:
            if isinstance(started, Started):
                outcome = Outcome(answer="failed", problem=started.problem)
            elif instance.is_at_end:
                outcome = Outcome(answer="failed", problem=f"instance {instance.number} {instance.end(0)} at its start")
            else:
                outcome = Outcome(answer="timed_out", problem=f"instance {instance.number} was not ready in time")
                instance.kill()
            self._end(instance)
            outcome.log = instance.output.take()
        outcome.instance, outcome.is_cold = instance.number, True
        outcome.stages = {"start": took, **outcome.stages}
        return outcome

    def _serve(
        self, instance: Instance, asked: Asked, spelling: str, end: float, client: Optional[Client]
    ) -> Optional[Outcome]:
        """What *instance* makes of *asked*; None where it never got it."""
        now = time.monotonic()
        idle = math.inf
        if client is not None:
            limits = limits_of(spelling)
            idle = limits.idle
            if instance.streams and limits.stream_timeout is not None:
                end = now + limits.stream_timeout
        left = end - now
        seconds = left if self._timeout is None else self._timeout
        if not instance.send(Job(asked, spelling, seconds, self._memory or MEMORY, client is not None)):
            self._end(instance)
            return None
        if client is None:
            done = instance.wait(min(left, seconds), self._memory)
        else:
            done = relay(instance, client, now + min(left, seconds), idle, self._memory)
        if isinstance(done, Done):
            outcome = done.outcome
            instance.files.update(done.files)
            instance.output.wait_for_mark()
            with self._mutex:
                if not self._is_closed:
                    self._idle.append(instance)
        else:
            outcome = self._without_result(instance, seconds < left and time.monotonic() >= now + seconds)
            self._end(instance)
        outcome.log = instance.output.take()
        outcome.instance = instance.number
        return outcome

    def _without_result(self, instance: Instance, has_expired: bool) -> Outcome:
        who = f"instance {instance.number}"
        if instance.is_at_end:
            how = instance.end(0)
            return Outcome(
                answer="failed", problem=f"{who} ends" if self._is_closed else f"{who} {how} during the call"
            )
        instance.kill()
        if instance.is_too_large:
            return Outcome(answer="failed", problem=f"{who} was killed: it was over {self._memory} MB of memory")
        if has_expired:
            return Outcome(answer="expired", problem=f"{who} was killed: the call was over {self._timeout:g} seconds")
        return Outcome(answer="timed_out", problem=f"{who} was killed: the gateway waits no longer")
