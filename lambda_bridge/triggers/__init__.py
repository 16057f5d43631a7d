"""Events that are not HTTP: one table of their sources, each a row; every record becomes a CloudEvent.

A source is one kind of event of one cloud, ``"aws.sqs"``. Its row says how to recognise it, how to
take it apart into records, and what each record is as a CloudEvent; and what the platform is told
when a record fails. Rows are pure, like formats. They stand in one module for each cloud, as its
``SOURCES``; `NAMES` knows them without importing any. `find` asks one row after the other, of which
exactly one holds; `lambda_bridge.triggers.delivery` does the rest.

What a row sees as the event is what the platform handed over, but for three things: bytes that are
JSON are parsed, and texts that are an object or a list of it; a background event of Google's, half of
which comes in the context, is ``{"data": …, "context": {"eventId", "timestamp", "eventType",
"resource"}}``, as the older wire format has it; and of Fn, whose context comes first, it is the body.

No HTTP call ever imports this package.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Union

    Data = Union[bytes, str, int, float, bool, None, list[Any], dict[str, Any]]


# Module -> the names of its rows; tests hold it against the modules.
MODULES: dict[str, tuple[str, ...]] = {
    "aws": (
        "aws.sqs", "aws.sns", "aws.s3", "aws.eventbridge", "aws.schedule", "aws.dynamodb", "aws.kinesis", "aws.kafka",
        "aws.logs", "aws.ses", "aws.authorizer", "aws.invoke",
    ),
    "tencent": ("tencent.timer", "tencent.cos", "tencent.cmq", "tencent.ckafka", "tencent.cls", "tencent.mps", "tencent.eventbridge",),
    "aliyun": ("aliyun.timer", "aliyun.oss", "aliyun.cdn", "aliyun.mns", "aliyun.mns_queue", "aliyun.kafka", "aliyun.eventbridge", "aliyun.sls",),
    "huawei": ("huawei.timer", "huawei.obs", "huawei.smn", "huawei.kafka", "huawei.lts", "huawei.cts", "huawei.dds",),
    "volcengine": ("volcengine.timer", "volcengine.tos", "volcengine.kafka", "volcengine.event",),
    "yandex": ("yandex.timer", "yandex.storage", "yandex.queue", "yandex.iot", "yandex.trigger",),
    "google": ("google.pubsub", "google.storage", "google.eventarc",),
    "azure": ("azure.custom", "azure.timer", "azure.queue", "azure.blob", "azure.eventgrid", "azure.eventhub", "azure.servicebus",),
    "cloudevents": ("cloudevents.event",),
    "fn": ("fn.invoke",),
    "openwhisk": ("openwhisk.invoke",),
}  # fmt: skip

# Stands for the context of OpenWhisk, which passes none.
OPENWHISK = "openwhisk"

NAMES: tuple[str, ...] = tuple(name for names in MODULES.values() for name in names)


class CloudEvent:
    """One record as CloudEvents 1.0.2 has it (cloudevents/spec).

    ``id``, ``source`` (a URI reference), ``type``, ``subject``, ``time`` (RFC 3339), str; the last
    two may be None. ``data`` is bytes as they are, or anything for JSON; ``content_type`` says which,
    and is None where there is no data at all. ``extensions`` maps lower-case names of letters and
    digits to str.

    For functions of ``handler.on`` there are also ``record``, what the platform handed over for this
    one, and ``context``, that of the invocation.
    """

    __slots__ = ("content_type", "context", "data", "extensions", "id", "record", "source", "subject", "time", "type")

    def __init__(
        self,
        id: str,  # noqa: A002
        source: str,
        type: str,  # noqa: A002
        data: Data = None,
        *,
        subject: str | None = None,
        time: str | None = None,
        content_type: str | None = "application/json",
        extensions: Mapping[str, str] | None = None,
    ) -> None:
        self.id = id
        self.source = source
        self.type = type
        self.data = data
        self.subject = subject
        self.time = time
        self.content_type = content_type
        self.extensions = dict(extensions or {})
        self.record: Any = None
        self.context: Any = None

    def json(self) -> Any:
        """``data`` as JSON says it, also where it came as bytes; raises ValueError where those are no JSON."""
        if not isinstance(self.data, (bytes, bytearray)):
            return self.data
        from json import loads

        return loads(self.data)

    def __repr__(self) -> str:
        return f"<CloudEvent {self.type} {self.id}>"


class Source:
    """A row of the table.

    ``name``
        ``"cloud.kind"``; what the app finds as ``lambda_bridge.format``.
    ``title``, ``docs``
        The provider's name for it, and its page.
    ``holds(event) -> bool``
        Whether *event* (a dict, a list, or an object of the platform) is one of these: by keys that
        the platform writes. Exactly one row holds for every event of all samples, and no HTTP row.
        It never raises, whatever the event is.
    ``records(event) -> list``
        The records in it, in order; one that is the whole event where it has no records.
    ``read(record, event) -> CloudEvent``
        Raises MalformedEvent for a record that cannot be read. Its ``id`` is ``""`` where the event has
        none: the invocation's is taken.
    ``failed(event, indexes) -> list``
        Where the platform may be told which records have failed: gives, for indexes of failed
        records, the identifiers for ``batchItemFailures``; None where the whole invocation must fail.
    ``ordered(event) -> bool``
        Where failed records are told: whether the first of them ends the batch, as those after it must wait.
    ``answers``
        Whether what a function returns (or the app's JSON) goes back as the result.
    ``nothing``
        What goes back where there is no answer.
    ``result(answer, context) -> result``
        What goes back instead, where the platform's own software would spoil an answer; None where it would not.
    ``routed``
        Whether the app gets it at the route of ``events=``; else only a function of ``handler.on``.
    ``by_context(context) -> bool``
        For direct invocations, whose events are whatever the caller likes: whether the context is of
        this cloud. Such a row is asked after all others, and ``holds`` says what it does not take.
    """

    __slots__ = (
        "answers",
        "by_context",
        "docs",
        "failed",
        "holds",
        "name",
        "nothing",
        "ordered",
        "read",
        "records",
        "result",
        "routed",
        "title",
    )

    def __init__(
        self,
        name: str,
        title: str,
        docs: str,
        *,
        holds: Callable[[Any], bool],
        read: Callable[[Any, Any], CloudEvent],
        records: Callable[[Any], list[Any]] | None = None,
        failed: Callable[[Any, list[int]], list[str]] | None = None,
        ordered: Callable[[Any], bool] | None = None,
        answers: bool = False,
        nothing: Any = None,
        result: Callable[[Any, Any], Any] | None = None,
        routed: bool = True,
        by_context: Callable[[Any], bool] | None = None,
    ) -> None:
        self.name = name
        self.title = title
        self.docs = docs
        self.holds = holds
        self.read = read
        self.records = records or _whole
        self.failed = failed
        self.ordered = ordered
        self.answers = answers
        self.nothing = nothing
        self.result = result
        self.routed = routed
        self.by_context = by_context

    def __repr__(self) -> str:
        return f"<Source {self.name}>"


def _whole(event: Any) -> list[Any]:
    return [event]


def load(module: str) -> tuple[Source, ...]:
    """The rows of a module; it is imported when the first event comes that is no HTTP."""
    found: tuple[Source, ...] = import_module(f"lambda_bridge.triggers.{module}").SOURCES
    return found


def load_source(name: str) -> Source:
    """The row of a name out of `NAMES`."""
    return next(source for source in load(name.partition(".")[0]) if source.name == name)


def table() -> tuple[Source, ...]:
    """Every row of every module."""
    return tuple(source for module in MODULES for source in load(module))


def find(event: Any, context: Any = None) -> Source | None:
    """The row that holds for *event*, or None. Never a guess."""
    if _is_from_client(event):
        return None
    last = []
    for module in MODULES:
        for source in load(module):
            if source.by_context is not None:
                last.append(source)
            elif source.holds(event):
                return source
    for source in last:
        if source.by_context is not None and source.by_context(context) and source.holds(event):
            return source
    return None


def _is_from_client(event: Any) -> bool:
    # Open platforms put a client's fields beside their own keys, where it could write any event.
    if not isinstance(event, dict):
        return False
    http = event.get("http")
    return any(isinstance(key, str) and key.startswith(("__ow_", "__ce_")) for key in event) or (
        isinstance(http, dict) and "method" in http and "headers" in http
    )
