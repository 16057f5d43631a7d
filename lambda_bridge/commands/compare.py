"""``lambda-bridge compare``: one request through every format."""

from __future__ import annotations

import json

import click


@click.command("compare")
@click.argument("app", metavar="MODULE:APP")
@click.argument("method")
@click.argument("url")
@click.option("-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A request header; repeatable.")
@click.option("-d", "--data", default="", help="The request body; @FILE reads one.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, for machines.")
def command(app: str, method: str, url: str, headers: tuple[str, ...], data: str, as_json: bool) -> None:
    """Send one request to MODULE:APP through every cloud's format, and show where a cloud differs.

    The first row is a server that speaks the app's own interface, WSGI or ASGI: it loses nothing.

    \b
    Examples:
      lambda-bridge compare myapp:app GET '/search?q=a&q=b'
      lambda-bridge compare myapp:app POST /upload -H 'Content-Type: image/png' -d @photo.png
      lambda-bridge compare myapp:app GET / --json
    """
    from lambda_bridge.commands.arguments import from_here, read_data, read_request
    from lambda_bridge.compare import compare as compare_formats

    request = read_request(method, url, headers, body=read_data(data))
    with from_here(app):
        rows = compare_formats(app, request)
    if as_json:
        # With escapes for all but ASCII: a path may have bytes that are no text.
        click.echo(json.dumps([row._asdict() for row in rows], indent=2))
        return
    width = max(len(row.format) for row in rows)
    for row in rows:
        status = row.got.get("status", "-")
        differences = row.differences or (["the measure of the others"] if row is rows[0] else ["the same"])
        click.echo(f"{row.format:{width}}  {status!s:>3}  {differences[0]}")
        for difference in differences[1:]:
            click.echo(f"{'':{width}}       {difference}")
