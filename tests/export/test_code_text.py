"""Exported code has every text as a constant and every name as an identifier."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from signalcli.errors import UsageError
from signalcli.export.code.identifiers import Identifiers, identifier_of
from signalcli.export.code.literals import (
    quote,
    write_call,
    write_comment,
    write_docstring,
    write_f_string,
    write_keywords,
    write_literal,
)
from signalcli.export.code.sends import RepeatedSends
from signalcli.export.pytest_module import write_tests
from signalcli.export.python import write_script
from signalcli.text import UNSAFE, escape, from_json, to_json
from signalcli.values.delivery import SendOptions
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.session import Bucket, Session, SignalState
from signalcli.values.signal_name import SignalName
from tests.support.exported import as_sends, json_of

EVIL = "MARK"
"""A word that no code has unless a text becomes code."""
PIECES = (
    *('"', "'", '"""', "'''", "\\", "\n", "\r", "{", "}", "#", ";", "()", " ", "\u2028", "\u202e"),
    *("\ud800", "\x00", "\x1b", "大象", EVIL, f"__import__('{EVIL}')", "\\N{DIGIT ONE}", "\\ud800"),
)
texts = st.text() | st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
json_values = json_of(texts)


def value_of(code: str) -> Any:
    """Return the value of an expression of constants."""
    return ast.literal_eval(code)


def is_safe(code: str) -> bool:
    """Return whether the code looks the same on the screen as in the file."""
    return escape(code, keep="\n") == code


@given(text=texts)
@example(text="'\"")
@example(text="\\ud800\ud800")
def test_a_text_is_quoted_as_just_that_text(text: str) -> None:
    code = quote(text)

    assert value_of(code) == text
    assert code.isprintable()


@given(value=json_values)
@example(value=-0.0)
@example(value=1e300)
@example(value=10**4000)
def test_a_value_is_written_as_just_that_value(value: object) -> None:
    code = write_literal(value)

    assert repr(value_of(code)) == repr(value)
    assert code.isprintable()


def test_a_value_nested_too_deeply_for_python_is_parsed() -> None:
    value = from_json("[" * 400 + "]" * 400)

    assert eval(write_literal(value), {"json": __import__("json")}) == value


@given(parts=st.lists(st.tuples(texts, st.none() | st.just("sender")), max_size=4))
def test_a_template_is_an_f_string_that_says_the_same(parts: list[tuple[str, str | None]]) -> None:
    code = write_f_string(parts)

    message = "".join(text + ("" if field is None else "<S>") for text, field in parts)
    assert eval(code, {"sender": "<S>"}) == message
    assert code.isprintable()
    (variables,) = [[node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)]]
    assert {node.id for node in variables} <= {"sender"}


@given(text=texts)
@example(text='ends in "')
@example(text='"""')
@example(text="\\")
def test_a_docstring_is_one_constant(text: str) -> None:
    code = write_docstring(text)

    (statement,) = ast.parse(code).body
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    assert code.isprintable()
    assert isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    assert statement.value.value == text or statement.value.value == shown


@given(text=texts)
def test_a_comment_is_one_line(text: str) -> None:
    code = write_comment(text)

    assert ast.parse(f"{code}\n").body == []
    assert code.isprintable()


@given(st.dictionaries(texts | st.sampled_from(["class", "__debug__", "ﬁ", "a"]), json_values))
def test_payload_is_given_as_just_that_payload(payload: dict[str, object]) -> None:
    code = write_call("given", write_keywords(payload.items()))

    found = eval(code, {"given": lambda **payload: payload})
    assert repr(found) == repr(payload)  # their order, too


@settings(max_examples=300)
@given(texts, st.lists(st.text(max_size=3), max_size=4), st.booleans())
@example(text="king-2", others=["king_2", "king 2"], is_test=False)
@example(text="__builtins__", others=[], is_test=False)
@example(text="ﬁle", others=["file"], is_test=True)
@example(text="ͺ", others=["⒈"], is_test=True)
def test_any_name_has_an_identifier_of_its_own(text: str, others: list[str], is_test: bool) -> None:
    taken = {"told", "signal"}
    identifiers = Identifiers(taken, is_test=is_test)

    given = [identifiers.new(name, "signal") for name in (text, *others)]

    others_known = {*taken, *dir(builtins), *keyword.kwlist}
    assert len({*given, *others_known}) == len(given) + len(others_known)
    for name in given:
        assert name.isidentifier()
        assert unicodedata.normalize("NFKC", name) == name
        assert not name.startswith("_") and len(name) < 60
        assert not (is_test and name.lower().startswith(("test", "pytest", "setup", "teardown")))


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("king", "king"),
        ("大象", "大象"),
        ("king-2", "king_2"),
        ("class", "class_signal"),
        ("signal", "signal_signal"),
        ("print", "print_signal"),
        ("told", "told_signal"),
        ("2nd", "signal_2nd"),
        ("a/b.c", "a_b_c"),
        ("🐘", "signal_signal"),
        ("__name__", "name"),
        ("ﬁre", "fire"),
    ],
)
def test_a_name_can_be_recognized_in_its_identifier(name: str, identifier: str) -> None:
    assert Identifiers({"told", "signal"}).new(name, "signal") == identifier


def test_names_that_are_alike_get_different_identifiers() -> None:
    identifiers = Identifiers(())

    given = [identifiers.new(name, "signal") for name in ("a-b", "a.b", "a b", "a_b_signal")]

    assert given == ["a_b", "a_b_signal", "a_b_signal_2", "a_b_signal_signal"]


def test_a_name_without_letters_leaves_an_empty_identifier() -> None:
    assert identifier_of("!?") == ""


# Whole exports of hostile sessions.


def is_signal_name(text: str) -> bool:
    try:
        return str(SignalName.parse(text)) == text and ":receiver_" not in text
    except UsageError:
        return False


names = texts.filter(is_signal_name)
fields = st.sampled_from(
    [
        *("", "{sender}", "{signal}", "{payload}", "{class}", "{print}", "{a'b}", '{"}', "{\\}"),
        f"{{{EVIL}}}",
    ]
)
literal_texts = texts.map(lambda text: text.replace("{", "{{").replace("}", "}}"))
pieces = st.lists(st.tuples(literal_texts, fields), max_size=4)
templates = pieces.map(lambda parts: "".join(text + field for text, field in parts))
own_receivers = st.builds(
    OwnReceiver,
    says=st.none() | templates,
    returns=json_values,
    raises=st.none() | texts,
    sleeps=st.sampled_from((0.0, 0.25)),
    is_async=st.booleans(),
    strict=st.booleans(),
)


@st.composite
def hostile_sessions(draw: st.DrawFn) -> Session:
    receiver_names = texts.filter(lambda text: bool(text) and ":" not in text)
    own = draw(st.dictionaries(receiver_names, own_receivers, max_size=3))
    known = sorted({*own, "animal", "failing"})
    signals = {}
    for name in draw(st.lists(names, max_size=3, unique=True)):
        held = tuple(draw(st.lists(st.sampled_from(known), max_size=3, unique=True)))
        senders = st.lists(texts | st.integers(min_value=1), max_size=5, unique=True)
        signals[name] = SignalState(
            doc=draw(st.none() | texts),
            receivers=tuple((receiver, draw(st.booleans())) for receiver in held),
            any=held if draw(st.booleans()) else (),
            buckets=(Bucket(held, tuple(draw(senders))),),
        )
    return Session(signals, own)


BUILTINS = {
    *("AssertionError", "Exception", "RuntimeError", "SystemExit", "TypeError"),
    *("all", "dict", "getattr", "len", "list", "object", "print", "str", "type"),
}
"""The built-in names that exported code uses."""


def every_export(session: Session, place: str, sends: RepeatedSends) -> Iterator[str]:
    """Yield a session as a script of each style, and as tests."""
    for style in ("call", "decorator"):
        yield write_script(session, place, style, sends)
    yield write_tests(session, place, sends)


def free_names(code: str) -> set[str]:
    """Return the names that code uses without defining or importing them."""
    used: set[str] = set()
    bound = set(BUILTINS)
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.alias):
            bound.add(node.asname or node.name)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
    return used - bound


@settings(max_examples=80, deadline=None)
@given(
    session=hostile_sessions(),
    place=texts,
    payload=st.dictionaries(texts, json_values, max_size=3),
    sender=json_values,
)
def test_no_text_of_a_session_becomes_code(
    session: Session, place: str, payload: dict[str, object], sender: object
) -> None:
    sends = as_sends(session, [(name, sender, payload, SendOptions()) for name in session.signals])
    for code in every_export(session, place, sends):
        compile(code, "exported", "exec")
        assert free_names(code) == set()
        assert is_safe(code)


@pytest.mark.parametrize(
    "text",
    [
        *('"""\nimport MARK\n"""', "'); import MARK; ('", "\nimport MARK", "\rimport MARK"),
        *("\x0cimport MARK", "\u2028import MARK", "{__import__('MARK')}", "\\", "\\N{DIGIT ONE}"),
        *("# -*- coding: utf-7 -*-", "\u202e)MARK(tropmi", "\ud800", "\x00"),
    ],
)
def test_a_text_that_means_no_good_is_a_constant(text: str) -> None:
    template = text.replace("{", "{{").replace("}", "}}")
    own = {text.replace(":", ""): OwnReceiver(says=template, returns={text: [text]}, raises=text)}
    (name,) = own
    bucket, listening = Bucket((), (text,)), ((name, True),)
    state = SignalState(doc=text, receivers=listening, any=(name,), buckets=(bucket,))
    session = Session({str(SignalName(text)): state, f"@{text}": state}, own)
    sends = as_sends(session, [(f"@{text}", text, {text: text}, SendOptions())])

    for code in every_export(session, text, sends):
        tree = ast.parse(code)
        constants = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        imported = {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        assert text in constants
        assert EVIL not in imported
        assert is_safe(code)


def test_what_is_unsafe_is_never_printable() -> None:
    """Escapes of unprintable characters therefore cover everything that the screen would escape."""
    unsafe = (chr(code) for code in range(0x110000) if re.match(UNSAFE, chr(code)))
    assert not any(character.isprintable() for character in unsafe)
    assert to_json("\u202e") == '"\\u202e"'
