"""What the developer reads of a call."""

from __future__ import annotations

from lambda_bridge.errors import ConfigurationError, MalformedEvent
from lambda_bridge.gateway.calls import BODY
from lambda_bridge.gateway.explain import as_text, explain


def test_what_is_shown_is_json_and_cut() -> None:
    """Indented, in readable letters, with bytes as text; what has no form in JSON as Python shows it."""
    assert as_text({"a": "é", "b": b"bytes \xff", "c": object}) == (
        '{\n  "a": "é",\n  "b": "bytes \\\\xff",\n  "c": "<class \'object\'>"\n}'
    )
    assert as_text(None) == "null"
    assert len(as_text({"body": "x" * 2 * BODY})) == BODY


def test_errors_of_ours_are_sentences() -> None:
    """They say all that there is to say."""
    assert explain(ConfigurationError("a sentence")) == "a sentence"
    assert explain(MalformedEvent("a sentence")) == "the handler refuses the event: a sentence"
