"""An extension of griffe for `make docs`: docstrings are written for readers of the source; this makes Markdown of them.

What they have beside Markdown: ``::`` before a block of code, and a name on a line of its own with
what it is below it. The options of make_handler get the defaults that their table says.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

from lambda_bridge.options import OPTIONS

_NAME_AND_TEXT = re.compile(r"^(``.+``)\n((?:    .*\n?)+)", re.MULTILINE)
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


def make_markdown(text: str) -> str:
    """A docstring as Markdown."""
    text = re.sub(r"^::\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"::\n", ":\n", text)
    # A definition list: its text begins after a colon.
    return re.sub(_NAME_AND_TEXT, lambda found: f"{found[1]}\n:   {found[2].lstrip()}\n", text)
