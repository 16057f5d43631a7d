"""Volcengine veFaaS (BytePlus FaaS): its triggers hand over CloudEvents in JSON (DOCS, read in 2026).

The page says of all data that it is application/octet-stream; what is an object in the event goes on as JSON
nevertheless. The page has the timer only; the object of TOS is as vefaas-dev/code-examples declares it
(vefaas-golang-tos-trigger/handlers/type.go). Not verified: the data of Kafka, which goes on as it is.
"""

from __future__ import annotations

from lambda_bridge.triggers import Source
from lambda_bridge.triggers._structured import cloud_of, is_kind, read_structured, records_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DOCS = "https://www.volcengine.com/docs/6662/127868"
_KINDS = (
    ("volcengine.timer", "veFaaS timer trigger", "faas.timer."),
    ("volcengine.tos", "Volcengine TOS trigger", "faas.tos."),
    ("volcengine.kafka", "Volcengine Kafka trigger", "faas.kafka."),
)


def _row(name: str, title: str, prefix: str) -> Source:
    def holds(event: Any) -> bool:
        return is_kind(event, "volcengine", prefix)

    return Source(name, title, _DOCS, holds=holds, records=records_of, read=read_structured)


def _is_other(event: Any) -> bool:
    return cloud_of(event) == "volcengine" and not is_kind(event, "volcengine", *(prefix for _, _, prefix in _KINDS))


SOURCES: tuple[Source, ...] = (
    *(_row(*kind) for kind in _KINDS),
    Source(
        "volcengine.event", "Any other veFaaS trigger", _DOCS,
        holds=_is_other, records=records_of, read=read_structured,
    ),
)  # fmt: skip
