"""What each platform wants of a web server: one table.

Of each path that a platform calls itself ask who else can: a client's requests go through to the
same server. Where nothing but the platform can write what marks such a call, it is believed. Where
that is not so, the call is believed only with ``--events``, with which the user says that this is an
event function, to whose server no client's request is passed on.
"""

from __future__ import annotations

from lambda_bridge.errors import ConfigurationError
from lambda_bridge.web.contexts import aliyun, azure, huawei, tencent, volcengine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    # (the value of a header by its lower-case name or None, the path) -> the context for the handler
    MakeContext = Callable[[Callable[[str], "str | None"], str], Any]


class Hook:
    """A call that the platform makes itself.

    ``method``, ``path``
        The path is None where it may be any.
    ``does``
        ``"start"`` and ``"stop"`` the app, ``"event"`` for the handler, ``"cloudevent"``, whose
        attributes are headers, or ``"nothing"`` but answer.
    ``header``
        (name, values) that the call must have; None among the values where it may have none.
    ``certain``
        Whether no client can send such a request.
    ``outside``
        Whether it is one only outside of the prefix of routes, below which all of the clients' are.
    """

    __slots__ = ("certain", "does", "header", "method", "outside", "path")

    def __init__(
        self,
        method: str,
        path: str | None,
        does: str,
        *,
        header: tuple[str, tuple[str | None, ...]] | None = None,
        certain: bool = False,
        outside: bool = False,
    ) -> None:
        self.method = method
        self.path = path
        self.does = does
        self.header = header
        self.certain = certain
        self.outside = outside

    def __repr__(self) -> str:
        return f"<Hook {self.method} {self.path or '*'}: {self.does}>"


class Platform:
    """A row of the table.

    ``name``, ``title``, ``docs``
        For ``--platform``, for people, and the provider's page.
    ``signs``
        Environment variables of which one is set there and nowhere else.
    ``host``, ``port``, ``ports``
        Where to listen: the port in the first of the variables ``ports`` that is set, or else ``port``.
    ``client``
        The header in which the platform, and nobody else, tells the client's address; None: X-Forwarded-For.
    ``hooks``
        The calls of its own.
    ``failed``
        (status, headers) that tell it that an event has failed.
    ``proxied``
        Whether the server's peer is always the platform's own proxy.
    ``context``
        Makes the context of an event.
    ``result``
        What it wants to get of the handler's result.
    """

    __slots__ = (
        "client",
        "context",
        "docs",
        "failed",
        "hooks",
        "host",
        "name",
        "port",
        "ports",
        "proxied",
        "result",
        "signs",
        "title",
    )

    def __init__(
        self,
        name: str,
        title: str,
        docs: str,
        *,
        signs: tuple[str, ...],
        port: int,
        ports: tuple[str, ...] = (),
        host: str = "0.0.0.0",  # noqa: S104  # a platform's proxy is another machine or network namespace
        proxied: bool = True,
        client: str | None = None,
        hooks: tuple[Hook, ...] = (),
        failed: tuple[int, tuple[tuple[str, str], ...]] = (500, ()),
        context: MakeContext = lambda header, path: None,
        result: Callable[[Any], Any] = lambda result: result,
    ) -> None:
        self.name = name
        self.title = title
        self.docs = docs
        self.signs = signs
        self.port = port
        self.ports = ports
        self.host = host
        self.proxied = proxied
        self.client = client
        self.hooks = hooks
        self.failed = failed
        self.context = context
        self.result = result

    def __repr__(self) -> str:
        return f"<Platform {self.name}>"


_CONTROL = "x-fc-control-path"
_INTERNAL = ("x-faas-internal-request", ("true",))

# All read in 2026-11. The order matters only where one platform runs on another: Knative's variable is the last.
PLATFORMS: tuple[Platform, ...] = (
    # The page: 127.0.0.1 is refused, and clients cannot set the headers X-Scf-; but both kinds of calls have the same.
    # The path: event functions from an image (tencentcloud.com/document/product/583/41076, 2024-12-02). The variable: tencentyun/qcloud-documents. Not verified: that it is set in images too.
    Platform(
        "tencent", "Tencent Cloud web function", "https://www.tencentcloud.com/document/product/583/40688",
        signs=("TENCENTCLOUD_RUNENV",), port=9000, client="x-scf-remote-addr",
        hooks=(Hook("POST", "/event-invoke", "event"),),
        context=tencent,
    ),
    # Paths and headers: help.aliyun.com/document_detail/191342 and functioncompute/fc-2-0/user-guide/
    # lifecycle-hooks-for-function-instances-2 (2025-01-10); an HTTP call has /http-invoke in the control header, and
    # clients cannot send headers of the prefix x-fc- (functioncompute/web-functions, 2025-04-10). Not verified: whether
    # the calls at the beginning and end have the control header. 404 says that the function has failed; 500 would
    # have the instance restarted.
    Platform(
        "aliyun", "Alibaba Cloud Function Compute custom runtime",
        "https://www.alibabacloud.com/help/en/functioncompute/fc/principles-1",
        signs=("FC_FUNCTION_NAME", "FC_SERVER_PORT", "FC_CUSTOM_LISTEN_PORT"),
        ports=("FC_SERVER_PORT", "FC_CUSTOM_LISTEN_PORT"), port=9000,
        hooks=(
            Hook("POST", "/invoke", "event", header=(_CONTROL, ("/invoke",)), certain=True),
            Hook("POST", "/initialize", "start", header=(_CONTROL, ("/initialize", None)), certain=True),
            Hook("GET", "/pre-freeze", "nothing", header=(_CONTROL, ("/pre-freeze", None)), certain=True),
            Hook("GET", "/pre-stop", "stop", header=(_CONTROL, ("/pre-stop", None)), certain=True),
        ),
        failed=(404, (("x-fc-status", "404"),)),
        context=aliyun,
    ),
    # The page says 127.0.0.1, which this address contains; what an image has to listen on, no page says. The paths:
    # event functions from an image (qs-functiongraph/functiongraph_04_0104, 2025-09-11). The variable: the page's own
    # example. Not verified: that images have it (else --platform huawei), and whether clients can send X-CFF- headers.
    Platform(
        "huawei", "Huawei Cloud FunctionGraph HTTP function",
        "https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1442.html",
        signs=("RUNTIME_CODE_ROOT",), port=8000, client="x-real-ip",
        hooks=(Hook("POST", "/init", "start"), Hook("POST", "/invoke", "event")),
        context=huawei,
    ),
    # vefaas/entry.go and any_event_handler.go there. Not verified: whether the gateway
    # drops these headers when clients send them. To start twice does nothing, so that call is believed.
    Platform(
        "volcengine", "Volcengine veFaaS web function", "https://github.com/volcengine/vefaas-golang-runtime",
        signs=("_FAAS_RUNTIME_PORT",), ports=("_FAAS_RUNTIME_PORT",), port=8000, client="x-real-ip",
        hooks=(
            Hook("POST", "/v1/initialize", "start", header=_INTERNAL, certain=True),
            Hook("POST", None, "cloudevent", header=("x-faas-event-type", ("cloudevent",))),
        ),
        context=volcengine,
    ),
    # Azure/azure-functions-host, src/WebJobs.Script/Workers/Http/DefaultHttpWorkerService.cs: the host connects to
    # 127.0.0.1; with enableForwardingHttpRequest a client's request keeps its path, below the prefix of routes, and an
    # event goes to the name of its function. Not verified: that no path of a client's is rewritten on the way.
    Platform(
        "azure", "Azure Functions custom handler",
        "https://learn.microsoft.com/en-us/azure/azure-functions/functions-custom-handlers",
        signs=("FUNCTIONS_CUSTOMHANDLER_PORT",), ports=("FUNCTIONS_CUSTOMHANDLER_PORT",), port=8080, host="127.0.0.1",
        hooks=(Hook("POST", None, "event", outside=True),),
        context=azure,
        result=lambda result: {"Outputs": {}, "Logs": [], "ReturnValue": result},
    ),
    # cloud.google.com/run/docs/container-contract, knative/specs (specs/serving/runtime-contract.md). Their events
    # are HTTP by nature, and the handler knows it.
    Platform(
        "cloudrun", "Google Cloud Run, Knative", "https://cloud.google.com/run/docs/container-contract",
        signs=("K_SERVICE",), ports=("PORT",), port=8080,
    ),
    Platform(
        "container", "any platform that sets PORT", "https://12factor.net/port-binding",
        signs=("PORT",), ports=("PORT",), port=8080,
    ),
)  # fmt: skip

# Where no variable tells another one.
LOCAL = Platform(
    "local", "this machine", "https://peps.python.org/pep-3333/", signs=(), port=8000, host="127.0.0.1", proxied=False
)


def find_platform(environ: Mapping[str, str], name: str | None = None) -> Platform:
    """The platform *name*, or the one whose variables are set; raises ConfigurationError for another name."""
    if name is None:
        return next((each for each in PLATFORMS if any(map(environ.get, each.signs))), LOCAL)
    rows = {each.name: each for each in (*PLATFORMS, LOCAL)}
    if name not in rows:
        raise ConfigurationError(f"--platform {name}: use one of {', '.join(rows)}")
    return rows[name]


def find_port(platform: Platform, environ: Mapping[str, str]) -> int:
    """The port to listen on; raises ConfigurationError for a variable that holds none."""
    for variable in platform.ports:
        text = environ.get(variable)
        if text:
            return read_port(text, variable)
    return platform.port


def read_port(text: str, source: str) -> int:
    """The number in *text*; raises ConfigurationError, naming its *source*."""
    port = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    if not 0 < port < 65536:
        raise ConfigurationError(f"{source}={text[:40]!r} is no port: use a number from 1 to 65535")
    return port
