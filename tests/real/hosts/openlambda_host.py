"""tornado serving the WSGI app in f.py, as OpenLambda's Python runtime does: `python openlambda_host.py PORT`."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module

from tornado.httpserver import HTTPServer
from tornado.wsgi import WSGIContainer


async def main(port: int) -> None:
    server = HTTPServer(WSGIContainer(import_module("f").app))
    server.listen(port, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
