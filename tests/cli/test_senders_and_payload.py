"""Senders and payload as they are typed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalcli.cli.parsing.senders_and_payload import (
    parse_filter,
    parse_message,
    parse_question,
    parse_sender,
    split_item,
)
from signalcli.errors import InvalidJSON, UsageError
from signalcli.text import to_json

keys = st.text(min_size=1).filter(lambda key: "=" not in key and not key.endswith(":"))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


NO_ITEMS = ("大象", "", "a:b", "@a", "=x", "=@x", ":=1", ":=@x=1", ":==x", "=a=b")


@pytest.mark.parametrize(
    ("argument", "item"),
    [
        ("slogan=巡山", ("slogan", "=", "巡山")),
        ("count:=3", ("count", ":=", "3")),
        ("map=@map.txt", ("map", "=@", "map.txt")),
        ("map:=@map.json", ("map", ":=@", "map.json")),
        ("大象=", ("大象", "=", "")),
        ("a=b:=c", ("a", "=", "b:=c")),
        ("a:=b=c", ("a", ":=", "b=c")),
        ("a=b=@c", ("a", "=", "b=@c")),
        ("a==b", ("a", "=", "=b")),
        ("a= @b", ("a", "=", " @b")),
        ("a:b=c", ("a:b", "=", "c")),
        (":a=1", (":a", "=", "1")),
        ("::=1", (":", ":=", "1")),
        (" =x", (" ", "=", "x")),
        *[(text, None) for text in NO_ITEMS],
    ],
)
def test_an_argument_with_text_before_its_separator_is_payload(
    argument: str, item: tuple[str, str, str] | None
) -> None:
    assert split_item(argument) == item


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "大", ":", "=", "@", " "])).map("".join))
def test_the_first_separator_decides(argument: str) -> None:
    first = re.search(":=@|=@|:=|=", argument)
    expected = None
    if first is not None and first.start() > 0:
        expected = (argument[: first.start()], first.group(), argument[first.end() :])

    assert split_item(argument) == expected


@pytest.mark.parametrize(
    ("arguments", "sender_options", "message"),
    [
        ([], [], (None, {})),
        (["大象"], [], ("大象", {})),
        ([], ["大象"], ("大象", {})),
        (["slogan=巡山", "大象", "count:=3"], [], ("大象", {"slogan": "巡山", "count": 3})),
        (["a=1", "b:=[true, null]"], ["x"], ("x", {"a": "1", "b": [True, None]})),
        ([], ["a=b"], ("a=b", {})),
        ([], [""], ("", {})),
        (["=x"], [], ("=x", {})),
        ([":=1"], [], (1, {})),
        ([], [":=1"], (1, {})),
        ([':=":=x"'], [], (":=x", {})),
        ([":=null"], [], (None, {})),
        ([":=0"], [], (0, {})),
        ([':={"a": 1.5}'], [], ({"a": 1.5}, {})),
        (["sender=x", "self=y"], [], (None, {"sender": "x", "self": "y"})),
    ],
)
def test_a_message_is_a_sender_and_payload(
    arguments: list[str], sender_options: list[str], message: tuple[object, dict[str, Any]]
) -> None:
    sender, payload = parse_message(arguments, sender_options)

    assert (sender, type(sender), payload) == (message[0], type(message[0]), message[1])


@settings(deadline=None)
@given(keys, st.text().filter(lambda text: not text.startswith("@")), json_values)
def test_any_key_can_have_any_text_and_any_json(key: str, text: str, value: object) -> None:
    message = parse_message([f"{key}={text}", f"{key}2:={to_json(value)}"], [])

    assert message == (None, {key: text, f"{key}2": value})


@settings(deadline=None)
@given(json_values)
def test_any_json_can_be_a_sender(value: object) -> None:
    assert parse_sender(f":={to_json(value)}") == value


@settings(deadline=None)
@given(st.text().filter(lambda text: not text.startswith(":=")))
def test_any_text_but_json_is_a_sender_unchanged(text: str) -> None:
    assert (parse_sender(text), parse_filter(text)) == (text, text)


def test_a_file_gives_its_text_or_its_json(tmp_path: Path) -> None:
    file = tmp_path / "大象.json"
    file.write_bytes('{"大象": 1}\r\n'.encode())

    message = parse_message([f"text=@{file}", f"json:=@{file}"], [])

    assert message == (None, {"text": '{"大象": 1}\r\n', "json": {"大象": 1}})


ONE_SENDER = (
    "A send has one sender, not '{}' and '{}'. "
    "Payload is written key=value, as in: signalcli send king 大象 slogan=巡山"
)
UNREADABLE = (
    "The file '{0}' of the payload key 'a' can't be read: {1}. "
    "To send the text itself, type: a:='\"@{0}\"'"
)
RESERVED = "'{}' can't be a payload key: blinker's send keeps it for itself. Give it another name."


@pytest.mark.parametrize(
    ("arguments", "sender_options", "sentence"),
    [
        (["a", "b"], [], ONE_SENDER.format("a", "b")),
        (["a"], ["b"], ONE_SENDER.format("b", "a")),
        ([], ["a", "b"], ONE_SENDER.format("a", "b")),
        (["a=1", "a:=1"], [], "The payload key 'a' is given twice. Leave one out."),
        (["_async_wrapper=1"], [], RESERVED.format("_async_wrapper")),
        (["_sync_wrapper:=1"], [], RESERVED.format("_sync_wrapper")),
        (["a=@no/file"], [], UNREADABLE.format("no/file", "No such file or directory")),
        (["a:=@/"], [], UNREADABLE.format("/", "Is a directory")),
    ],
)
def test_what_can_not_be_sent_is_reported_in_a_sentence(
    arguments: list[str], sender_options: list[str], sentence: str
) -> None:
    with pytest.raises(UsageError) as raised:
        parse_message(arguments, sender_options)

    assert str(raised.value) == sentence


def test_a_file_that_is_not_text_is_named_with_the_place(tmp_path: Path) -> None:
    file = tmp_path / "map.bin"
    file.write_bytes(b"map\xff")

    with pytest.raises(UsageError) as raised:
        parse_message([f"map=@{file}"], [])

    place = "of the payload key 'map' is not UTF-8 text: byte 4. Only text can be sent."
    assert str(raised.value) == f"The file '{file}' {place}"


@pytest.mark.parametrize(
    ("argument", "rest"),
    [("a:=", ""), ("a:=x", "x"), ("大象:=[1, x]", "x]"), (":=[1", ""), ("a:=NaN", "NaN")],
)
def test_bad_json_is_pointed_at_within_the_whole_argument(argument: str, rest: str) -> None:
    with pytest.raises(InvalidJSON) as raised:
        parse_message([argument], [])

    assert raised.value.position is not None
    assert (raised.value.text, argument[raised.value.position :]) == (argument, rest)


def test_bad_json_in_a_file_is_pointed_at_within_the_file(tmp_path: Path) -> None:
    file = tmp_path / "map.json"
    file.write_text('{\n  "east": x\n}')

    with pytest.raises(InvalidJSON) as raised:
        parse_message([f"map:=@{file}"], [])

    assert (raised.value.text, raised.value.place) == ('{\n  "east": x\n}', " at line 2, column 11")


@pytest.mark.parametrize(
    ("typed", "sender"),
    [
        *[("大象", "大象"), ("0", "0"), ("", ""), (":=1", 1), (":=-7", -7), (':="1"', "1")],
        (":=true", 1),  # which it equals
    ],
)
def test_text_and_integers_can_be_listened_to(typed: str, sender: object) -> None:
    parsed = parse_filter(typed)

    assert (parsed, type(parsed)) == (sender, type(sender))


@pytest.mark.parametrize("typed", [":=1.5", ":=0.0", ":=null", ":=[1]", ':={"a": 1}'])
def test_a_sender_that_blinker_compares_by_identity_can_be_asked_about_only(typed: str) -> None:
    """A later process has another object, which is not the one that was connected."""
    with pytest.raises(UsageError, match="can't be listened to from a session: only text and"):
        parse_filter(typed)

    assert parse_question(typed) == parse_sender(typed)


@pytest.mark.parametrize("parse", [parse_filter, parse_question])
@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (":=0", "0 can't be distinguished from ANY: 0 is"),
        (":=-0", "0 can't be distinguished from ANY: 0 is"),
        (":=false", "False can't be distinguished from ANY: False equals 0,"),
    ],
)
def test_what_blinker_takes_for_any_is_refused(parse: Any, typed: str, shown: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(typed)

    assert str(raised.value) == (
        f"The sender {shown} blinker's own id for it. The text 0 is another sender: --sender 0"
    )
