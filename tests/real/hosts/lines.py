"""Calls a function with what stands on a line, a JSON list of its arguments, and answers with a line.

`python lines.py MODULE FUNCTION FILENO`: lines come on standard input, and answers go to the open
file FILENO, as standard output is the function's own.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module


def main(module: str, name: str, fileno: str) -> None:
    function = getattr(import_module(module), name)
    with os.fdopen(int(fileno), "w") as answers:
        for line in sys.stdin:
            answers.write(json.dumps(function(*json.loads(line))) + "\n")
            answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
