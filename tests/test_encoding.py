"""Rules on text and bytes that hold for every format."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_bridge.encoding import (
    Memo,
    decode_base64,
    drop_raw_prefix,
    encode_base64,
    flatten,
    from_native,
    group,
    is_true,
    join_repeats,
    make_body,
    make_decoded_path,
    make_query,
    native,
    one_or_list,
    quote_path,
    quote_query,
    read_body,
    read_charset,
    read_decoded_path,
    read_path,
    read_query,
    split_prefix,
    ungroup,
)
from lambda_bridge.errors import MalformedEvent
from tests.strategies import PROPERTY, raw_paths

TEXTS = st.text()
WHOLE_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def test_memo_forgets_when_it_is_full() -> None:
    """Keys come from strangers: there is a bound, and no answer changes."""
    memo = Memo(str.upper, at_most=3)

    assert [memo[key] for key in "abcdab"] == list("ABCDAB")
    assert len(memo) <= 3


# --- native strings


@PROPERTY
@given(TEXTS)
def test_native_is_always_latin_1(text: str) -> None:
    """Any text of an event becomes bytes, lone surrogates too."""
    assert native(text).encode("latin-1") == text.encode("utf-8", "surrogatepass")


@PROPERTY
@given(WHOLE_TEXTS)
def test_from_native_is_the_inverse(text: str) -> None:
    """Text that has UTF-8 comes back."""
    assert text == from_native(native(text))


def test_from_native_of_other_bytes_is_latin_1() -> None:
    """Bytes that are no UTF-8 are taken for ISO-8859-1."""
    assert from_native("caf\xe9") == "café"


@pytest.mark.parametrize(
    ("flag", "expected"),
    [(True, True), ("true", True), (" True", True), (False, False), ("false", False), (None, False), (1, False), ("", False), ([], False)],
)  # fmt: skip
def test_flags(flag: Any, expected: bool) -> None:
    """A flag is a boolean, or its name as text."""
    assert expected is is_true(flag)


# --- bodies


@PROPERTY
@given(st.binary())
def test_base64_there_and_back(data: bytes) -> None:
    """Standard base64 in one line, read as it was written."""
    assert encode_base64(data) == b64encode(data).decode()
    assert data == decode_base64(encode_base64(data))


@pytest.mark.parametrize(
    "text",
    ["a", "ab", "abc", "=", "====", "ab=c", "a===", "YQ", "YQ=", "YQ==YQ==", "Y Q==", "YQ==\n", "YQ-_", "é", "YWJj="],
)
def test_what_is_no_base64(text: str) -> None:
    """Padding, alphabet and length are checked, on every version of Python."""
    with pytest.raises(MalformedEvent):
        decode_base64(text)


@pytest.mark.parametrize(
    ("body", "flag", "expected"),
    [
        (None, True, b""),
        ("", True, b""),
        ("AAEC", True, b"\x00\x01\x02"),
        ("AAEC", "true", b"\x00\x01\x02"),
        ("AAEC", False, b"AAEC"),
        ("AAEC", None, b"AAEC"),
        ("hé", False, b"h\xc3\xa9"),
        ("\ud800", False, b"\xed\xa0\x80"),
    ],
)
def test_body_of_an_event(body: str | None, flag: Any, expected: bytes) -> None:
    """The flag alone decides; text is UTF-8, and broken text no crash."""
    assert expected == read_body(body, flag)


TEXT_TYPES = [
    None,
    "",
    "text/html",
    "TEXT/HTML",
    "text/html; charset=UTF-8",
    'text/html; charset="utf-8"; a=b',
    "text/plain;charset=us-ascii",
    "image/svg+xml",
    "application/json",
    "application/problem+json",
    "application/ld+json",
    "application/graphql+json",
    "application/x-ndjson",
    "application/xhtml+xml",
    "application/rss+xml",
    "application/x-yaml",
    "application/manifest+json",
    "application/x-www-form-urlencoded",
]


@pytest.mark.parametrize("content_type", TEXT_TYPES)
def test_utf_8_is_text(content_type: str | None) -> None:
    """No list of types: what decodes as UTF-8 and says nothing else is text."""
    headers = {} if content_type is None else {"content-type": content_type}

    assert make_body("Grüße".encode(), headers) == ("Grüße", False)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"content-type": "text/html", "content-encoding": "gzip"}, b"text"),
        ({"content-encoding": "br"}, b"text"),
        ({"content-type": "text/html; charset=iso-8859-1"}, b"text"),
        ({"content-type": "text/html; CHARSET=GBK"}, b"text"),
        ({"content-type": "text/plain; charset=utf-16"}, b"text"),
        ({"content-type": "text/plain"}, b"\xff"),
        ({}, bytes(range(256))),
        ({"content-type": "application/octet-stream"}, bytes(4)),
        ({"content-type": "text/plain"}, b"a\0"),
    ],
)
def test_everything_else_is_base64(headers: dict[str, str], body: bytes) -> None:
    """Another coding, another charset, bytes that are no UTF-8, or a NUL, which is in no text."""
    assert make_body(body, headers) == (b64encode(body).decode(), True)


@pytest.mark.parametrize("headers", [{}, {"content-type": "image/png"}, {"content-encoding": "gzip"}])
def test_nothing_is_empty_text(headers: dict[str, str]) -> None:
    """An empty body needs no flag."""
    assert make_body(b"", headers) == ("", False)


def test_identity_is_no_coding() -> None:
    """content-encoding: identity says that there is none."""
    assert make_body(b"text", {"content-encoding": "identity"}) == ("text", False)


@PROPERTY
@given(st.binary(), st.sampled_from([*TEXT_TYPES, "image/png", "text/html; charset=gbk"]))
def test_bodies_lose_no_byte(body: bytes, content_type: str | None) -> None:
    """Whatever the type says, the client gets the app's bytes."""
    text, is_base64 = make_body(body, {} if content_type is None else {"content-type": content_type})

    assert body == read_body(text, is_base64)


# --- paths


@pytest.mark.parametrize(
    ("given_path", "path", "raw_path"),
    [
        ("/", "/", b"/"),
        ("", "/", b"/"),
        ("a", "/a", b"/a"),
        ("/a%20b", "/a b", b"/a%20b"),
        ("/a b", "/a b", b"/a%20b"),
        ("/a+b", "/a+b", b"/a+b"),
        ("/%E6%97%A5", "/日", b"/%E6%97%A5"),
        ("/日", "/日", b"/%E6%97%A5"),
        ("/日%20x", "/日 x", b"/%E6%97%A5%20x"),
        ("/a%2Fb%2fc", "/a/b/c", b"/a%2Fb%2fc"),
        ("/%2541", "/%41", b"/%2541"),
        ("/%", "/%", b"/%25"),
        ("/%4", "/%4", b"/%254"),
        ("/%zz%41", "/%zzA", b"/%25zz%41"),
        ("/a?b#c", "/a?b#c", b"/a%3Fb%23c"),
        ("/%FF", "/\udcff", b"/%FF"),
        ("//a//", "//a//", b"//a//"),
        ("/a;b=c,d@e:f!$&'()*", "/a;b=c,d@e:f!$&'()*", b"/a;b=c,d@e:f!$&'()*"),
        ("/\x00\n", "/\x00\n", b"/%00%0A"),
    ],
)
def test_path(given_path: str, path: str, raw_path: bytes) -> None:
    """Valid escapes stay and are decoded once; the rest is encoded."""
    assert read_path(given_path) == (path, raw_path)


@PROPERTY
@given(raw_paths())
def test_encoded_paths_stay(raw_path: bytes) -> None:
    """A path that is percent-encoded stays byte for byte, and its decoding is the standard library's."""
    path, kept = read_path(raw_path.decode())

    assert kept == raw_path
    assert path.encode("utf-8", "surrogateescape") == unquote_to_bytes(raw_path)


@PROPERTY
@given(TEXTS)
def test_any_text_makes_a_path(text: str) -> None:
    """Of any text comes a path and its encoding, which are each other's."""
    path, raw_path = read_path(text)

    assert path.startswith("/")
    assert path.encode("utf-8", "surrogateescape") == unquote_to_bytes(raw_path)
    assert raw_path.isascii()
    assert not set(raw_path) & set(b" ?#\r\n\0")
    assert read_path(raw_path.decode()) == (path, raw_path)


@PROPERTY
@given(WHOLE_TEXTS)
def test_quote_path_is_undone_by_decoding(text: str) -> None:
    """What is encoded decodes to what it was."""
    assert unquote_to_bytes(quote_path(text)).decode() == text


@pytest.mark.parametrize(
    ("path", "prefix", "expected"),
    [
        ("/api/x", "/api", "/x"),
        ("/api", "/api", "/"),
        ("/api/", "/api", "/"),
        ("/apiv2/x", "/api", None),
        ("/x/api", "/api", None),
        ("/api/api/x", "/api", "/api/x"),
        ("/API/x", "/api", None),
        ("/日本/x", "/日本", "/x"),
    ],
)
def test_prefix_is_whole_segments(path: str, prefix: str, expected: str | None) -> None:
    """A prefix ends where a segment ends, and is taken off once."""
    assert expected == split_prefix(path, prefix)


@pytest.mark.parametrize(
    ("raw_path", "prefix", "expected"),
    [
        (b"/api/x", "/api", b"/x"),
        (b"/%61pi/x%2Fy", "/api", b"/x%2Fy"),
        (b"/%E6%97%A5/x", "/日", b"/x"),
        (b"/api", "/api", b""),
        (b"/%FF/x", "/\udcff", b"/x"),
    ],
)
def test_raw_prefix(raw_path: bytes, prefix: str, expected: bytes) -> None:
    """However the prefix was encoded, it goes, and the rest stays as it was."""
    assert expected == drop_raw_prefix(raw_path, prefix)


# --- queries

WHOLE_PAIRS = st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), WHOLE_TEXTS))


@PROPERTY
@given(WHOLE_PAIRS)
def test_query_parses_to_its_pairs(pairs: list[tuple[str, str]]) -> None:
    """Whatever names and values hold, they come back in order."""
    assert pairs == parse_qsl(make_query(pairs), keep_blank_values=True)
    assert pairs == read_query(make_query(pairs))


@PROPERTY
@given(st.lists(st.tuples(st.text("az =&%\xe9"), st.text("az =&%\xe9"))))
def test_query_is_quoted_alike_as_a_whole_and_in_parts(pairs: list[tuple[str, str]]) -> None:
    """Most queries need no look at each name and value; the result is the same as with one."""
    assert make_query(pairs) == "&".join(f"{quote_query(name)}={quote_query(value)}" for name, value in pairs)


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], ""),
        ([("a", "1"), ("a", "2")], "a=1&a=2"),
        ([("a b", "c d")], "a%20b=c%20d"),
        ([("a=b", "c")], "a%3Db=c"),
        ([("", ""), ("", "")], "=&="),
        ([("a", "")], "a="),
        ([("a", True)], "a"),
        ([("a", None)], "a="),
        ([("a", 7), ("b", 1.5), ("c", False)], "a=7&b=1.5&c=False"),
        ([("a b", "c&d=e+f")], "a%20b=c%26d%3De%2Bf"),
        ([("a", "\ud800")], "a=%ED%A0%80"),
        ([("a", "-._~")], "a=-._~"),
    ],
)
def test_make_query(pairs: list[tuple[str, Any]], expected: str) -> None:
    """A space is %20; True stands for no equals sign, None for nothing; numbers are tolerated."""
    assert expected == make_query(pairs)


def test_read_query_keeps_empty_values() -> None:
    """Names without values are there, and a plus sign is a space."""
    assert read_query("a&b=&c=x+y&d=%FF") == [("a", ""), ("b", ""), ("c", "x y"), ("d", "\ufffd")]


# --- maps of names


def test_group_and_ungroup() -> None:
    """Names in the order of their first value; single values count as lists of one."""
    pairs = [("a", "1"), ("b", "2"), ("a", "3")]

    assert group(pairs) == {"a": ["1", "3"], "b": ["2"]}
    assert ungroup(group(pairs)) == [("a", "1"), ("a", "3"), ("b", "2")]
    assert ungroup({"a": "1", "b": ["2"], "c": []}) == [("a", "1"), ("b", "2")]
    assert ungroup(None) == []
    assert join_repeats(pairs) == {"a": "1,3", "b": "2"}
    assert join_repeats(pairs, ", ")["a"] == "1, 3"


@pytest.mark.parametrize(
    ("grouped", "expected"),
    [
        (None, []),
        ({}, []),
        ({"a": "1"}, [("a", "1")]),
        ({"a": ["1"]}, [("a", "1")]),
        ({"a": ["1"], "b": "2"}, [("a", "1"), ("b", "2")]),
        ({"a": ["1", "2"], "b": ["3"]}, [("a", "1"), ("a", "2"), ("b", "3")]),
        ({"a": [], "b": ["3"]}, [("b", "3")]),
        ({"a": None}, [("a", None)]),
    ],
)
def test_flatten(grouped: Any, expected: list[tuple[str, Any]]) -> None:
    """Lists, single values and a mixture of both become columns."""
    names, values = flatten(grouped)

    assert expected == list(zip(names, values))


# --- headers


@pytest.mark.parametrize(
    ("path", "read"), [("", "/"), ("a b", "/a b"), ("/é%41", "/é%41"), ("/\ud800", "/\udced\udca0\udc80")], ids=ascii
)
def test_decoded_path_is_read(path: str, read: str) -> None:
    """As it is, but for half a surrogate pair, which stands as three bytes that are no UTF-8."""
    assert read == read_decoded_path(path)


def test_decoded_path_is_made() -> None:
    """Bytes that are no UTF-8 are lost, as they are at gateways."""
    assert make_decoded_path("/é\udcff") == "/é\ufffd"


def test_one_or_list() -> None:
    """A list only where it is needed."""
    assert one_or_list({"a": ["1"], "b": ["2", "3"]}) == {"a": "1", "b": ["2", "3"]}


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("", None),
        ("text/html", None),
        ("text/html; charset=UTF-8", "utf-8"),
        ("text/html;Charset='gbk' ; format=flowed", "gbk"),
        ('text/plain; format=flowed; charset="iso-8859-1"', "iso-8859-1"),
        ("text/html; charset=", ""),
    ],
)
def test_charset(content_type: str, charset: str | None) -> None:
    """In any spelling, with quotes or without, wherever it stands."""
    assert charset == read_charset(content_type)
