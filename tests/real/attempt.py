"""The battery, or events, sent through one platform with one form of the app, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Optional, Union

from tests.real import battery, events, losses, sockets, story
from tests.real.drivers import EXAMPLE, Sockets, Triggers
from tests.real.stage import Stage

if TYPE_CHECKING:
    from tests.real.doors import Door
    from tests.real.drivers import Platform

# Seconds that a first part may take, where the platform streams and where it does not.
PATIENCE, IMPATIENCE = 10.0, 0.5
# Cases one after another without an answer, after which no more are tried.
ENOUGH = 4
# Problems about which the runtime's log may say more.
TELLING = re.compile(r"no answer|status \d+ expected, got 5|Told")
# Characters of a runtime's log that are shown.
LOG = 1500


class Outcome(NamedTuple):
    """What came of one case."""

    case: str
    problems: list[str]
    loss: Union[losses.Loss, losses.SocketLoss, None] = None


def run(
    platform: Union[Platform, Triggers, Sockets], python: Path, app: str, package: Path, only: Optional[str] = None
) -> list[Outcome]:
    """The battery and then many requests at once, events, sockets, or the example; then what this platform alone must do."""
    outcomes: list[Outcome] = []
    own = () if app == EXAMPLE else platform.own
    try:
        with closing(Stage(python, app, package)) as stage:
            if isinstance(platform, Triggers):
                with platform.open(stage) as send:
                    outcomes += run_events(platform, stage, send, only)
            elif isinstance(platform, Sockets):
                with platform.open(stage) as where:
                    outcomes += run_sockets(platform.name, where, only)
            else:
                with platform.open(stage) as door:
                    outcomes += (
                        run_story(stage, door, only) if app == EXAMPLE else run_battery(platform, app, door, only)
                    )
            if any(TELLING.match(problem) for each in outcomes for problem in each.problems):
                print(f"{platform.name} {app}: the end of the runtime's log: {stage.log()[-LOG:]}", flush=True)
    except Exception as error:
        outcomes.append(Outcome("start", [f"{type(error).__name__}: {error}"]))
    for check in own:
        name = check.__name__.replace("_", " ")
        if not only or only in name:
            try:
                with closing(Stage(python, app, package)) as stage:
                    outcomes.append(Outcome(name, check(stage)))
            except Exception as error:
                outcomes.append(Outcome(name, [f"{type(error).__name__}: {error}"]))
    return outcomes


def run_battery(platform: Platform, app: str, door: Door, only: Optional[str]) -> Iterator[Outcome]:
    silent = 0
    for case in battery.CASES:
        if not only or only in case.name:
            outcome, answered = try_case(platform, app, door, case)
            yield outcome
            silent = 0 if answered else silent + 1
            if silent == ENOUGH:
                yield Outcome("the rest", [f"given up after {ENOUGH} cases without an answer"])
                return
    if not only:
        yield Outcome("format", battery.differs_in_format(door, platform.format))
    if not only and platform.at_once > 1:
        yield Outcome("at once", battery.together(door, platform.at_once))


def run_story(stage: Stage, door: Door, only: Optional[str]) -> Iterator[Outcome]:
    case = ""
    try:
        for case, check in story.CASES.items():
            # There is no story without entries.
            if not only or only in case or case == "entries":
                yield Outcome(case, check(door, stage.folder))
    except Exception as error:
        yield Outcome(case, [f"no answer: {type(error).__name__}: {error}"[:2000]])


def run_events(way: Triggers, stage: Stage, send: events.Send, only: Optional[str]) -> Iterator[Outcome]:
    for case in way.cases:
        if not only or only in case.name:
            try:
                yield Outcome(case.name, events.problems(case, stage, send))
            except Exception as error:
                yield Outcome(case.name, [f"no answer: {type(error).__name__}: {error}"[:2000]])
                return


def run_sockets(platform: str, door: sockets.SocketDoor, only: Optional[str]) -> Iterator[Outcome]:
    for case in sockets.CASES:
        if not only or only in case.name:
            try:
                heard = case.talk(door)
            except Exception as error:
                yield Outcome(case.name, [f"no answer: {type(error).__name__}: {error}"[:2000]])
            else:
                yield _judge(case, heard, losses.find_socket(platform, case.name))


def _judge(case: sockets.SocketCase, heard: sockets.Heard, loss: Optional[losses.SocketLoss]) -> Outcome:
    found = sockets.problems(heard, case.want)
    if loss is None:
        return Outcome(case.name, found)
    if not found:
        return Outcome(case.name, [_NOT_LOST.format(loss.reason)])
    return Outcome(case.name, sockets.problems(heard, loss.instead), loss)


_NOT_LOST = "nothing is lost any more: remove the row of losses.py that says {!r}"


def try_case(platform: Platform, app: str, door: Door, case: battery.Case) -> tuple[Outcome, bool]:
    """(outcome, whether there was an answer).

    Where a loss is known, the case must fail, and show what the table of losses says.
    """
    loss = losses.find(platform.name, case.name, app)
    may_stream = loss is None or loss.instead.streamed is not False
    try:
        answer = battery.ask(door, case.question, PATIENCE if may_stream else IMPATIENCE)
    except Exception as error:
        return Outcome(case.name, [f"no answer: {type(error).__name__}: {error}"[:2000]]), False
    found = battery.problems(answer, case.want, door.mount)
    if loss is None:
        return Outcome(case.name, found), True
    if not found:
        return Outcome(case.name, [_NOT_LOST.format(loss.reason)]), True
    return Outcome(case.name, battery.problems(answer, loss.instead, door.mount), loss), True
