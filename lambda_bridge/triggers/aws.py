"""Sources of Amazon Web Services.

S3 and SNS as the adapters of CloudEvents have them (cloudevents/spec, cloudevents/adapters/aws-s3.md
and aws-sns.md); the others after their pattern: the type is ``com.amazonaws.<service>.<what>``, the
source the ARN. What a message carries is the data, as it is; else the record is.

Fields: docs.aws.amazon.com/lambda/latest/dg/lambda-services.html and the page of each row. Which
identifiers a partial failure has, and that of a stream all after the lowest come again:
services-kinesis-batchfailurereporting.html and services-ddb-batchfailurereporting.html, there.

Not built: the state of tumbling windows (of Kinesis and DynamoDB), which a result would carry on.
"""

from __future__ import annotations

from lambda_bridge.errors import MalformedEvent
from lambda_bridge.triggers import CloudEvent, Source
from lambda_bridge.triggers._values import first, make_time, read_base64, read_bytes, read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_DOCS = "https://docs.aws.amazon.com/lambda/latest/dg/"


def _comes_from(service: str) -> Callable[[Any], bool]:
    return lambda event: first(event, "Records").get("eventSource") == service


def _records(event: Any) -> list[Any]:
    return event["Records"]  # type: ignore[no-any-return]


def _read_sqs(record: Any, event: Any) -> CloudEvent:
    data, content_type = read_text(record["body"])
    told = record["attributes"]
    return CloudEvent(
        record["messageId"],
        record["eventSourceARN"],
        "com.amazonaws.sqs.Message",
        data,
        time=_read_milliseconds(told.get("SentTimestamp")),
        content_type=content_type,
        extensions=_some(
            partitionkey=told.get("MessageGroupId"),
            sequence=told.get("SequenceNumber"),
            receivecount=told.get("ApproximateReceiveCount"),
        ),
    )


def _read_milliseconds(milliseconds: Any) -> str | None:
    """RFC 3339 of milliseconds since 1970."""
    try:
        return make_time(int(milliseconds) / 1000)
    except (TypeError, ValueError, OverflowError):
        return None


def _some(**extensions: Any) -> dict[str, str]:
    return {name: str(value) for name, value in extensions.items() if value not in (None, "")}


def _is_fifo(event: Any) -> bool:
    return str(first(event, "Records").get("eventSourceARN")).endswith(".fifo")


def _always(event: Any) -> bool:
    return True


def _read_sns(record: Any, event: Any) -> CloudEvent:
    message = record["Sns"]
    return CloudEvent(
        message["MessageId"],
        record["EventSubscriptionArn"],
        f"com.amazonaws.sns.{message['Type']}",
        message,
        subject=message.get("Subject"),
        time=message["Timestamp"],
    )


def _read_s3(record: Any, event: Any) -> CloudEvent:
    # The key is form-encoded, in the record and in the subject, which is its value.
    told, s3 = record["responseElements"], record["s3"]
    return CloudEvent(
        ".".join(told[name] for name in ("x-amz-request-id", "x-amz-id-2") if name in told),
        f"{record['eventSource']}.{record['awsRegion']}.{s3['bucket']['name']}",
        f"com.amazonaws.s3.{record['eventName']}",
        record,
        subject=s3["object"]["key"],
        time=record["eventTime"],
    )


def _is_eventbridge(event: Any) -> bool:
    return isinstance(event, dict) and event.keys() >= {"detail-type", "detail", "source", "account", "region", "time"}


def _is_schedule(event: Any) -> bool:
    # Nobody but AWS can send events whose source begins with "aws.".
    return (
        _is_eventbridge(event)
        and event["detail-type"] == "Scheduled Event"
        and event["source"] in ("aws.events", "aws.scheduler")
    )


def _read_eventbridge(record: Any, event: Any) -> CloudEvent:
    resources = event.get("resources")
    return CloudEvent(
        event["id"],
        _as_uri(event["source"]),
        event["detail-type"],
        event["detail"],
        subject=resources[0] if resources else None,
        time=event["time"],
        extensions=_some(account=event["account"], region=event["region"]),
    )


def _as_uri(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="/:?#[]@!$&'()*+,;=%~")


def _read_dynamodb(record: Any, event: Any) -> CloudEvent:
    change = record["dynamodb"]
    return CloudEvent(
        record["eventID"],
        record["eventSourceARN"],
        f"com.amazonaws.dynamodb.{record['eventName']}",
        record,
        time=make_time(change.get("ApproximateCreationDateTime")),
        extensions=_some(sequence=change["SequenceNumber"]),
    )


def _read_kinesis(record: Any, event: Any) -> CloudEvent:
    told = record["kinesis"]
    data, content_type = read_bytes(read_base64(told["data"]))
    return CloudEvent(
        record["eventID"],
        record["eventSourceARN"],
        "com.amazonaws.kinesis.Record",
        data,
        time=make_time(told.get("approximateArrivalTimestamp")),
        content_type=content_type,
        extensions=_some(partitionkey=told.get("partitionKey"), sequence=told["sequenceNumber"]),
    )


def _is_kafka(event: Any) -> bool:
    return (
        isinstance(event, dict)
        and event.get("eventSource") in ("aws:kafka", "SelfManagedKafka", "aws:SelfManagedKafka")
        and isinstance(event.get("records"), dict)
    )


def _kafka_records(event: Any) -> list[Any]:
    return [record for records in event["records"].values() for record in records]


def _read_kafka(record: Any, event: Any) -> CloudEvent:
    topic, value, key = record["topic"], record.get("value"), record.get("key")
    data, content_type = (None, None) if value is None else read_bytes(read_base64(value))
    # Without a cluster of AWS's there is no ARN.
    source = event.get("eventSourceArn") or f"kafka://{event['bootstrapServers'].partition(',')[0]}"
    return CloudEvent(
        f"{topic}-{record['partition']}-{record['offset']}",
        source,
        "com.amazonaws.kafka.Record",
        data,
        subject=topic,
        time=_read_milliseconds(record.get("timestamp")),
        content_type=content_type,
        extensions=_some(
            partitionkey=read_base64(key).decode("utf-8", "replace") if key else None, sequence=record["offset"]
        ),
    )


def _is_logs(event: Any) -> bool:
    logs = event.get("awslogs") if isinstance(event, dict) else None
    return isinstance(logs, dict) and "data" in logs


# CloudWatch sends at most 1 MB of log events at once; this is enough for all that JSON adds.
_MOST_LOGS = 64 * 1024 * 1024


def _read_logs(record: Any, event: Any) -> CloudEvent:
    import json
    import zlib

    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(read_base64(event["awslogs"]["data"]), _MOST_LOGS)
        if not unpacker.eof:
            raise MalformedEvent("the log events are cut off, or too many")
        logs = json.loads(unpacked)
    except (zlib.error, ValueError) as error:
        raise MalformedEvent("the log events are no JSON in gzip") from error
    entries = logs["logEvents"]
    first = entries[0] if entries else {}
    return CloudEvent(
        str(first.get("id") or ""),
        _as_uri(f"arn:aws:logs::{logs['owner']}:log-group:{logs['logGroup']}"),
        f"com.amazonaws.logs.{logs['messageType']}",
        logs,
        subject=logs.get("logStream"),
        time=_read_milliseconds(first.get("timestamp")),
    )


def _read_ses(record: Any, event: Any) -> CloudEvent:
    mail = record["ses"]["mail"]
    return CloudEvent(
        mail["messageId"], record["eventSource"], "com.amazonaws.ses.Receipt", record["ses"], time=mail["timestamp"]
    )


def _is_authorizer(event: Any) -> bool:
    if not isinstance(event, dict):
        return False
    return event.get("type") in ("TOKEN", "REQUEST") and ("methodArn" in event or "routeArn" in event)


def _read_authorizer(record: Any, event: Any) -> CloudEvent:
    about = event.get("requestContext") or {}
    return CloudEvent(
        about.get("requestId") or "",
        _as_uri(event.get("routeArn") or event["methodArn"]),
        f"com.amazonaws.apigateway.{event['type']}",
        event,
    )


def _is_invoke(event: Any) -> bool:
    # What another service sends is none, whether there is a row for it or not: most want an answer of
    # a form of their own, and some carry what a client has written.
    if isinstance(event, list):
        return not (event and isinstance(event[0], dict) and "info" in event[0])
    return not isinstance(event, dict) or _KEYS_OF_SERVICES.isdisjoint(event)


_KEYS_OF_SERVICES = frozenset(
    {
        "CodePipeline.job",  # CodePipeline
        "Details",  # Connect
        "Records",
        "ResponseURL",  # CloudFormation
        "agent",  # Bedrock
        "alarmArn",  # CloudWatch
        "applicationArn",  # Kinesis Analytics
        "authorizationToken",
        "awslogs",
        "datasetRecords",  # Cognito Sync
        "deliveryStreamArn",  # Firehose
        "detail-type",
        "eventSource",
        "headers",
        "httpMethod",
        "info",  # AppSync
        "invocationSchemaVersion",  # S3 Batch Operations
        "invokingEvent",  # Config
        "methodArn",
        "multiValueHeaders",
        "rawPath",
        "raw_path",
        "requestContext",
        "rmqMessagesByQueue",
        "routeArn",
        "triggerSource",  # Cognito
        "userRequest",  # S3 Object Lambda
    }
)


def _read_invoke(record: Any, event: Any) -> CloudEvent:
    content_type = "application/octet-stream" if isinstance(event, bytes) else "application/json"
    return CloudEvent("", "aws:lambda", "com.amazonaws.lambda.Invocation", event, content_type=content_type)


SOURCES: tuple[Source, ...] = (
    Source(
        "aws.sqs",
        "Amazon SQS, standard and FIFO queues",
        _DOCS + "with-sqs.html",
        holds=_comes_from("aws:sqs"),
        records=_records,
        read=_read_sqs,
        failed=lambda event, indexes: [event["Records"][index]["messageId"] for index in indexes],
        ordered=_is_fifo,
    ),
    Source(
        "aws.sns",
        "Amazon SNS",
        _DOCS + "with-sns.html",
        holds=lambda event: first(event, "Records").get("EventSource") == "aws:sns",
        records=_records,
        read=_read_sns,
    ),
    Source(
        "aws.s3",
        "Amazon S3 event notifications",
        _DOCS + "with-s3.html",
        holds=_comes_from("aws:s3"),
        records=_records,
        read=_read_s3,
    ),
    Source(
        "aws.eventbridge",
        "Amazon EventBridge",
        _DOCS + "with-eventbridge.html",
        holds=lambda event: _is_eventbridge(event) and not _is_schedule(event),
        read=_read_eventbridge,
    ),
    Source(
        "aws.schedule",
        "Amazon EventBridge, schedules",
        _DOCS + "with-eventbridge-scheduler.html",
        holds=_is_schedule,
        read=_read_eventbridge,
    ),
    Source(
        "aws.dynamodb",
        "Amazon DynamoDB streams",
        _DOCS + "with-ddb.html",
        holds=_comes_from("aws:dynamodb"),
        records=_records,
        read=_read_dynamodb,
        failed=lambda event, indexes: [event["Records"][index]["dynamodb"]["SequenceNumber"] for index in indexes],
        ordered=_always,
    ),
    Source(
        "aws.kinesis",
        "Amazon Kinesis data streams",
        _DOCS + "with-kinesis.html",
        holds=_comes_from("aws:kinesis"),
        records=_records,
        read=_read_kinesis,
        failed=lambda event, indexes: [event["Records"][index]["kinesis"]["sequenceNumber"] for index in indexes],
        ordered=_always,
    ),
    Source(
        "aws.kafka",
        "Amazon MSK and self-managed Apache Kafka",
        _DOCS + "with-msk.html",
        holds=_is_kafka,
        records=_kafka_records,
        read=_read_kafka,
    ),
    Source(
        "aws.logs",
        "Amazon CloudWatch Logs subscriptions",
        _DOCS + "services-cloudwatchlogs.html",
        holds=_is_logs,
        read=_read_logs,
    ),
    Source(
        "aws.ses",
        "Amazon SES, received mail",
        "https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html",
        holds=_comes_from("aws:ses"),
        records=_records,
        read=_read_ses,
        # Where its rule waits for it: what becomes of the mail.
        answers=True,
    ),
    Source(
        "aws.authorizer",
        "Lambda authorizers of API Gateway",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html",
        holds=_is_authorizer,
        read=_read_authorizer,
        answers=True,
        routed=False,
    ),
    Source(
        "aws.invoke",
        "Direct invocations and tasks of Step Functions",
        "https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html",
        holds=_is_invoke,
        read=_read_invoke,
        answers=True,
        by_context=lambda context: hasattr(context, "invoked_function_arn"),
    ),
)
