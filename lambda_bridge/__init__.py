"""Any WSGI or ASGI application as a cloud function.

::

    from lambda_bridge import make_handler

    handler = make_handler(app)

One call travels one straight line, and every module of this package is a stage of it::

    cloud                                                                          cloud
      │ event, context                                                               ▲ result
      ▼                                                                              │
    recognize ─▶ read_event ─▶ Request ─▶ run(app) ─▶ Response ─▶ make_result ───────┘
    recognize.py  formats/x.py  messages.py  apps/     messages.py  formats/x.py

handler.py is the line itself, and the only place where an option acts. hosts.py stands before it
where a platform speaks WSGI or ASGI itself, and unclaimed.py takes what is no HTTP: events of
triggers and of WebSockets. For development, emulate.py plays each platform's part.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lambda_bridge.handler import make_handler

__all__ = ["__version__", "make_handler"]

# Kept equal to the newest heading of CHANGELOG.md by tests/test_release.py.
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    # pytest imports the plugin in this package whenever it starts: that costs nothing but this file.
    if name != "make_handler":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from lambda_bridge.handler import make_handler

    globals()[name] = make_handler
    return make_handler
