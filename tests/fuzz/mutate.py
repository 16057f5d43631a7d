"""Changes of JSON that keep most of its shape, so that they come past the first look at an event."""

from __future__ import annotations

import copy
import json
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

from tests.strategies import DROPPED, places, replaced

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    from tests.fuzz.cases import Case

# Of a case, what says where it belongs.
_FIXED = ("kind", "format", "interface")
_LONGEST = 20_000
"""Characters of a text: more of them only takes time."""

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**400, 1e308, float("nan"), float("inf"), -0.0, "", [], {}, [None], [[]],
    {"": ""}, "true", "false", "null", "0", "-1", "1e9", "NaN",
)  # fmt: skip

PIECES = (
    "\0", "\r\n", "\n", "\t", " ", "\x7f", "\x80", "\xff", "é", "é", "ß", "ſ", "İ", "中文", "👨‍👩‍👧", "\ud800", "\udfff", "\u2028",
    "\ufeff", "%", "%0", "%00", "%2F", "%2e%2e", "%zz", "%C3%A9", "%ff", "+", "&", "=", ";", ",", '"', "'", "\\", "/", "//", "/..",
    "?", "#", ":", "@", "[", "]", "[::1]", ":80", ":99999", "http://", "=?utf-8?q?", "multipart/form-data; boundary=",
    "charset=gbk", "charset=utf-16", "text/", "application/json", "gzip", "chunked", "Set-Cookie", "Content-Length",
    "127.0.0.1", "::1", "unknown", "2.0", "1.0", "POST", "HEAD", "W/", "bytes=0-", "{", "}", "$default", "aGk=", "a-b_c", "===",
)  # fmt: skip


def mutate(case: Case, dice: random.Random, others: Sequence[Case]) -> Case:
    """*case* with one to four changes; of *others* parts are taken. The same *dice* give the same changes."""
    changed = case
    for _ in range(dice.choice((1, 1, 1, 2, 2, 3, 4))):
        # Not every place for every change: the way there is what takes time.
        spots = [place for place in places(changed) if place[0] not in _FIXED]
        if spots:
            changed = dice.choice(_CHANGES)(changed, dice.choice(spots), dice, others)
    return changed


def _value_at(value: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        value = value[key]
    return value


def _drop(case: Case, place: tuple[Any, ...], dice: random.Random, others: Sequence[Case]) -> Any:
    return replaced(case, place, DROPPED if len(place) > 1 else None)


def _put_odd(case: Case, place: tuple[Any, ...], dice: random.Random, others: Sequence[Case]) -> Any:
    return replaced(case, place, copy.deepcopy(dice.choice(ODD)))


def _put_other_type(case: Case, place: tuple[Any, ...], dice: random.Random, others: Sequence[Case]) -> Any:
    value = _value_at(case, place)
    forms: list[Callable[[], Any]] = [
        lambda: [value],
        lambda: {"a": value},
        lambda: str(value)[:_LONGEST],
        lambda: json.dumps(value)[:_LONGEST],
        lambda: [value, value],
        lambda: len(str(value)),
        lambda: (
            list(value.items())
            if isinstance(value, dict)
            else dict.fromkeys(map(str, value), value)
            if isinstance(value, list)
            else not value
        ),
    ]
    return replaced(case, place, dice.choice(forms)())


def _nest(case: Case, place: tuple[Any, ...], dice: random.Random, others: Sequence[Case]) -> Any:
    value = _value_at(case, place)
    for _ in range(dice.choice((1, 2, 5, 40))):
        value = [value] if dice.random() < 0.5 else {"a": value}
    return replaced(case, place, value)


def _change_text(case: Case, place: tuple[Any, ...], dice: random.Random, others: Sequence[Case]) -> Any:
    value = _value_at(case, place)
    if isinstance(value, str):
        return replaced(case, place, _other_text(value, dice))
    if isinstance(value, int):
        return replaced(case, place, value * dice.choice((-1, 2, 1000)) + dice.choice((-1, 0, 1)))
    return _rename(case, place, dice, others)


def _other_text(text: str, dice: random.Random) -> str:
    at, end = sorted((dice.randint(0, len(text)), dice.randint(0, len(text))))
    how = dice.randrange(9)
    if how == 0:
        return text[:at] + text[end:]
    if how == 1:
        return (text[:at] + text[at:end] * dice.choice((2, 3, 500)) + text[end:])[:_LONGEST]
    if how == 2:
        return (
            text[:at]
            + chr(dice.choice((dice.randrange(128), dice.randrange(0x800), dice.randrange(0x110000))))
            + text[end:]
        )
    if how == 3:
        return dice.choice((text.upper, text.lower, text.title, text.swapcase))()
    if how == 4:
        return b64encode(text.encode("utf-8", "surrogatepass")).decode()
    if how == 5:
        return _damaged_base64(text, dice)
    if how == 6:
        return dice.choice(PIECES)
    return text[:at] + dice.choice(PIECES) + text[at if how == 7 else end :]


def _damaged_base64(text: str, dice: random.Random) -> str:
    try:
        data = bytearray(b64decode(text, validate=True))
    except ValueError:
        return b64encode(dice.randbytes(dice.randrange(9))).decode()[: dice.randrange(9) + 1]
    if data:
        data[dice.randrange(len(data))] = dice.randrange(256)
    return b64encode(data).decode()


def _rename(case: Case, place: tuple[Any, ...], dice: random.Random, others: Sequence[Case]) -> Any:
    *way, key = place
    parent = _value_at(case, tuple(way))
    if not isinstance(parent, dict) or len(place) == 1:
        return _repeat(case, place, dice, others)
    known = [each[-1] for each in places(dice.choice(others)) if isinstance(each[-1], str)]
    new = dice.choice((key.upper(), key.lower(), key.title(), _other_text(key, dice), dice.choice(known)))
    return replaced(case, tuple(way), {new if name == key else name: value for name, value in parent.items()})


def _repeat(case: Case, place: tuple[Any, ...], dice: random.Random, others: Sequence[Case]) -> Any:
    value = _value_at(case, place)
    if isinstance(value, list):
        return replaced(case, place, value * dice.choice((2, 3, 50)) if len(value) < 100 else value[:1])
    if isinstance(value, dict) and value:
        name = dice.choice(list(value))
        return replaced(case, place, {**value, _other_text(name, dice): value[name]})
    return _put_odd(case, place, dice, others)


def _swap(case: Case, place: tuple[Any, ...], dice: random.Random, others: Sequence[Case]) -> Any:
    other = dice.choice([found for found in places(case) if found[0] not in _FIXED])
    if other[: len(place)] == place or place[: len(other)] == other:
        return _put_odd(case, place, dice, others)
    here, there = _value_at(case, place), _value_at(case, other)
    return replaced(replaced(case, place, there), other, here)


def _take(case: Case, place: tuple[Any, ...], dice: random.Random, others: Sequence[Case]) -> Any:
    """A part of another case, with its key where there is one."""
    other = dice.choice(others)
    found = dice.choice([each for each in places(other) if each[0] not in _FIXED])
    value = _value_at(other, found)
    here = _value_at(case, place)
    if isinstance(here, dict) and isinstance(found[-1], str):
        return replaced(case, place, {**here, found[-1]: value})
    return replaced(case, place, value)


_CHANGES: tuple[Callable[..., Any], ...] = (
    _drop, _put_odd, _put_other_type, _nest, _change_text, _change_text, _change_text, _rename, _repeat, _swap, _take,
)  # fmt: skip
