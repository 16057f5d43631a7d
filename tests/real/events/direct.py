"""Direct invocations of Fn and OpenWhisk: whatever the caller likes, a JSON object; the app's answer goes back."""

from __future__ import annotations

from typing import Any

from tests.real.apps import said
from tests.real.events import ANY, FAILED, JSON, EventCase, Seen, Told


def cases(name: str, kind: str, nothing: Any) -> tuple[EventCase, ...]:
    """For the source *name*, whose type is *kind*; *nothing* is what a warm-up is answered with."""

    def seen(data: Any) -> Seen:
        return Seen(name, {"id": ANY, "source": name.replace(".", ":"), "type": kind, "content-type": JSON}, data)

    bad, worse = {"x": said.REFUSED}, {"x": said.CRASHED}
    return (
        EventCase("invoked", {"order": 7, "文": "字"}, [seen({"order": 7, "文": "字"})], Told(result={"took": kind})),
        EventCase("refused", bad, [seen(bad)], FAILED),
        EventCase("crash", worse, [seen(worse)], FAILED),
        EventCase("warm-up", {"source": "serverless-plugin-warmup"}, [], Told(result=nothing)),
    )
