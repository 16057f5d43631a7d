"""Which frameworks there are here, and what makes the app of each."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, NamedTuple


class Framework(NamedTuple):
    """Where the app of a framework is made."""

    module: str
    make: str = "make_app"
    lifespan: bool = False
    """Whether it hears of the beginning and the end of its process."""
    mount: bool = True
    """Whether it takes ``root_path`` off the path, in which the ASGI specification has it."""
    scheme: str = "https"
    """What it takes the scheme for."""


# Those that the extra `test` has.
FEW = {
    "flask": Framework("flask_app"),
    "django": Framework("django_app"),
    "django_asgi": Framework("django_app", "make_asgi_app"),
    "starlette": Framework("starlette_app", lifespan=True),
    "fastapi": Framework("fastapi_app", lifespan=True),
}
# Those that the dependency group `frameworks` has.
MORE = {
    "litestar": Framework("litestar_app", lifespan=True),
    "quart": Framework("quart_app", lifespan=True),
    # Sanic 25.12 routes by the whole path, and asks a transport for its TLS instead of the scope for its scheme: as it
    # does under uvicorn. Its setting SERVER_NAME is what it has for both.
    "sanic": Framework("sanic_app", lifespan=True, mount=False, scheme="http"),
    "falcon": Framework("falcon_app"),
    # Falcon 4.4 routes by the whole path in ASGI, and by PATH_INFO in WSGI.
    "falcon_asgi": Framework("falcon_app", "make_asgi_app", lifespan=True, mount=False),
    "bottle": Framework("bottle_app"),
    "pyramid": Framework("pyramid_app"),
    "connexion": Framework("connexion_app", lifespan=True),
}

ALL_ARE_HERE = os.environ.get("FRAMEWORKS") == "all"
"""As in `make frameworks`; `make test` has those that are installed with the extra `test`."""

FRAMEWORKS = {**FEW, **(MORE if ALL_ARE_HERE else {})}


def make(name: str, events: list[str]) -> Any:
    """The app of *name*, which tells *events* of the beginning and end of its process."""
    framework = FRAMEWORKS[name]
    return getattr(import_module(f"tests.frameworks.{framework.module}"), framework.make)(events)
