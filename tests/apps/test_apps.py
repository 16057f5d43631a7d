from __future__ import annotations

import builtins
import functools
import gc
import os
import string
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.apps import INTERFACES, find_interface, import_app, is_asgi_2, make_runner
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def wsgi(environ: Any, start_response: Any) -> list[bytes]:
    return []


async def asgi(scope: Any, receive: Any, send: Any) -> None: ...


def asgi_2(scope: Any) -> Any: ...


class App:
    """One app in every shape that a method can have."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def wsgi(self, environ: Any, start_response: Any) -> list[bytes]:
        return []

    async def asgi(self, scope: Any, receive: Any, send: Any) -> None: ...

    @classmethod
    def class_wsgi(cls, environ: Any, start_response: Any) -> list[bytes]:
        return []

    @staticmethod
    async def static_asgi(scope: Any, receive: Any, send: Any) -> None: ...


class CallableWsgi:
    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        return []


class CallableAsgi:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


class PlainCallableAsgi:
    def __call__(self, scope: Any, receive: Any, send: Any) -> Any: ...


class ClassWsgi:
    """PEP 3333's own example: the class is the app, an instance the iterable."""

    def __init__(self, environ: Any, start_response: Any) -> None: ...


class ClassAsgi2:
    def __init__(self, scope: Any) -> None: ...

    async def __call__(self, receive: Any, send: Any) -> None: ...


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **keywords: Any) -> Any:
        return function(*args, **keywords)

    return wrapper


def with_extras(config: Any, environ: Any, start_response: Any, debug: bool = False) -> list[bytes]:
    return []


def anything(*args: Any) -> Any: ...


async def awaits_anything(*args: Any) -> None: ...


def nothing() -> None: ...


def four(one: Any, two: Any, three: Any, four: Any) -> None: ...


@pytest.mark.parametrize(
    ("expected", "app"),
    [
        ("wsgi", wsgi),
        ("asgi", asgi),
        ("asgi", asgi_2),
        ("wsgi", lambda environ, start_response: []),
        ("asgi", lambda scope, receive, send: None),
        ("wsgi", App().wsgi),
        ("asgi", App().asgi),
        ("wsgi", App.class_wsgi),
        ("asgi", App.static_asgi),
        ("wsgi", CallableWsgi()),
        ("asgi", CallableAsgi()),
        ("asgi", PlainCallableAsgi()),
        ("wsgi", CallableWsgi().__call__),
        ("wsgi", ClassWsgi),
        ("asgi", ClassAsgi2),
        ("wsgi", decorated(wsgi)),
        ("asgi", decorated(asgi)),
        ("wsgi", decorated(decorated(wsgi))),
        ("wsgi", decorated(App().wsgi)),
        ("wsgi", functools.partial(with_extras, {})),
        ("wsgi", functools.partial(functools.partial(with_extras), {}, debug=True)),
        ("asgi", functools.partial(asgi)),
        ("wsgi", functools.partial(CallableWsgi())),
        ("wsgi", decorated(functools.partial(with_extras, {}))),
        ("asgi", awaits_anything),
    ],
)
def test_interface_is_told_by_how_the_app_is_called(expected: str, app: Any) -> None:
    """Functions, methods, classes, instances, partials and decorated ones show what they take."""
    assert expected == find_interface(app)


def test_interface_of_frameworks() -> None:
    """The apps of the well-known frameworks need no option."""
    import django.core.handlers.asgi
    import django.core.handlers.wsgi
    import fastapi
    import flask
    import starlette.applications
    import starlette.middleware.gzip

    flask_app = flask.Flask("app")
    starlette_app = starlette.applications.Starlette()
    assert {
        "flask": "wsgi",
        "flask.wsgi_app": "wsgi",
        "django.wsgi": "wsgi",
        "django.asgi": "asgi",
        "fastapi": "asgi",
        "starlette": "asgi",
        "middleware": "asgi",
    } == {
        "flask": find_interface(flask_app),
        "flask.wsgi_app": find_interface(flask_app.wsgi_app),
        # Not made: without settings they cannot be.
        "django.wsgi": find_interface(object.__new__(django.core.handlers.wsgi.WSGIHandler)),
        "django.asgi": find_interface(object.__new__(django.core.handlers.asgi.ASGIHandler)),
        "fastapi": find_interface(fastapi.FastAPI()),
        "starlette": find_interface(starlette_app),
        "middleware": find_interface(starlette.middleware.gzip.GZipMiddleware(starlette_app)),
    }


@pytest.mark.parametrize("app", [anything, nothing, four, len, dict, object, functools.partial(anything), App])
def test_ambiguous_app_is_an_error_that_says_what_to_do(app: Any) -> None:
    """What takes anything, or what no interface has, is never guessed."""
    with pytest.raises(ConfigurationError, match=r"cannot tell whether .* interface='wsgi' or interface='asgi'"):
        find_interface(app)


def test_named_interface_needs_no_signature() -> None:
    """With the option set, an app that takes anything is taken as it is."""
    assert ["wsgi", "asgi"] == [make_runner(anything, name, "auto").interface for name in INTERFACES]


@pytest.mark.parametrize("app", [None, 42, object(), []])
def test_app_that_is_no_callable_is_refused(app: Any) -> None:
    """Neither interface has apps that cannot be called."""
    with pytest.raises(ConfigurationError, match="is not an app: WSGI and ASGI apps are callables"):
        make_runner(app, "auto", "auto")


@pytest.mark.parametrize(
    ("expected", "app"),
    [(True, asgi_2), (True, ClassAsgi2), (False, asgi), (False, wsgi), (False, anything), (False, len)],
)
def test_asgi_2_is_what_takes_the_scope_alone(expected: bool, app: Any) -> None:
    """The older ASGI has two calls, of which the first takes the scope."""
    assert expected == is_asgi_2(app)


def test_import_app_follows_dots_of_the_attribute() -> None:
    """``module:attribute`` may go into packages, and into attributes of attributes."""
    assert [os.path.join, string.Formatter.format] == [
        import_app("os.path:join"),
        import_app("string:Formatter.format"),
    ]


@pytest.mark.parametrize("source", ["", "raise ZeroDivisionError"])
@pytest.mark.parametrize("collects", [True, False])
def test_import_is_not_searched_for_garbage(
    source: str, collects: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an import makes stays; afterwards garbage is collected as before, also where the import failed."""
    (tmp_path / "app_of_gc.py").write_text(f"import gc\nwas_on.append(gc.isenabled())\n{source}\napp = 1\n")
    was_on: list[bool] = []
    monkeypatch.setattr(builtins, "was_on", was_on, raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "app_of_gc", raising=False)
    if not collects:
        gc.disable()
    try:
        with suppress(ZeroDivisionError):
            import_app("app_of_gc:app")

        assert (was_on, gc.isenabled()) == ([False], collects)
    finally:
        gc.enable()


@pytest.mark.parametrize("name", ["", "module", ":app", "module:", "a.b.c"])
def test_name_without_module_or_attribute_is_refused(name: str) -> None:
    """The error shows how a name is written."""
    with pytest.raises(ConfigurationError, match='use "module:attribute"'):
        import_app(name)


@pytest.mark.parametrize(
    ("expected", "name"),
    [
        ("there is no module 'no_such_module'", "no_such_module:app"),
        ("there is no module 'no_such_package'", "no_such_package.module:app"),
        ("there is no module 'json.no_such_module'", "json.no_such_module:app"),
        ("the module 'json' has no attribute 'no_such_app'", "json:no_such_app"),
        ("the module 'json' has no attribute 'dumps.no_such_app'", "json:dumps.no_such_app"),
    ],
)
def test_missing_app_is_named(expected: str, name: str) -> None:
    """The error says which part of the name is not there."""
    with pytest.raises(ConfigurationError, match=expected):
        import_app(name)


@pytest.mark.parametrize(
    ("expected", "source"),
    [
        (ModuleNotFoundError, "import no_such_dependency"),
        (ZeroDivisionError, "1 / 0"),
        (SystemExit, "raise SystemExit(3)"),
        (AttributeError, "import json; json.no_such_attribute"),
    ],
)
def test_error_of_the_apps_own_module_passes_through(
    expected: type[BaseException], source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app that cannot be imported fails the cold start with its own error, which the platform retries."""
    name = f"app_raising_{expected.__name__.lower()}"
    (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(expected):
        import_app(f"{name}:app")
    assert name not in sys.modules
