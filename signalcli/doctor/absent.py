"""Receivers that a trace tells of and that aren't connected now, such as those of a plugin.

What needs only the calls of a receiver is judged by the trace; its filters, say, aren't known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from signalcli.doctor.evidence import Evidence, Heard, Sent, no_sends
from signalcli.doctor.places import is_of_python
from signalcli.values.inspection import ReceiverView, SignalView

Heeded = tuple[SignalView, ReceiverView, tuple[Sent, ...]]
"""A receiver of a signal, and the sends when it was there."""

_SIGNATURE = re.compile(
    r"(?P<function>[\w.<>]+)\(\) (got an unexpected keyword argument |got multiple values for "
    r"argument |got some positional-only arguments |missing \d+ required |takes )"
)
"""What Python says where a function isn't entered, because it can't take what it is given."""


def judged_by_calls(evidence: Evidence) -> Iterator[Heeded]:
    """Every receiver with its sends, those too of which there is nothing but what a trace says."""
    yield from evidence.receivers_sent()
    yield from absent(evidence)


def absent(evidence: Evidence) -> Iterator[Heeded]:
    """The receivers that only a trace has: their signals are told without them."""
    if not evidence.sends.is_trace:  # who isn't in a session any more was taken out of it
        return
    here = {(one.signal, row.receiver) for one in evidence.signals for row in one.receivers}
    heard: dict[tuple[str, str], list[Sent]] = {}
    for sent in evidence.sends.sent:
        for name in dict.fromkeys(row.receiver for row in sent.heard):
            if (sent.signal, name) not in here:
                heard.setdefault((sent.signal, name), []).append(sent)
    for (signal, receiver), sends in heard.items():
        where = _where([sent.of(receiver) for sent in sends])
        view = ReceiverView(receiver, False, None, (), where, None)
        yield SignalView(signal, "named", None, False, False, (), ()), view, tuple(sends)


def _where(rows: list[Heard]) -> str | None:
    """The place of the last error, unless that is in Python's own code."""
    places = [row.error.where for row in rows if row.error is not None and row.error.where]
    return places[-1] if places and not is_of_python(places[-1]) else None


def refusal_of(receiver: str, row: Heard) -> str | None:
    """What Python raised when it called a receiver that it didn't enter, if it says so."""
    if row.error is None or row.error.type != "TypeError":
        return None
    said = _SIGNATURE.match(row.error.message)
    if said is None:
        return None
    function = receiver.replace("()", ".__call__").rstrip(")")  # of an instance, of a partial
    is_its = f".{function}".endswith((f".{said['function']}", f"({said['function']}"))
    return str(row.error) if is_its else None


def note(evidence: Evidence) -> str | None:
    """How many receivers only the trace has; nothing if there are none."""
    names = list(dict.fromkeys(receiver.receiver for _, receiver, _ in absent(evidence)))
    if not names:
        return None
    if len(names) == 1:
        return f"1 receiver in the trace, {names[0]}, is not connected now: what needs it is not known."
    return (
        f"{len(names)} receivers in the trace, such as {names[0]}, are not connected now: what needs "
        f"them is not known."
    )


def no_filters(evidence: Evidence) -> str | None:
    """That no send was read whose receivers are here, with what they listen to."""
    nothing = no_sends(evidence)
    if nothing is None and not any(evidence.receivers_sent()):
        return note(evidence)
    return nothing
