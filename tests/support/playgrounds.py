"""Command lines done to a session within this process, and transcripts of what they did.

They are those of the command line, as far as tests need them: with ``--sender``, ``--strong``,
``--unordered``, and the options of ``send``.
"""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from textwrap import fill
from typing import Any

import pytest

from signalcli.playground.editor import SessionEditor
from signalcli.playground.inspector import SessionInspector
from signalcli.streams import captured
from signalcli.values.catalog import Drop, HeldReceiver
from signalcli.values.change import Change
from signalcli.values.delivery import Delivery, Message, SendOptions
from signalcli.values.inspection import Connection, SignalView
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.session import Session
from signalcli.values.signal_name import SignalName
from tests.support.scenario import change

OWN = {
    "herald": OwnReceiver(says="hear"),
    "courier": OwnReceiver(is_async=True),
    "grumpy": OwnReceiver(says="never said", raises="not today"),
    "storm": OwnReceiver(raises="thunder", is_async=True),
    "clerk": OwnReceiver(returns=1, strict=True),
    "judge": OwnReceiver(raises="guilty", strict=True),
}
"""The receivers beside the demos. Those that are strict raise ``TypeError`` on any payload."""

_PARSER = ArgumentParser()
_PARSER.add_argument("command")
_PARSER.add_argument("words", nargs="*")
_PARSER.add_argument("--sender", action="append", default=[], dest="senders")
for _flag in ("strong", "unordered", "muted", "async", "wrap"):
    _PARSER.add_argument(f"--{_flag}", action="store_true")
_PARSER.add_argument("--on-error", default="stop")
_PARSER.add_argument("--connected-to")


def _value(typed: str) -> Any:
    return json.loads(typed[2:]) if typed.startswith(":=") else typed


def _message(asked: Namespace) -> Message:
    """Return what a command line ``send`` or ``explain`` sends."""
    senders = [word for word in asked.words[1:] if "=" not in word or word.startswith(":=")]
    items = dict(word.split("=", 1) for word in asked.words[1:] if word not in senders)
    payload = {key.rstrip(":"): _value(":=" * (":" in key) + text) for key, text in items.items()}
    options = SendOptions(
        asked.on_error, vars(asked)["async"], asked.wrap, asked.muted, asked.connected_to
    )
    return Message(_value(senders[0]) if senders else None, payload, options)


def _run(editor: SessionEditor, asked: Namespace) -> list[str] | Drop | Delivery:
    if asked.command == "drop":
        return editor.drop(*asked.words)
    name, receivers = SignalName.parse(asked.words[0]), asked.words[1:]
    senders = list(map(_value, asked.senders))
    if asked.command == "connect":
        return editor.connect(name, receivers, senders, not asked.strong)
    if asked.command == "disconnect":
        return editor.disconnect(name, receivers[0], senders)
    if asked.command == "define":
        return editor.define(name, ordered=not asked.unordered)
    if asked.command in ("send", "explain"):
        delivery: Delivery = getattr(editor, asked.command)(name, _message(asked))
        return delivery
    notes: list[str] = getattr(editor, asked.command)(name)  # mute, unmute or remove
    return notes


def do(session: Session, line: str) -> tuple[Session, Change | Drop | Delivery]:
    """Return a session after a command line, and the result of the command."""
    results: list[list[str] | Drop | Delivery] = []

    def operation(editor: SessionEditor) -> list[str]:
        results.append(_run(editor, _PARSER.parse_args(line.split())))
        return results[0] if isinstance(results[0], list) else []

    after, made = change(session, "here", operation)
    assert not (made.deliveries and isinstance(results[0], Drop)), (
        "an automatic disconnect sent a meta signal"
    )
    if isinstance(results[0], list):
        return after, made
    return session if line.startswith("explain ") else after, results[0]


def done(*lines: str) -> Session:
    """Return the session after some command lines; ``; `` separates some in one text."""
    session = Session({}, OWN)
    for line in "; ".join(lines).split("; ") if lines else ():
        session, _ = do(session, line)
    return session


def receivers_of(session: Session) -> dict[str, list[str]]:
    """Return the receivers of each signal that has any."""
    states = session.signals.items()
    return {name: [r for r, _ in state.receivers] for name, state in states if state.receivers}


def inspected(session: Session, signal: str, *senders: object) -> SignalView:
    """Return what ``inspect`` shows of a signal."""
    with captured(live=False) as capture:
        return SessionInspector(session, "here", capture).inspect(SignalName.parse(signal), senders)


def fired(document: dict[str, Any]) -> list[tuple[str, dict[str, Any], list[tuple[str, str]]]]:
    """Return each meta signal that was sent, with its payload, and its receivers' outcomes."""
    return [
        (
            meta["signal"],
            {key: _without_address(value) for key, value in meta["payload"].items()},
            [(call["receiver"], call["outcome"]) for call in meta["calls"]],
        )
        for meta in document["deliveries"]
    ]


def _without_address(value: Any) -> Any:
    return re.sub(" at 0x[0-9a-f]+", "", value) if isinstance(value, str) else value


def transcripts(text: str) -> pytest.MarkDecorator:
    """Run a test with each ``expected`` transcript of a text, which begins with a title: ``# …``.

    Every command that has a result below it ends a transcript of its own.
    """
    cases = []
    for case in text.split("\n# ")[1:]:
        title, *lines = case.strip().splitlines()
        starts = [n for n, line in enumerate(lines) if line.startswith("$ ")]
        ends = [n for n in starts if n - 1 not in starts and n] + [len(lines)]
        cases += [pytest.param("\n".join(lines[:end]), id=f"{title}-{end}") for end in ends]
    return pytest.mark.parametrize("expected", cases)


def transcript(text: str) -> str:
    """Do the command lines of a text, which begin with ``$``, and return it with what they did.

    Of the last one, and of each that has more than the next command below it: every call, the sends
    of meta signals, the notes, the status, and the signals that changed.
    """
    session, shown = Session({}, OWN), []
    lines = text.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("$ "):
            *preparing, last = line[2:].split("; ")
            for command in preparing:
                session, _ = do(session, command)
            before = session
            session, made = do(session, last)
            shown.append(line)
            if not following.startswith("$ "):
                reported = [*_told(made), *_changed(before, session)]
                shown += [fill(each, 98, subsequent_indent="    ") for each in reported]
    return str(_without_address("\n".join(shown)))


def _told(made: Change | Drop | Delivery) -> Iterator[str]:
    if isinstance(made, Delivery):
        yield from (["muted"] if made.muted else [])
        yield from _calls(made)
    for meta in () if isinstance(made, Drop) else made.deliveries:
        yield " ".join([meta.signal, *(f"{key}={value}" for key, value in meta.payload.items())])
        yield from (f"  {line}" for line in _calls(meta))
    yield from made.notes
    if isinstance(made, Drop):
        yield f"held: {_held(made.before)} → {_held(made.after)}"
    status = int(made.result().status)
    ends = ["unchanged"] * (isinstance(made, Change | Drop) and not made.changed)
    if status or ends:
        yield ", ".join([f"status {status}", *ends])


def _calls(delivery: Delivery) -> Iterator[str]:
    """Each call. A ``TypeError`` has no message here: Python's versions word it differently."""
    for call in delivery.calls:
        error = f"; {call.error.type}" if call.error else ""
        if call.error and call.error.type != "TypeError":
            error += f": {call.error.message}"
        value = "" if call.value is None else f"; {call.value!r}"
        yield f"{call.receiver} {call.outcome}: {call.reason}{error}{value}"


def _held(held: tuple[HeldReceiver, ...]) -> str:
    listed = [f"{one.signal}{_senders(one.weak, one.connections)}" for one in held]
    return "; ".join(listed) or "by no signal"


def _senders(weak: bool, connections: tuple[Connection, ...]) -> str:
    senders = ["ANY" if one.any else repr(one.sender) for one in connections]
    return f"{'' if weak else ' strongly'} from {', '.join(senders) or 'nobody'}"


def _changed(before: Session, after: Session) -> Iterator[str]:
    for name in {**before.signals, **after.signals}:
        if name not in after.signals:
            yield f"{name} is gone"
        elif before.signals.get(name) != after.signals[name]:
            view = inspected(after, name)
            listed = [f"{r.receiver}{_senders(r.weak, r.connections)}" for r in view.receivers]
            senders = {one.sender for r in view.receivers for one in r.connections}
            empty = [a.sender for a in view.has_receivers_for if a.sender not in {None, *senders}]
            marks = " (unordered)" * (not view.ordered) + " (muted)" * view.muted
            left = f"; empty: {', '.join(map(repr, empty))}" if empty else ""
            yield f"{name}{marks}: {'; '.join(listed) or 'no receivers'}{left}"
    if before.dropped != after.dropped:
        yield f"dropped: {', '.join(after.dropped) or 'none'}"
