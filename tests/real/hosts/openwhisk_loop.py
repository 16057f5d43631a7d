"""The protocol of OpenWhisk's launcher, in a loop of our own: no package has the launcher itself.

As apache/openwhisk-runtime-python's launcher does (9a873ecf): for each activation a line of JSON
comes on standard input, everything in it but the value becomes an `__OW_` variable, and the result
goes as a line of JSON to the open file FILENO (there: 3). An exception becomes `{"error": …}`.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from importlib import import_module


def main(module: str, name: str, fileno: str) -> None:
    function = getattr(import_module(module), name)
    with os.fdopen(int(fileno), "w") as answers:
        for line in sys.stdin:
            activation = json.loads(line)
            for key, value in activation.items():
                if key != "value":
                    os.environ[f"__OW_{key.upper()}"] = str(value)
            try:
                result = function(activation.get("value") or {})
            except Exception as error:
                traceback.print_exc()
                result = {"error": str(error)}
            answers.write(json.dumps(result) + "\n")
            answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
