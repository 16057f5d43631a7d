"""An extension of griffe for `make docs`: docstrings are written for readers of the source; this makes Markdown of them.

What they have beside Markdown: ``::`` before a block of code, and a name on a line of its own with
what it is below it. The options of make_handler get the defaults that their table says.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

from lambda_bridge.options import OPTIONS
from tools.site import make_markdown

_DEFAULT = re.compile(r"OPTIONS\['(\w+)'\]")


class SiteDocstrings(griffe.Extension):
    """Called for everything that griffe has read."""

    def on_instance(self, *, obj: Any, **_: Any) -> None:
        """A module, class, function or attribute."""
        if obj.docstring is not None:
            obj.docstring.value = make_markdown(obj.docstring.value)

    def on_function_instance(self, *, func: Any, **_: Any) -> None:
        """Its defaults, too; and a type that says nothing is left out, as the text says more."""
        for parameter in func.parameters:
            if str(parameter.annotation) == "Any":
                parameter.annotation = None
            found = _DEFAULT.fullmatch(str(parameter.default))
            if found:
                parameter.default = repr(OPTIONS[found[1]])
