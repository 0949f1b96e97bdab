"""Text on its way in and out: the escaping, strict JSON, labels of senders, paths."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalcli.errors import InvalidJSON
from signalcli.text import (
    as_json_value,
    escape,
    from_json,
    json_parts,
    path_from,
    sender_label,
    to_json,
    typed_text,
)
from tests.support.exported import json_of

UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What never leaves the program raw: written here again, from the contract."""

SAFE = ("plain", "大象", "e\u0301", "👨\u200d👩\u200d👧", "[red]x[/red]", "\\x1b", "\xa0", "")

any_text = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from("\x1b\x9b\u061c\u2028\u202e\u2066\udc80\udcff")
)
"""Any text that can be typed: an argument that isn't UTF-8 has surrogates from U+DC80 to U+DCFF."""
json_values = json_of(any_text, leaves=100)


@pytest.mark.parametrize(
    ("raw", "written_out"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("a\0b", r"a\x00b"),
        ("\n\t\r", r"\n\t\r"),
        ("\x7f", r"\x7f"),
        ("\x9b31m", r"\x9b31m"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\u061c\u200e\u200f", r"\u061c\u200e\u200f"),
        ("\u202a\u202b\u202c\u202d\u202e", r"\u202a\u202b\u202c\u202d\u202e"),
        ("\u2066\u2067\u2068\u2069", r"\u2066\u2067\u2068\u2069"),
        ("大\udcff象", r"大\udcff象"),
    ],
)
def test_what_could_trick_a_reader_is_written_out(raw: str, written_out: str) -> None:
    assert escape(raw) == written_out


@pytest.mark.parametrize("text", SAFE)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert escape(text) == text


def test_a_receivers_own_newlines_and_tabs_can_stay() -> None:
    assert escape("one\n\ttwo\r\x1b", keep="\n\t") == "one\n\ttwo\\r\\x1b"


@settings(deadline=None)
@given(any_text)
def test_escaped_text_is_safe_and_stays_the_same_when_escaped_again(text: str) -> None:
    escaped = escape(text)

    assert UNSAFE.findall(escaped) == []
    assert escape(escaped) == escaped


@settings(deadline=None)
@given(json_values)
def test_a_value_survives_json(value: Any) -> None:
    assert from_json(to_json(value)) == value


@settings(deadline=None)
@given(json_values, st.sampled_from([None, 2]))
def test_json_holds_nothing_unsafe(value: Any, indent: int | None) -> None:
    text = to_json(value, indent)

    assert UNSAFE.findall(text.replace("\n", "") if indent else text) == []
    assert from_json(text) == value


def test_json_stays_readable() -> None:
    text = to_json({"大象": ["👨\u200d👩", "\x1b\u2066\udcff", 1, None]})

    assert text == '{"大象": ["👨\u200d👩", "\\u001b\\u2066\\udcff", 1, null]}'


@pytest.mark.parametrize(
    ("text", "reason", "position"),
    [
        ("", "expecting value", 0),
        ('{"a":}', "expecting value", 5),
        ("[1 2]", "expecting ',' delimiter", 3),
        ("1 2", "extra data", 2),
        ('"a', "unterminated string starting", 0),
        ("NaN", "NaN is not a JSON value", 0),
        ('["NaN", NaN]', "NaN is not a JSON value", 8),
        ("[1, Infinity]", "Infinity is not a JSON value", 4),
        ("-Infinity", "-Infinity is not a JSON value", 0),
        ("[1, 1e999]", "the number 1e999 is too large", 4),
        ("-1e999", "the number -1e999 is too large", 0),
        (f"[1, {'7' * 5000}]", "the integer of 5000 digits is too large", 4),
        ("[" * 100_000, "it is nested too deeply", None),
        ('{"a": 1, "a": 2}', "the key 'a' is given twice", 9),
        ('{"a": "a", "a": 1}', "the key 'a' is given twice", 11),
        ('{"b": {"a": 1}, "a": 2, "a": 3}', "the key 'a' is given twice", 24),
        ('{"大": 1, "大": 2}', "the key '大' is given twice", 9),
    ],
    ids=lambda value: str(value)[:30],
)
def test_json_is_read_strictly(text: str, reason: str, position: int | None) -> None:
    with pytest.raises(InvalidJSON) as raised:
        from_json(text)

    assert (raised.value.reason, raised.value.position) == (reason, position)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("x", " at line 1, column 1"),
        ('{\n  "大象": x}', " at line 2, column 9"),
        ("[1,\n\n2 3]", " at line 3, column 3"),
        ("[" * 100_000, ""),
    ],
    ids=["first", "after wide characters", "after empty lines", "unknown"],
)
def test_the_place_in_bad_json_is_counted_as_people_do(text: str, place: str) -> None:
    with pytest.raises(InvalidJSON) as raised:
        from_json(text)

    assert raised.value.place == place


class Unspeakable:
    """A value of the user's whose repr fails."""

    def __repr__(self) -> str:
        raise LookupError("no words")


@settings(deadline=None)
@given(json_values)
def test_what_json_holds_is_shown_as_it_is(value: Any) -> None:
    shown = as_json_value(value)

    assert (shown, type(shown)) == (value, type(value))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ((1, 2), "(1, 2)"),
        ({1: 2}, "{1: 2}"),
        ([1, {2}], "[1, {2}]"),
        (float("nan"), "nan"),
        ([float("inf")], "[inf]"),
        (b"x", "b'x'"),
        (LookupError("gone"), "LookupError('gone')"),
        (Unspeakable(), "<Unspeakable whose repr raises LookupError>"),
        ([Unspeakable()], "<list whose repr raises LookupError>"),
        (10**5000, "<int whose repr raises ValueError>"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_json_can_not_hold_is_shown_as_its_repr(value: object, shown: str) -> None:
    assert as_json_value(value) == shown


def test_a_list_that_holds_itself_is_shown_as_its_repr() -> None:
    ring: list[object] = []
    ring.append(ring)

    assert as_json_value(ring) == "[[...]]"


@pytest.mark.parametrize(
    ("sender", "label"),
    [
        ("大象", "大象"),
        ("elephant 1", "elephant 1"),
        ("true", "true"),
        (1, "1"),
        ("1", '"1"'),
        ("-1.5", '"-1.5"'),
        (-1.5, "-1.5"),
        (True, "True"),
        ("True", '"True"'),
        (None, "None"),
        ("None", '"None"'),
        ("ANY", '"ANY"'),
        ("", '""'),
        (" a", '" a"'),
        (":=1", '":=1"'),
        ('"1"', r'"\"1\""'),
        ([1], "[1]"),
        ((1,), "(1,)"),
    ],
)
def test_text_is_quoted_if_it_could_be_another_sender(sender: object, label: str) -> None:
    assert sender_label(sender) == label


@settings(deadline=None)
@given(st.integers() | st.none() | st.booleans(), any_text)
def test_no_text_has_the_label_of_a_simple_value(value: object, text: str) -> None:
    assert sender_label(value) != sender_label(text)


@settings(deadline=None)
@given(st.binary().filter(lambda name: b"\0" not in name))
def test_a_path_finds_the_file_that_was_typed_even_if_it_is_not_utf8(name: bytes) -> None:
    text = typed_text(os.fsdecode(name))

    assert os.fsencode(path_from(text)) == name
    assert text == name.decode("utf-8", "surrogateescape")


@pytest.mark.parametrize("line", ["", "\n  "])
@pytest.mark.parametrize("count", [0, 1, 99, 100, 101])
def test_json_in_parts_is_that_of_the_whole(line: str, count: int) -> None:
    items = [{"大象": n} for n in range(count)]
    document: dict[str, Any] = {"a": [1, "\n"], "b": items, "c": {}}

    parts = list(json_parts({**document, "b": iter(items)}, line))

    text = "".join(parts)
    assert from_json(text) == document
    if not line:
        assert text == to_json(document)
    assert max(map(len, parts)) < 3_000
