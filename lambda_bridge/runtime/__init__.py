"""A runtime of AWS Lambda of our own: ``python -m lambda_bridge.runtime module:app``.

It calls the same handler as the managed Python runtime would, and can do what that cannot: send a
response on in parts, and serve several calls at once in one process. It is started by

- the file ``bootstrap`` of an OS-only runtime, or the command of a container image, with the command above;
- a wrapper script in a managed runtime, ``exec "$1" -m lambda_bridge.runtime "$@"``, which the
  variable AWS_LAMBDA_EXEC_WRAPPER names: then the arguments are the command that Lambda would have run,
  interpreter first (docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html, read in 2026-11).

Without ``module:app`` the function's own setting is taken, the variable _HANDLER. The app may be a
handler of make_handler already; else the options come from the environment.

The command is all that is public. For those who change it: ``__main__`` starts and ends it, ``loop`` answers events, ``stream`` those whose
response goes on in parts; ``api`` is the client of the Runtime API, over ``connection``; ``context`` is what a handler
gets beside the event, and ``json_log`` is loaded where log lines are to be JSON.
"""
