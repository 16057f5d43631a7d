"""The tasks that an app starts while it serves a request, or a connection: they end with it.

A function is frozen between two calls, and what is left in it would go on in the middle of another one.
"""

from __future__ import annotations

import asyncio
import contextvars

from lambda_bridge.deadline import GRACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Owner(Protocol):
        """An Exchange, or a Conversation."""

        tasks: set[asyncio.Task[Any]]
        seconds: float | None
        """How long it may take; None where nobody tells."""
        expired: bool
        """Whether its time is over."""


# Seconds to wait for what a request has left behind, where no deadline is known.
LEFT_TASKS = 30.0

# Whose app runs, for the tasks that it starts.
owner: contextvars.ContextVar[Owner | None] = contextvars.ContextVar("lambda_bridge_owner", default=None)


def make_task(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
    """A loop's task factory: remembers whose the task is."""
    task = asyncio.Task(coroutine, loop=loop, **options)
    mine = owner.get()
    if mine is not None:
        mine.tasks.add(task)
        task.add_done_callback(mine.tasks.discard)
    return task


async def end_tasks(mine: Owner) -> None:
    """Returns when the tasks have ended, by themselves or, when the time is over, cancelled."""
    limit = LEFT_TASKS if mine.seconds is None else None
    try:
        while mine.tasks and not mine.expired:
            _, pending = await asyncio.wait(set(mine.tasks), timeout=limit)
            mine.expired = bool(pending)
    except asyncio.CancelledError:
        pass  # by expire()
    for task in mine.tasks:
        task.cancel()
    if mine.tasks:
        await asyncio.wait(set(mine.tasks), timeout=GRACE)
