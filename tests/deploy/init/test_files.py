"""The files of init: what the cloud would call answers a request, and nothing of the user's is lost."""

from __future__ import annotations

import ast
import json
import os
import re
import stat
import subprocess
import sys
from importlib import invalidate_caches
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import formats
from lambda_bridge.deploy.clouds import CLOUDS
from lambda_bridge.deploy.init.files import File, choose_python, find_app, make_files, write_files
from lambda_bridge.deploy.init.tools import TOOLS, Tool, find
from lambda_bridge.emulate import Platform
from lambda_bridge.emulate.asgi import exchange
from lambda_bridge.errors import ConfigurationError
from lambda_bridge.testing import Client, make_event
from tests.runtime.runtime_api import Call, RuntimeApi
from tests.web.test_servers import Started, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

APPS = {
    "wsgi": """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Format", environ.get("lambda_bridge.format", ""))])
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return [f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} ".encode() + body]
""",
    "asgi": """
async def app(scope, receive, send):
    message = await receive()
    if scope["type"] == "lifespan":
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    named = scope.get("lambda_bridge.format", "").encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain"), (b"x-format", named)]})
    await send({"type": "http.response.body", "body": f"{scope['method']} {scope['path']} ".encode() + message["body"]})
""",
}
ANSWER = b"POST /hello abc"

# As which format the cloud's gateway speaks to the function; the others start a web server.
FORMATS = {
    ("aws", "sam"): "aws_http",
    ("aws", "sam-rest"): "aws_rest",
    ("aws", "sam-url"): "aws_url",
    ("aws", "sam-alb"): "aws_alb:multi",
    ("aws", "cloudformation"): "aws_http",
    ("aws", "cloudformation-rest"): "aws_rest",
    ("aws", "cloudformation-url"): "aws_url",
    ("aws", "cloudformation-alb"): "aws_alb:multi",
    ("aws", "serverless"): "aws_http",
    ("aws", "terraform"): "aws_http",
    ("aws", "image"): "aws_http",
    ("tencent", "serverless"): "tencent_url",
    ("azure", "func"): "azure",
    ("azure", "v1"): "azure",
    ("azure", "image"): "azure",
    ("gcp", "gcloud"): "gcp",
    ("aliyun", "s"): "aliyun",
    ("huawei", "terraform"): "huawei",
    ("openwhisk", "wskdeploy"): "openwhisk",
    ("fn", "fn"): "fn",
    ("knative", "func"): "asgi",
    ("vercel", "vercel"): "asgi",
    ("yandex", "yc"): "yandex:gateway_1.0",
    ("scaleway", "serverless"): "scaleway",
}
SERVERS = [each for each in TOOLS if each.is_server]


def name_of(tool: Tool) -> str:
    return f"{tool.cloud}-{tool.name}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that modules are imported from; afterwards none of it is left."""
    here = tmp_path / "my shop"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(sys, "path", [str(here), *sys.path])
    # The worker of Azure tells where host.json is.
    monkeypatch.setenv("AzureWebJobsScriptRoot", str(here))
    before = set(sys.modules)
    yield here
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None) or ""
        if file.startswith(str(here)):
            del sys.modules[name]


def write(tool: Tool, folder: Path, interface: str = "wsgi", app: str = "shop:app") -> dict[str, str]:
    """The files for an app of *interface* in shop.py, written; path to text."""
    (folder / "shop.py").write_text(APPS[interface], encoding="utf-8")
    plan = make_files(tool, app, folder, interface)
    write_files(plan.files, folder)
    return {each.path: each.text for each in plan.files}


def entry_of(tool: Tool) -> tuple[str, str]:
    cloud = CLOUDS[tool.cloud]
    path, attribute = tool.entry or (cloud.module, cloud.attribute)
    return path[: -len(".py")].replace("/__init__", "").replace("/", "."), attribute


def import_entry(tool: Tool, folder: Path) -> Any:
    """What the cloud would call; its file is loaded by its path, as one is named __main__."""
    invalidate_caches()
    module, attribute = entry_of(tool)
    path = (tool.entry or (CLOUDS[tool.cloud].module,))[0]
    spec = spec_from_file_location(f"of_{tool.cloud}_{module}", folder / path)
    assert spec is not None
    assert spec.loader is not None
    loaded = module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return getattr(loaded, attribute)


@pytest.mark.parametrize("interface", APPS)
@pytest.mark.parametrize("tool", [each for each in TOOLS if not each.is_server], ids=name_of)
def test_what_the_cloud_calls_answers_a_request(tool: Tool, interface: str, folder: Path) -> None:
    """Called as the cloud's runtime calls it, behind the gateway that the other files name."""
    spelling = FORMATS[tool.cloud, tool.name]
    if formats.missing_package(spelling):
        pytest.skip(f"{formats.missing_package(spelling)} is not installed")
    write(tool, folder, interface)
    entry = import_entry(tool, folder)
    name = spelling.partition(":")[0]
    if name == "azure" and tool.name != "v1":
        (function,) = entry.get_functions()
        entry = function.get_user_function()
    if tool.cloud == "knative":
        import asyncio

        function = entry()
        function.start({})
        event = make_event(name, "POST", "/hello", body=b"abc")
        response = formats.load(name).read_result(asyncio.run(exchange(function.handle, event)))
        function.stop()
    elif hasattr(entry, "aio"):
        with Client(entry, spelling) as client:
            response = client.post("/hello", body=b"abc", headers={"Content-Type": "text/plain"})
        entry.close()
    else:
        platform = Platform(entry, name)
        event = make_event(spelling, "POST", "/hello", body=b"abc", headers={"Content-Type": "text/plain"})
        response = platform.format.read_result(platform.invoke(event))
        platform.close()

    assert (response.status, response.body) == (200, ANSWER)
    assert dict(response.headers)["x-format"] == name


def command_of(files: dict[str, str]) -> list[str]:
    """The arguments of Python in the file that starts the server."""
    if "s.yaml" in files and "args:" in files["s.yaml"]:
        found = re.search(r"args: \[(.+)\]", files["s.yaml"])
        assert found
        return [each.strip(' "') for each in found[1].split(",")]
    if "Dockerfile" in files:
        command = json.loads(files["Dockerfile"].rpartition("CMD ")[2])
        assert command.pop(0) == "python"
        return list(command)
    script = files.get("scf_bootstrap") or files["bootstrap"]
    return script.rstrip().rpartition(" -u ")[2].split()


@pytest.mark.parametrize("tool", SERVERS, ids=name_of)
def test_tools_of_a_platform_start_the_same_server(tool: Tool, folder: Path) -> None:
    """Ours, for the app, and as the platform wants it."""
    platform = ["--platform", tool.platform or ""] if tool.platform else []

    assert command_of(write(tool, folder)) == ["-m", "lambda_bridge.web", "shop:app", *platform]


@pytest.mark.parametrize("interface", APPS)
@pytest.mark.parametrize("tool", {each.platform: each for each in SERVERS}.values(), ids=name_of)
def test_the_server_answers_a_request(
    tool: Tool, interface: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started with the arguments that stand in the file; requirements.txt has one that serves the app."""
    files = write(tool, folder, interface)
    server = {"wsgi": "gunicorn", "asgi": "uvicorn"}[interface]
    assert files["requirements.txt"].split() == ["lambda-bridge", server]
    pytest.importorskip(server)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    port = free_port()
    started = Started(*command_of(files), "--host", "127.0.0.1", "--port", str(port), port=port)
    try:
        status, _, body = started.ask("POST", "/hello", b"abc")
        code, _, error = started.end()
    finally:
        started.close()

    assert (status, body, code) == (200, ANSWER, 0)
    assert f" by {server}," in error


@pytest.mark.parametrize("tool", TOOLS, ids=name_of)
def test_nothing_is_left_to_be_filled_in(tool: Tool, folder: Path) -> None:
    """Python is Python, JSON is JSON, and no name of a template stands in a file or a command."""
    files = write(tool, folder)
    for path, text in files.items():
        assert "@@" not in text + path
        assert text.endswith("\n")
        assert not re.search(r"[ \t]$", text, re.MULTILINE)
        if path.endswith(".py"):
            ast.parse(text)
        if path.endswith(".json"):
            json.loads(text)
    assert not any("@@" in line for line in make_files(tool, "shop:app", folder, "wsgi").then)


def test_scripts_can_be_executed(folder: Path) -> None:
    """They begin with #!; all else cannot be."""
    write(find("tencent", "web"), folder)

    assert stat.S_IMODE((folder / "scf_bootstrap").stat().st_mode) == 0o755
    assert not (folder / "serverless.yml").stat().st_mode & 0o111
    assert b"\r" not in (folder / "scf_bootstrap").read_bytes()


def test_the_wrapper_script_streams(folder: Path) -> None:
    """Lambda calls it with the command of its own runtime; ours answers with a stream, as the template sets it."""
    files = write(find("aws", "sam-url"), folder)
    assert "AWS_LAMBDA_EXEC_WRAPPER: /var/task/stream" in files["template.yaml"]
    assert 'LAMBDA_BRIDGE_STREAM: "1"' in files["template.yaml"]
    call = Call(make_event("aws_url", "POST", "/hello", body=b"abc"))
    package = str(Path(formats.__file__).parents[2])
    with RuntimeApi(call) as api:
        done = subprocess.run(
            [str(folder / "stream"), sys.executable, "/var/runtime/bootstrap.py"],
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": package,
                "AWS_LAMBDA_RUNTIME_API": api.address,
                "LAMBDA_BRIDGE_STREAM": "1",
                "_HANDLER": "function.handler",
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    # The API has no second event.
    assert (done.returncode, call.kind) == (1, "stream"), done.stderr
    assert call.body.endswith(ANSWER)


# --- what is in the way


def test_files_that_are_there_are_named_and_nothing_is_written(folder: Path) -> None:
    """Not one of the others either."""
    (folder / "template.yaml").write_text("mine", encoding="utf-8")
    (folder / "function.py").mkdir()
    (folder / "shop.py").write_text(APPS["wsgi"], encoding="utf-8")
    plan = make_files(find("aws"), "shop:app", folder)

    with pytest.raises(ConfigurationError, match=r"^function.py, template.yaml: there already, so nothing is written"):
        write_files(plan.files, folder)

    assert sorted(os.listdir(folder)) == ["function.py", "shop.py", "template.yaml"]
    assert (folder / "template.yaml").read_text(encoding="utf-8") == "mine"


def test_force_overwrites(folder: Path) -> None:
    """What stood there is gone."""
    (folder / "template.yaml").write_text("mine", encoding="utf-8")
    (folder / "shop.py").write_text(APPS["wsgi"], encoding="utf-8")
    plan = make_files(find("aws"), "shop:app", folder)

    assert write_files(plan.files, folder, force=True) == ["function.py", "requirements.txt", "template.yaml"]
    assert (folder / "template.yaml").read_text(encoding="utf-8") != "mine"


def test_the_same_again_changes_nothing(folder: Path) -> None:
    """Nor does it complain; another tool of the cloud needs its own files alone."""
    write(find("aws"), folder)
    assert write_files(make_files(find("aws"), "shop:app", folder).files, folder) == []

    more = make_files(find("aws", "terraform"), "shop:app", folder)
    assert write_files(more.files, folder) == ["main.tf"]


def test_a_full_disk_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the files or none."""
    (folder / "shop.py").write_text(APPS["wsgi"], encoding="utf-8")
    plan = make_files(find("aws"), "shop:app", folder)
    write_bytes = Path.write_bytes

    def fill_up(path: Path, data: bytes) -> int:
        if "template" in path.name:
            write_bytes(path, data[:10])
            raise OSError(28, "No space left on device", str(path))
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", fill_up)
    with pytest.raises(OSError, match="No space left"):
        write_files(plan.files, folder)

    assert os.listdir(folder) == ["shop.py"]


def test_the_apps_own_file_is_never_the_functions(folder: Path) -> None:
    """Overwriting it would be the end of the app."""
    (folder / "main.py").write_text(APPS["wsgi"], encoding="utf-8")

    with pytest.raises(
        ConfigurationError, match=r"main.py is the file that Google Cloud Run functions calls, and the app's own"
    ):
        make_files(find("gcp"), "main:app", folder)
    assert make_files(find("gcp", "cloudrun"), "main:app", folder, "wsgi").files


def test_a_handler_elsewhere_is_not_wrapped(folder: Path) -> None:
    """The functions of its handler.on would be lost; a web server takes it as it is."""
    (folder / "shop.py").write_text(
        APPS["wsgi"] + "from lambda_bridge import make_handler\nhandler = make_handler(app)\n", encoding="utf-8"
    )

    with pytest.raises(
        ConfigurationError, match=r"^'shop:handler' is a handler already: name its app, or move it into"
    ):
        make_files(find("aws"), "shop:handler", folder)
    assert make_files(find("tencent", "web"), "shop:handler", folder, "wsgi").files


@pytest.mark.parametrize("tool", [each for each in TOOLS if not each.is_server], ids=name_of)
def test_a_function_module_that_is_there_is_used(tool: Tool, folder: Path) -> None:
    """Named as the cloud names it, it is the user's own."""
    module, attribute = entry_of(tool)
    path = (tool.entry or (CLOUDS[tool.cloud].module,))[0]
    (folder / path).parent.mkdir(exist_ok=True)
    (folder / path).write_text("mine = 1\n", encoding="utf-8")
    plan = make_files(tool, f"{module}:{attribute}", folder)

    assert path not in {each.path for each in plan.files}


# --- the app


@pytest.mark.parametrize(
    ("app", "sentence"),
    [
        ("shop", "'shop' names no app: use \"module:attribute\""),
        ("shop:", "names no app"),
        (":app", "names no app"),
        ("shop:app;x", "names no app"),
        ("shop.py:app", "'shop.py:app': there is no module 'shop.py' in "),
        ("../shop:app", "names no app"),
        ('shop:a"b', "names no app"),
        ("shp:app", "'shp:app': there is no module 'shp' in "),
        ("pkg.none:app", "'pkg.none:app': there is no module 'pkg.none' in "),
    ],
)
def test_what_names_no_app_is_one_sentence(app: str, sentence: str, folder: Path) -> None:
    """Before anything is written."""
    (folder / "shop.py").write_text("", encoding="utf-8")
    (folder / "pkg").mkdir()
    with pytest.raises(ConfigurationError, match=re.escape(sentence)):
        make_files(find("aws"), app, folder)


def test_the_app_is_not_imported(folder: Path) -> None:
    """Where nothing depends on its interface: it may need what this machine has not."""
    (folder / "heavy").mkdir()
    (folder / "heavy" / "web.py").write_text("import no_such_module\n", encoding="utf-8")

    assert find_app("heavy.web:create.app", folder) == (folder / "heavy" / "web.py").resolve()
    plan = make_files(find("knative"), "heavy.web:app", folder)
    assert 'only-include = ["function", "heavy"]' in {each.path: each.text for each in plan.files}["pyproject.toml"]
    assert "heavy" not in sys.modules


def test_names_in_any_script(tmp_path: Path) -> None:
    """A module may be named in any; a function is named in ASCII."""
    here = tmp_path / "店铺 1"
    here.mkdir()
    (here / "贺卡.py").write_text(APPS["wsgi"], encoding="utf-8")
    files = {each.path: each.text for each in make_files(find("fn"), "贺卡:app", here).files}

    assert 'handler = make_handler("贺卡:app")' in files["func.py"]
    assert "\nname: web-1\n" in files["func.yaml"]


@pytest.mark.parametrize(
    ("name", "expected"), [("My_Shop", "my-shop"), ("2048", "web-2048"), ("店", "web"), ("a" * 50, "a" * 30)]
)
def test_the_name_is_the_folders(name: str, expected: str, tmp_path: Path) -> None:
    """In what every cloud takes."""
    here = tmp_path / name
    here.mkdir()
    (here / "shop.py").touch()
    files = {each.path: each.text for each in make_files(find("aws", "serverless"), "shop:app", here).files}

    assert f"\nservice: {expected}\n" in files["serverless.yml"]


# --- Python


def test_python_is_the_clouds() -> None:
    """That which runs, or the newest before it, or the oldest that this package knows."""
    assert choose_python(find("huawei"), 9) == 9
    assert choose_python(find("tencent")) == min(10, sys.version_info.minor)
    assert choose_python(find("vercel")) == max(12, min(sys.version_info.minor, 14))


@pytest.mark.parametrize(("cloud", "python"), [("tencent", 12), ("tencent", 6), ("aliyun", 11)])
def test_python_that_the_cloud_has_not_is_one_sentence(cloud: str, python: int) -> None:
    """With those that it has."""
    with pytest.raises(ConfigurationError, match=rf"^--python 3\.{python}: .+ has 3\.9, 3\.10"):
        choose_python(find(cloud), python)


def test_requirements_stay_the_users_own_file(folder: Path) -> None:
    """A link leads where it led, and the rights are as they were."""
    shared = folder.parent / "shared.txt"
    shared.write_text("flask\n", encoding="utf-8")
    shared.chmod(0o600)
    (folder / "requirements.txt").symlink_to(shared)

    write(find("aws"), folder)

    assert shared.read_text(encoding="utf-8") == "flask\nlambda-bridge\n"
    assert (folder / "requirements.txt").is_symlink()
    assert stat.S_IMODE(shared.stat().st_mode) == 0o600


def test_a_server_that_is_required_is_enough(folder: Path) -> None:
    """Any that serves the app."""
    (folder / "requirements.txt").write_text("waitress\n", encoding="utf-8")

    assert write(find("gcp", "cloudrun"), folder)["requirements.txt"] == "waitress\nlambda-bridge\n"


def test_a_program_is_what_begins_like_one() -> None:
    """By its first line."""
    assert File("run", "#!/bin/sh\n").is_program
    assert not File("run", "# !/bin/sh\n").is_program
