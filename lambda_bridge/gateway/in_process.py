"""The gateway's own process as the only instance of the function, for debuggers."""

from __future__ import annotations

import sys
import threading
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any, Optional

from lambda_bridge.gateway.contexts import environment
from lambda_bridge.gateway.function import MEMORY, Function, Outcome, load_handler, none_free
from lambda_bridge.gateway.limits import LONGEST, patience
from lambda_bridge.gateway.output import Tee

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambda_bridge.gateway.calls import Asked
    from lambda_bridge.gateway.client import Client
    from lambda_bridge.gateway.function import Options


class InProcess:
    """Serves one call at a time, as an instance does. Nothing is stopped when it takes too long.

    *app* is a handler, or names one or an app, which finds *environ* in the environment while it is imported.
    """

    def __init__(
        self,
        app: Any,
        *,
        options: Options = None,
        timeout: Optional[float] = None,
        memory: Optional[int] = None,
        environ: Optional[Mapping[str, str]] = None,
    ) -> None:
        with environment(environ or {}):
            self._function = Function(load_handler(app, options) if isinstance(app, str) else app)
        self._timeout = timeout or LONGEST
        self._memory = memory or MEMORY
        self._free = threading.Lock()

    def check(self) -> None:
        """The app was imported when this was made."""

    def call(self, asked: Asked, spelling: str, client: Optional[Client] = None) -> Outcome:
        """What becomes of *asked*; one call at a time. A response in parts goes to *client*."""
        if not self._free.acquire(timeout=patience(spelling)):
            return none_free()
        output, errors = Tee(sys.stdout), Tee(sys.stderr)
        errors.lines = output.lines
        try:
            with redirect_stdout(output), redirect_stderr(errors):
                outcome = self._function.call(asked, spelling, self._timeout, self._memory, client)
        except SystemExit as error:
            outcome = Outcome(answer="failed", problem=f"the app has ended its process: SystemExit({error.code!r})")
        finally:
            self._free.release()
        outcome.log = output.lines.all()
        return outcome

    def close(self) -> None:
        """Shut down what the app has started."""
        self._function.close()
