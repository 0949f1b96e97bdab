"""``export python``: the script holds what the session holds, and prints what it prints."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given, settings

from signalcli.export.code.module import Module
from signalcli.export.code.preamble import Preamble
from signalcli.export.code.sends import RepeatedSends
from signalcli.export.python import write_script
from signalcli.values.delivery import SendOptions
from signalcli.values.session import Session, SignalState
from tests.support import exported
from tests.support.exported import (
    Interpreter,
    SentMessage,
    as_sends,
    called_in_code,
    sent_in_playground,
    sessions,
    sessions_with_sends,
    silently_made,
    without_addresses,
)

pytestmark = pytest.mark.slow

interpreter = exported.interpreter

NOTHING = RepeatedSends((), ())
each_style = pytest.mark.parametrize("style", ["call", "decorator"])


ANIMAL, ECHO, DISCONNECTED = (
    ("connect", "king", "animal", ["x"], True),
    ("connect", "king", "echo", ["x"], False),
    ("disconnect", "king", "animal", ["x"]),
)


def kept(state: SignalState, function: dict[str, str]) -> dict[str, Any]:
    """Return what blinker keeps of a signal in a state. Order counts, except in a plain set."""
    buckets = {s: bucket.receivers for bucket in state.buckets for s in bucket.senders}
    if state.any:
        buckets[0] = state.any
    return {
        "doc": state.doc or None,
        "muted": state.muted,
        "receivers": [[function[name], weak] for name, weak in state.receivers],
        "buckets": sorted(
            (repr(sender), collected(state, [function[name] for name in names]))
            for sender, names in buckets.items()
        ),
    }


def collected(state: SignalState, names: list[str]) -> list[str]:
    return names if state.ordered else sorted(names)


def seen(state: SignalState, found: dict[str, Any]) -> dict[str, Any]:
    """Return the same for a signal of a script, without the empty bucket of ``ANY`` that asking adds."""
    buckets = sorted(
        (repr(sender), collected(state, names))
        for sender, names in found["buckets"]
        if sender or names or sender == ""
    )
    return {**{key: found[key] for key in ("doc", "muted", "receivers")}, "buckets": buckets}


def check_same_state(interpreter: Interpreter, session: Session, style: str) -> None:
    script = write_script(session, "session 'default'", style, NOTHING)
    setup = Preamble(Module(""), session, NOTHING)
    touched = {n: s for n, s in session.signals.items() if ":" not in n or s.receivers or s.muted}
    called = {name: setup.signals[name] for name in touched}

    ran = interpreter.run(script, signals=list(called.values()))

    assert ran.stdout + ran.stderr == ""
    for name, state in touched.items():
        is_meta = ":receiver_" in name
        state = state._replace(doc=ran.states[called[name]]["doc"]) if is_meta else state
        assert seen(state, ran.states[called[name]]) == kept(state, setup.functions.identifiers)


@each_style
@settings(max_examples=200, deadline=None)
@given(session=sessions)
@example(session=silently_made([ANIMAL, ECHO, DISCONNECTED, ANIMAL]))
@example(session=silently_made([DISCONNECTED]))
@example(session=silently_made([ANIMAL, ("disconnect", "king", "animal", [])]))
def test_a_script_holds_the_session(interpreter: Interpreter, style: str, session: Session) -> None:
    check_same_state(interpreter, session, style)


@each_style
@settings(max_examples=200, deadline=None)
@given(drawn=sessions_with_sends())
@example(
    drawn=(
        silently_made(
            [("connect", "king", "herald", [], True), ("connect", "king", "print", [], True)]
        ),
        [
            ("king", "大象", {"slogan": "\ud800"}, SendOptions(on_error="continue")),
            ("king", "大象", {"slogan": 1}, SendOptions(connected_to="courier", is_async=True)),
        ],
    )
)
def test_a_script_prints_what_the_playground_prints(
    interpreter: Interpreter, style: str, drawn: tuple[Session, list[SentMessage]]
) -> None:
    session, messages = drawn
    script = write_script(session, "session 'default'", style, as_sends(session, messages))

    ran = interpreter.run("", script)

    there = sent_in_playground(session, messages)
    identifiers = Preamble(Module(""), session, as_sends(session, messages)).functions.identifiers
    printed = there.stdout.encode("utf-8", "backslashreplace").decode()
    assert without_addresses(ran.stdout) == without_addresses(printed)
    assert error_lines(ran.stderr) == error_lines("".join(f"{error}\n" for error in there.errors))
    assert ran.results == [
        [[identifiers[name], value] for name, value in results] for results in there.results
    ]


def error_lines(stderr: str) -> list[str]:
    """Return each error. A TypeError names the function, whose name differs in exported code."""
    return [re.sub(r"^TypeError: .*?\(\)", "TypeError: f()", line) for line in stderr.splitlines()]


def held(*receivers: str, muted: bool = False) -> SignalState:
    """Return a signal whose receivers listen to ``ANY``."""
    return SignalState(
        receivers=tuple((receiver, True) for receiver in receivers), any=receivers, muted=muted
    )


@each_style
@pytest.mark.parametrize(
    "signals",
    [
        {"king:receiver_connected": held("animal"), "king": held("echo", "qq")},
        {"king": held("echo"), "king:receiver_connected": held(muted=True)},
        {
            "one": held("animal", "echo"),
            "two": held("echo", "animal"),
            "three": held("qq", "animal"),
            "four": held("echo", "qq"),
        },
        {"one": held("os:getcwd", "echo"), "two": held("echo")},
    ],
    ids=["a meta signal before its signal", "a muted meta signal", "no one order", "an import"],
)
def test_what_a_person_wrote_by_hand_is_held_too(
    interpreter: Interpreter, style: str, signals: dict[str, SignalState]
) -> None:
    session = Session(signals)
    functions = Preamble(Module(""), session, NOTHING).functions.identifiers
    called = called_in_code(session, NOTHING)
    script = write_script(session, "session 'default'", style, NOTHING)

    ran = interpreter.run(script, signals=list(called.values()))

    found = {name: ran.states[code] for name, code in called.items()}
    assert {name: (state["receivers"], state["muted"]) for name, state in found.items()} == {
        name: ([[functions[r], weak] for r, weak in state.receivers], state.muted)
        for name, state in signals.items()
    }
