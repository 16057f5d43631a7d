"""Platforms that want an HTTP server instead of a handler: web functions, custom runtimes, containers.

::

    python -m lambda_bridge.web myapp:app

This starts the best server that is installed, on the platform's address and port. No function imports it.

For those who change it: ``platforms`` says what each platform wants, ``servers`` how each server is started; ``front``
stands between the server and the handler, answers what the platform itself asks, and hands events that are not HTTP to
the handler.
"""
