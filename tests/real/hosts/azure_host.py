"""The part of Azure's .NET host, in front of the real Python runtime: `python azure_host.py v1|v2 PORT`.

HTTP requests go to the function with an HTTP trigger; ``POST /__invoke/NAME`` invokes another one, with
``{"data": …, "metadata": {name: …}}``, each a TypedData as protobuf has it in JSON; ``{"failure": null}`` tells of its
success.

It does what the host does to a request and to an answer (Azure/azure-functions-host, 89dc438d:
GrpcMessageConversionExtensions.cs, RawScriptResult.cs, ScriptInvocationContextExtensions.cs, and the proxy for HTTP streams), and hands
protobuf messages to azure-functions-runtime as its gRPC worker would. The message classes are those
that the wheel of azure-functions-runtime-v1 has by accident, as the package `tests.protos`.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import json
import re
import sys
import uuid
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import quote, unquote

import aiohttp
from aiohttp import web
from google.protobuf.json_format import ParseDict

FOLDER = Path.cwd()
PREFIX = "api"


def load_protos() -> ModuleType:
    """The generated protobuf modules, under a name that nobody else has."""
    folder = next(Path(each) / "tests" / "protos" for each in sys.path if (Path(each) / "tests" / "protos").is_dir())
    spec = importlib.util.spec_from_file_location(
        "azure_protos", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    protos = importlib.util.module_from_spec(spec)
    sys.modules["azure_protos"] = protos
    spec.loader.exec_module(protos)
    # The worker's own package re-exports more of them than this one.
    generated = importlib.import_module("azure_protos.FunctionRpc_pb2")
    for name in vars(generated):
        if not hasattr(protos, name):
            setattr(protos, name, getattr(generated, name))
    return protos


class Host:
    """One function with an HTTP trigger, which takes every path below the prefix, and any number of others."""

    def __init__(self, model: str) -> None:
        self.protos = load_protos()
        self.runtime = importlib.import_module(
            {"v1": "azure_functions_runtime_v1", "v2": "azure_functions_runtime"}[model]
        )

    async def tell(self, kind: str, message: Any) -> Any:
        """The runtime's answer to a message, as the worker's dispatcher would get it."""
        request = SimpleNamespace(
            name=kind,
            request=self.protos.StreamingMessage(**{kind: message}),
            properties={"host": "127.0.0.1", "protos": self.protos},
        )
        return await getattr(self.runtime, kind)(request)

    async def start(self) -> None:
        self.runtime.start_threadpool_executor()
        init = self.protos.WorkerInitRequest(
            host_version="4.1036.0", function_app_directory=str(FOLDER), worker_directory=str(FOLDER)
        )
        answer = succeed(await self.tell("worker_init_request", init))
        self.stream_uri = answer.capabilities.get("HttpUri") if "HttpUri" in answer.capabilities else None
        request = self.protos.FunctionsMetadataRequest(function_app_directory=str(FOLDER))
        answer = succeed(await self.tell("functions_metadata_request", request))
        if answer.use_default_metadata_indexing:
            functions = [self.read_function_json()]
        else:
            functions = [
                (each, [json.loads(binding) for binding in each.raw_bindings])
                for each in answer.function_metadata_results
            ]
        self.others: dict[str, tuple[str, str]] = {}
        for function, bindings in functions:
            function_id = function.function_id or str(uuid.uuid4())
            load = self.protos.FunctionLoadRequest(function_id=function_id, metadata=function)
            succeed(await self.tell("function_load_request", load))
            (trigger,) = [each for each in bindings if each["type"].lower().endswith("trigger")]
            if trigger["type"].lower() == "httptrigger":
                self.function_id = function_id
                self.trigger_name = trigger["name"]
                # "/{*rest}" or "{*rest}": the name of what stands below the prefix.
                self.rest_name = trigger["route"].strip("/").removeprefix("{*").removesuffix("}")
            else:
                self.others[function.name] = function_id, trigger["name"]

    def read_function_json(self) -> tuple[Any, list[dict[str, Any]]]:
        """What the host reads itself in the first programming model."""
        (path,) = FOLDER.glob("*/function.json")
        described = json.loads(path.read_text())
        function = self.protos.RpcFunctionMetadata(
            name=path.parent.name,
            directory=str(path.parent),
            script_file=str(path.parent / described["scriptFile"]),
            entry_point=described["entryPoint"],
        )
        for binding in described["bindings"]:
            direction = {"in": 0, "out": 1}[binding["direction"]]
            function.bindings[binding["name"]].CopyFrom(
                self.protos.BindingInfo(type=binding["type"], direction=direction)
            )
        return function, described["bindings"]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        raw, _, query = request.raw_path.partition("?")
        # Kestrel decodes all but %2F.
        decoded = unquote(raw.replace("%2f", "%252F").replace("%2F", "%252F"))
        # PathString.ToUriComponent encodes again, but for what looks like encoded (dotnet/aspnetcore, PathString.cs).
        path = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", quote(decoded, safe="/:@!$&'()*+,;=~-._%"))
        http = self.protos.RpcHttp(
            method=request.method, url=f"http://{request.host}{path}{'?' if query else ''}{query}"
        )
        for name, value in request.headers.items():
            name = name.lower()
            http.headers[name] = f"{http.headers[name]},{value}" if name in http.headers else value
        for name in request.query:
            joined = ",".join(request.query.getall(name))
            if joined:
                http.query[name] = joined
        http.params[self.rest_name] = decoded.removeprefix(f"/{PREFIX}").removeprefix("/")
        if not self.stream_uri and request.content_length:
            http.body.bytes = await request.read()
        invocation = self.protos.InvocationRequest(
            invocation_id=str(uuid.uuid4()),
            function_id=self.function_id,
            input_data=[
                self.protos.ParameterBinding(name=self.trigger_name, data=self.protos.TypedData(http=http)),
            ],
        )
        call = asyncio.ensure_future(self.tell("invocation_request", invocation))
        if self.stream_uri:
            return await self.forward(request, invocation.invocation_id, call)
        answer = await call
        if answer.result.status != self.protos.StatusResult.Success:
            print(answer.result.exception.message, answer.result.exception.stack_trace, file=sys.stderr)
            return web.Response(status=500)
        return self.make_response(answer.return_value.http)

    async def invoke(self, request: web.Request) -> web.Response:
        function_id, trigger_name = self.others[request.match_info["name"]]
        told = await request.json()
        invocation = self.protos.InvocationRequest(
            invocation_id=str(uuid.uuid4()),
            function_id=function_id,
            input_data=[
                self.protos.ParameterBinding(name=trigger_name, data=ParseDict(told["data"], self.protos.TypedData()))
            ],
        )
        for name, value in told["metadata"].items():
            ParseDict(value, invocation.trigger_metadata[name])
        answer = await self.tell("invocation_request", invocation)
        has_failed = answer.result.status != self.protos.StatusResult.Success
        if has_failed:
            print(answer.result.exception.message, answer.result.exception.stack_trace, file=sys.stderr)
        return web.json_response({"failure": answer.result.exception.message if has_failed else None})

    def make_response(self, http: Any) -> web.Response:
        body = http.body.bytes if http.body.WhichOneof("data") == "bytes" else http.body.string.encode()
        response = web.Response(status=int(http.status_code), body=body)
        response.headers.popall("Content-Type", None)
        for name, value in http.headers.items():
            if name.lower() != "content-length":
                response.headers[name] = value
        for cookie in http.cookies:
            response.headers.add("Set-Cookie", make_cookie(cookie))
        return response

    async def forward(self, request: web.Request, invocation: str, call: asyncio.Future[Any]) -> web.StreamResponse:
        """An HTTP stream: the request itself goes to the server that the runtime has started."""
        headers = [pair for pair in request.headers.items() if pair[0].lower() not in ("host", "transfer-encoding")]
        headers.append(("x-ms-invocation-id", invocation))
        body = request.content if request.body_exists else None
        # The raw path must not be normalized.
        target = aiohttp.client.URL(self.stream_uri + request.raw_path, encoded=True)
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(request.method, target, headers=headers, data=body, allow_redirects=False) as received,
        ):
            response = web.StreamResponse(status=received.status)
            for name, value in received.headers.items():
                if name.lower() not in ("transfer-encoding", "connection"):
                    response.headers.add(name, value)
            await response.prepare(request)
            async for chunk in received.content.iter_any():
                await response.write(chunk)
            await response.write_eof()
        answer = await call
        if answer.result.status != self.protos.StatusResult.Success:
            print(answer.result.exception.message, file=sys.stderr)
        return response


def make_cookie(cookie: Any) -> str:
    """The header that ASP.NET makes of an RpcHttpCookie; the value goes through Uri.EscapeDataString."""
    parts = [f"{cookie.name}={quote(cookie.value, safe='-._~')}"]
    if cookie.HasField("expires"):
        parts.append(cookie.expires.value.ToDatetime().strftime("expires=%a, %d %b %Y %H:%M:%S GMT"))
    if cookie.HasField("max_age"):
        parts.append(f"max-age={int(cookie.max_age.value)}")
    for name in ("domain", "path"):
        if cookie.HasField(name):
            parts.append(f"{name}={getattr(cookie, name).value}")
    if cookie.HasField("secure") and cookie.secure.value:
        parts.append("secure")
    if cookie.same_site:
        parts.append("samesite=" + ("", "lax", "strict", "none")[cookie.same_site])
    if cookie.HasField("http_only") and cookie.http_only.value:
        parts.append("httponly")
    return "; ".join(parts)


def succeed(answer: Any) -> Any:
    """*answer*, which must tell of a success."""
    if answer.result.status != 1:
        sys.exit(f"{answer.result.exception.message}\n{answer.result.exception.stack_trace}")
    return answer


async def main(model: str, port: int) -> None:
    host = Host(model)
    await host.start()
    app = web.Application(client_max_size=1 << 27)
    app.router.add_post("/__invoke/{name}", host.invoke)
    app.router.add_route("*", "/{tail:.*}", host.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
