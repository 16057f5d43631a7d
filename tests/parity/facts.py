"""An exchange as facts that can be compared, one by one: `seen.` by the app, `got.` by the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Union

from tests.parity.apps import digest

if TYPE_CHECKING:
    from tests.parity.generator import Answer
    from tests.parity.servers import Exchange

Facts = dict[str, Any]

# How a message is framed, and who wrote it, is the connection's business (RFC 9110 section 7.6.1).
_OF_SERVERS = {"date", "server", "connection", "transfer-encoding", "via", "keep-alive"}


def read_facts(exchange: Union[Exchange, str], answer: Answer) -> Facts:
    if isinstance(exchange, str):
        return {"problem": exchange}
    facts: Facts = {}
    if exchange.seen is not None:
        for name, value in exchange.seen.items():
            if name == "headers":
                facts.update({f"seen.headers.{header}": list(values) for header, values in value.items()})
            else:
                facts[f"seen.{name}"] = value
    if exchange.got is None:
        facts["got"] = "no answer"
        return facts
    # A length that the app has not given is the server's way to frame the body.
    ours = _OF_SERVERS if _tells_length(answer) else {*_OF_SERVERS, "content-length"}
    facts["got.status"] = exchange.got.status
    facts.update(
        {f"got.headers.{name}": list(values) for name, values in exchange.got.headers.items() if name not in ours}
    )
    facts["got.body"] = digest(exchange.got.body)
    if exchange.seen is None:
        # What a server says of a request that it refuses is its own.
        return {"refused": True}
    return facts


def _tells_length(answer: Answer) -> bool:
    return any(name.lower() == "content-length" for name, _ in answer.headers)


def find_differences(expected: Facts, found: Facts) -> list[tuple[str, Any, Any]]:
    """(fact, as the measure has it, as it was found); only one where there was no whole exchange."""
    for name in ("problem", "refused", "got"):
        if name in expected or name in found:
            one, other = expected.get(name), found.get(name)
            return [] if one == other else [(name, one, other)]
    names = sorted(expected.keys() | found.keys())
    return [(name, expected.get(name), found.get(name)) for name in names if expected.get(name) != found.get(name)]
