"""Small packages, as `lambda-bridge package` stages them."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Optional

import lambda_bridge
from lambda_bridge.deploy.packing.zips import Packed

PACKAGE = Path(lambda_bridge.__file__).resolve().parent

WSGI = """
from lambda_bridge import make_handler

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]

handler = make_handler(app)
"""

ASGI = """
from lambda_bridge import make_handler

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 201, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})

handler = make_handler(app)
"""


def write_tree(folder: Path, files: dict[str, str], *, ours: bool = False, compiled: bool = True) -> Path:
    """*folder* with *files*, posix path to text; with lambda_bridge, where *ours* says so, and its bytecode."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if ours:
        names = ["gateway", "commands", "deploy", *([] if compiled else ["__pycache__"])]
        ignored = shutil.ignore_patterns(*names)
        shutil.copytree(PACKAGE, folder / "lambda_bridge", ignore=ignored)
    return folder


def zip_tree(folder: Path, path: Path) -> Path:
    """The zip *path* of what is in *folder*."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder).as_posix())
    return path


def packed(name: str, size: int = 1000, stored: Optional[int] = None, owner: str = "app") -> Packed:
    """A file of a package."""
    return Packed(name, size, size // 2 if stored is None else stored, owner)
