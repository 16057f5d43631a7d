"""The records of one event, one by one or all at once; and what the platform is told of those that have failed.

Records go in order. Where the platform may be told which ones have failed, it is; else the first failure fails the
invocation, so that the platform retries. When no record has succeeded the invocation fails in any case: then nothing
can be taken for done.
"""

from __future__ import annotations

from lambda_bridge.errors import BridgeError, ConfigurationError, DeadlineExceeded, MalformedEvent, StartupFailed
from lambda_bridge.log import log_error, log_warning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any, Union

    from lambda_bridge.handler import Line
    from lambda_bridge.triggers import CloudEvent, Source

    # One record, or of a function with batch=True all of them.
    Argument = Union[CloudEvent, list[CloudEvent]]
    # Yields what is to be delivered and in how many seconds, gets the answer, returns the result.
    Steps = Generator[tuple[Argument, Union[float, None]], Any, Any]


def make_steps(line: Line, source: Source, event: Any, context: Any) -> Steps:
    """The deliveries that *event* asks for, each once the one before has ended; raises what the platform is to hear."""
    try:
        records = source.records(event)
    except Exception as error:
        from lambda_bridge.failures import as_malformed

        raise as_malformed(source.name, error) from error
    clock = _Clock(line.seconds(context))
    is_batch = source.name in line.functions and line.functions[source.name][1]
    deliver_records = _all_at_once if is_batch else _one_by_one
    answer = yield from deliver_records(line, source, event, context, records, clock)
    return answer if source.result is None else source.result(answer, context)


def _one_by_one(line: Line, source: Source, event: Any, context: Any, records: list[Any], clock: _Clock) -> Steps:
    failures = _Failures(line, source, event, len(records))
    answer = None
    for index, record in enumerate(records):
        try:
            left = clock.left()
            answer = yield _read(source, record, event, context), left
        except Exception as error:  # noqa: PERF203
            failures.add(error, index)
            if failures.end_with(index, error):
                break
    return failures.result(answer)


def _all_at_once(line: Line, source: Source, event: Any, context: Any, records: list[Any], clock: _Clock) -> Steps:
    failures = _Failures(line, source, event, len(records))
    readable, answer = [], None
    for index, record in enumerate(records):
        try:
            readable.append((index, _read(source, record, event, context)))
        except MalformedEvent as error:  # noqa: PERF203
            failures.add(error, index)
            if failures.end_with(index, error):
                break
    if readable or not records:
        try:
            answer = yield [each for _, each in readable], clock.left()
        except Exception as error:
            failures.add(error, *[index for index, _ in readable])
    return failures.result(answer)


def _read(source: Source, record: Any, event: Any, context: Any) -> CloudEvent:
    try:
        cloud_event = source.read(record, event)
    except Exception as error:
        from lambda_bridge.failures import as_malformed

        raise as_malformed(source.name, error) from error
    cloud_event.record, cloud_event.context = record, context
    if not cloud_event.id:
        cloud_event.id = _invocation_id(context)
    return cloud_event


def _invocation_id(context: Any) -> str:
    # Of AWS and Yandex; of Tencent, Alibaba and others; of Huawei; of Fn; of Azure.
    for name in ("aws_request_id", "request_id", "getRequestID", "CallID", "invocation_id"):
        found = context.get(name) if isinstance(context, dict) else getattr(context, name, None)
        found = found() if callable(found) else found
        if isinstance(found, str) and found:
            return found
    from uuid import uuid4

    return str(uuid4())


class _Clock:
    """How long the rest of the invocation may take; some platforms tell it only at the beginning."""

    def __init__(self, seconds: float | None) -> None:
        from time import monotonic

        self._now = monotonic
        self._seconds = seconds
        self._end = None if seconds is None else monotonic() + seconds

    def left(self) -> float | None:
        """Raises DeadlineExceeded when there is nothing left."""
        if self._end is None or self._seconds is None:
            return None
        left = self._end - self._now()
        if left <= 0:
            raise DeadlineExceeded(self._seconds)
        return left


class _Failures:
    """Which of the *count* records have failed, and what the platform is told."""

    def __init__(self, line: Line, source: Source, event: Any, count: int) -> None:
        self._line = line
        self._source = source
        self._event = event
        self._count = count
        self._indexes: list[int] = []
        self._first: Exception | None = None
        self._tells = source.failed is not None and line.options.partial_failures

    def add(self, error: Exception, *indexes: int) -> None:
        """The records *indexes* have failed with *error*; raises it where that can only be told by raising."""
        if not self._tells or isinstance(error, (ConfigurationError, StartupFailed)):
            raise error
        self._first = self._first or error
        self._indexes.extend(indexes)
        which = f"record {indexes[0] + 1}" if len(indexes) == 1 else f"the function for {len(indexes)} records"
        what = f"{which} of {self._count} of {self._source.name} has failed"
        # Of our own errors the sentence says all, and what caused them may quote the event.
        is_ours = isinstance(error, BridgeError)
        log_error(f"{what}: {error}" if is_ours else what, None if is_ours else error)

    def end_with(self, index: int, error: Exception) -> bool:
        """Whether no record after *index* may be tried: then all of them have failed too."""
        ordered = self._source.ordered
        is_over = isinstance(error, DeadlineExceeded) or (ordered is not None and ordered(self._event))
        if is_over:
            self._indexes.extend(range(index + 1, self._count))
        return is_over

    def result(self, answer: Any) -> Any:
        """What goes back; raises the first failure where no record has succeeded, or not all can be named."""
        if self._source.failed is None:
            return self._source.nothing if answer is None or not self._source.answers else answer
        if self._first is None:
            return {"batchItemFailures": []}
        if len(self._indexes) == self._count:
            raise self._first
        try:
            names = self._source.failed(self._event, sorted(self._indexes))
        except Exception:
            raise self._first from None
        if not all(isinstance(name, str) and name for name in names):
            raise self._first
        _warn_of_setting(self._line, self._source)
        return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}


def _warn_of_setting(line: Line, source: Source) -> None:
    if source.name not in line.warned:
        line.warned.add(source.name)
        log_warning(
            f"the failed records of {source.name} are named in batchItemFailures: the trigger must have "
            "FunctionResponseTypes=ReportBatchItemFailures, or they are lost; without it, use partial_failures=False"
        )
