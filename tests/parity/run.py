"""A run: requests of a seed through servers and formats, each difference held against the table of losses."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple, Union

from lambda_bridge.testing import FORMATS
from tests.parity.clouds import INTERFACES, Cloud
from tests.parity.facts import Facts, find_differences, read_facts
from tests.parity.generator import make_answer, make_request
from tests.parity.instead import Difference
from tests.parity.losses import LOSSES
from tests.parity.servers import COMMANDS, Front, Server

if TYPE_CHECKING:
    from collections.abc import Iterable

MEASURES = {"wsgi": "gunicorn", "asgi": "uvicorn"}
OTHERS = {"waitress": "wsgi", "gateway": "asgi"}


class Result(NamedTuple):
    """What a run has shown."""

    unexplained: list[tuple[int, Difference]]
    """(number of the request, what differs and is in no row)."""
    happened: Counter[tuple[str, str]]
    """A row (name of the loss, and one of those that it names) to how often it explained a difference."""
    asked: Counter[str]
    """Format and interface to how many requests it was asked with."""


def run(seed: int, numbers: Iterable[int]) -> Result:
    result = Result([], Counter(), Counter())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        # In processes of their own first, while this one has no threads.
        servers: list[Union[Server, Front]] = []
        for name in COMMANDS:
            servers.append(Server(name, seed, folder))
            stack.callback(servers[-1].close)
        front = Front(seed)
        stack.callback(front.close)
        clouds = []
        for spelling in FORMATS:
            for interface in INTERFACES:
                clouds.append(Cloud(spelling, interface, seed))
                stack.callback(clouds[-1].close)
        for number in numbers:
            _run_one(seed, number, [*servers, front], clouds, front, result)
    return result


def _run_one(
    seed: int, number: int, servers: list[Union[Server, Front]], clouds: list[Cloud], front: Front, result: Result
) -> None:
    sent, answer = make_request(seed, number), make_answer(seed, number)
    found = {server.name: read_facts(server.send(sent), answer) for server in servers}

    def compare(who: str, interface: str, facts: Facts) -> None:
        for fact, expected, seen in find_differences(found[MEASURES[interface]], facts):
            difference = Difference(who, interface, fact, expected, seen, sent, answer)
            rows = [(loss.name, whose) for loss in LOSSES for whose in loss.whose(difference)]
            result.happened.update(rows)
            if not rows:
                result.unexplained.append((number, difference))

    for who, interface in OTHERS.items():
        compare(who, interface, found[who])
    if front.request is None:
        return  # refused at the door
    for cloud in clouds:
        if "refused" not in found[MEASURES[cloud.interface]]:
            result.asked[f"{cloud.name} {cloud.interface}"] += 1
            compare(cloud.name, cloud.interface, read_facts(cloud.send(front.request), answer))


def idle(result: Result) -> list[str]:
    """The losses that have not happened, each with whose it is."""
    rows = [(loss.name, whose) for loss in LOSSES for whose in loss.who]
    return [f"{name} ({whose})" for name, whose in rows if not result.happened[name, whose]]
