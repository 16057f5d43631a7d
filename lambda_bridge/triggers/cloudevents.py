"""Any CloudEvent that is of no cloud's own trigger: its JSON, a list of such, or an object of the SDK's.

cloudevents/spec 1.0.2, cloudevents/formats/json-format.md. It goes on as it is: attributes, extensions and
data. Binary mode, whose attributes are headers, is HTTP by nature: what hosts make of it before a function sees it is
an object of the SDK's (functions-framework, func-python); where they do not, `over_http` reads it.
"""

from __future__ import annotations

from lambda_bridge.triggers import Source
from lambda_bridge.triggers._structured import cloud_of, read_structured, records_of

SOURCES: tuple[Source, ...] = (
    Source(
        "cloudevents.event", "Any CloudEvent",
        "https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md",
        holds=lambda event: cloud_of(event) == "", records=records_of, read=read_structured,
    ),
)  # fmt: skip
