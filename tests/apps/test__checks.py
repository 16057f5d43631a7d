from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.apps._checks import check_headers
from lambda_bridge.errors import InvalidResponse


def test_names_become_lower_case_and_order_and_repeats_stay() -> None:
    """A header is (lower-case name, value), as the app ordered them."""
    given = [("X-B", "1"), ("Set-Cookie", "a=1"), ("x-a", "2"), ("SET-COOKIE", "b=2")]
    assert [("x-b", "1"), ("set-cookie", "a=1"), ("x-a", "2"), ("set-cookie", "b=2")] == check_headers(given)


@pytest.mark.parametrize("value", ["", "a\tb", "\xe9", "caf\xc3\xa9", "\x80\xff", "a b", "\xa0", "\xad", "~"])
def test_values_that_http_allows_stay(value: str) -> None:
    """Tabs, spaces and obs-text are legal in a value."""
    assert [("x", value)] == check_headers([("X", value)])


@pytest.mark.parametrize("value", ["\r", "\n", "\0", "a\r\nX-Evil: 1", "a\nb", "end\r", "caf\xe9\0"])
def test_line_break_or_nul_in_a_value_is_refused_without_showing_it(value: str) -> None:
    """It would let the value's author write headers of his own; the value may be a secret."""
    with pytest.raises(InvalidResponse, match="'X-Name' has a line break or NUL") as caught:
        check_headers([("X-First", "fine"), ("X-Name", value)])
    assert "Evil" not in str(caught.value)


@pytest.mark.parametrize("value", ["\u4f60\u597d", "caf\xe9 \u2028", "\ud800", "\U0001f388"])
def test_value_that_has_no_bytes_is_refused_without_showing_it(value: str) -> None:
    """A native string of PEP 3333 is ISO-8859-1; servers refuse others too, and formats could not make a result."""
    with pytest.raises(InvalidResponse, match="'X-Name' has characters beyond ISO-8859-1") as caught:
        check_headers([("X-Name", value)])
    assert value not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\nb", "caf\xe9", "a\0", "(a)", "a,b", '"a"'])
def test_name_that_is_no_token_is_refused(name: str) -> None:
    """RFC 9110 section 5.6.2 says what a name may be made of."""
    with pytest.raises(InvalidResponse, match="is not a name for a response header"):
        check_headers([(name, "value")])


@pytest.mark.parametrize(
    "pairs",
    [
        None,
        42,
        [("x", 1)],
        [("x", None)],
        [("x", b"v")],
        [(b"x", "v")],
        [("x",)],
        [("x", "y", "z")],
        ["xyz"],
        [[]],
        [(["x"], "v")],
    ],
)
def test_what_is_no_pair_of_strings_is_refused(pairs: Any) -> None:
    """Each of these is a mistake of the app, and never a crash of another kind."""
    with pytest.raises(InvalidResponse):
        check_headers(pairs)
