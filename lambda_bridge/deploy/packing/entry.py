"""What the cloud calls in a package: the user's own handler, or a module that is made for the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lambda_bridge.deploy.init.files import fill
from lambda_bridge.deploy.modules import file_of, is_made_handler, module_of
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from lambda_bridge.deploy.clouds import Cloud

# The function's file, as `lambda-bridge init` writes it: templates.
_MODULES = {
    "azure": "azure/func/function_app.py",
    "knative": "knative/func/function/__init__.py",
    "vercel": "vercel/vercel/api/index.py",
}
_SHARED = "shared/handler.py"
_OF_HANDLER = {
    "azure": "from lambda_bridge.azure import function_app\nfrom {0} import {1} as handler\n\n"
    'app = function_app(handler, auth_level="anonymous")\n',
    "knative": "from lambda_bridge.knative import make_new\nfrom {0} import {1} as handler\n\nnew = make_new(handler)\n",
}
_BOOTSTRAP = """\
#!/bin/sh
# Starts our runtime of AWS Lambda instead of its own. With a managed runtime, set the function's variable
# AWS_LAMBDA_EXEC_WRAPPER=/var/task/bootstrap: Lambda hands over the command of its Python, whose first word that is.
# On an OS-only runtime Lambda runs this file as it is; then Python must be on the PATH.
cd "${{LAMBDA_TASK_ROOT:-$(dirname "$0")}}" || exit 1
if [ -d /opt/python ]; then
    export PYTHONPATH="/opt/python${{PYTHONPATH:+:$PYTHONPATH}}"
fi
exec "${{1:-python3}}" -m lambda_bridge.runtime {0}:{1}
"""


class Entry(NamedTuple):
    """What the cloud is told to call."""

    module: str
    """``"function"``; dotted."""
    attribute: str
    made: dict[str, str]
    """The files that are not the user's: posix path to text."""

    @property
    def setting(self) -> str:
        """As the function's setting has it."""
        return f"{self.module.replace('.', '/')}.{self.attribute}"


def find(app: str, cloud: Cloud, folder: Path, names: Collection[str]) -> Entry:
    """The entry for *app*, ``"module:attribute"``, whose files are *names* of *folder*; raises ConfigurationError.

    Nothing is imported: what the app needs may not be installed here.
    """
    module, colon, attribute = app.partition(":")
    if not colon or not module or not attribute:
        raise ConfigurationError(f'{app!r} names no app: use "module:attribute", such as "myapp:app"')
    file = file_of(module, names)
    if file is None:
        raise ConfigurationError(
            f"{app!r}: there is no file {module.replace('.', '/')}.py among those of {str(folder)!r}: "
            "run this in the app's folder, or name it with --folder"
        )
    is_handler = is_made_handler(folder, names, file, attribute)
    if is_handler and (file == cloud.module or not cloud.must_be):
        return Entry(module, attribute, {})
    if cloud.module in names:
        raise ConfigurationError(
            f"{cloud.module} is there already, and {cloud.title} calls that file: "
            f"name its handler instead of {app!r}, or leave it out with --exclude {cloud.module}"
        )
    if is_handler:
        text = _OF_HANDLER.get(cloud.name, "from {0} import {1} as {2}\n").format(module, attribute, cloud.attribute)
    else:
        values = {"app": app, "title": cloud.title, "handler": cloud.attribute}
        text = fill(_MODULES.get(cloud.name, _SHARED), values)
    made = {cloud.module: text}
    if cloud.name == "azure" and "host.json" not in names:
        made["host.json"] = fill("azure/func/host.json", {})
    return Entry(module_of(cloud.module), cloud.attribute, made)


def bootstrap(entry: Entry) -> str:
    """The script that starts our runtime on AWS Lambda."""
    return _BOOTSTRAP.format(entry.module, entry.attribute)
