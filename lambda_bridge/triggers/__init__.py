"""Events that are not HTTP: one table of their sources, each a row; every record becomes a CloudEvent.

A source is one kind of event of one cloud, ``"aws.sqs"``. Its row says how to recognise it, how to
take it apart into records, and what each record is as a CloudEvent; and what the platform is told
when a record fails. Rows are pure, like formats.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Union

    Data = Union[bytes, str, int, float, bool, None, list[Any], dict[str, Any]]


class CloudEvent:
    """One record as CloudEvents 1.0.2 has it (cloudevents/spec).

    ``id``, ``source`` (a URI reference), ``type``, ``subject``, ``time`` (RFC 3339), str; the last
    two may be None. ``data`` is bytes as they are, or anything for JSON; ``content_type`` says which.
    ``extensions`` maps lower-case names of letters and digits to str.
    """

    __slots__ = ("content_type", "data", "extensions", "id", "source", "subject", "time", "type")

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


class Source:
    """A row of the table.

    ``name``
        ``"cloud.kind"``; what the app finds as ``lambda_bridge.format``.
    ``title``, ``docs``
        The provider's name for it, and its page.
    ``holds(event) -> bool``
        Whether *event* (a dict, a list, or an object of the platform) is one of these: by keys that
        the platform writes. Exactly one row holds for every event of all samples, and no HTTP row.
    ``records(event) -> list``
        The records in it, in order; one that is the whole event where it has no records.
    ``read(record, event) -> CloudEvent``
        Raises MalformedEvent for a record that cannot be read.
    ``failed(event) -> Callable | None``
        Where the platform may be told which records have failed: gives, for indexes of failed
        records, the identifiers for ``batchItemFailures``; None where the whole invocation must fail.
    ``answers``
        Whether what a function returns (or the app's JSON) goes back as the result.
    """

    __slots__ = ("answers", "docs", "failed", "holds", "name", "read", "records", "title")

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
        answers: bool = False,
    ) -> None:
        self.name = name
        self.title = title
        self.docs = docs
        self.holds = holds
        self.read = read
        self.records = records or _whole
        self.failed = failed
        self.answers = answers


def _whole(event: Any) -> list[Any]:
    return [event]
