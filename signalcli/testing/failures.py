"""The messages of assertions that fail: why a signal was not sent as a test expects.

pytest rewrites the assertions of this module, so that it compares payloads as it does in a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from signalcli.testing.recording.kept_send import behind_proxy
from signalcli.testing.sent_signal import ExpectedSend, SentSignal, shown
from signalcli.tracing.look_alikes import look_alikes

MOST = 10
"""sends that a message lists"""
MOST_COMPARED = 3
"""payloads that a message compares"""


def times(number: int) -> str:
    """Return how often something happened: ``once``, ``3 times``."""
    return "once" if number == 1 else f"{number} times"


def not_sent(
    name: str, sent: Sequence[SentSignal], expected: ExpectedSend, names_of_sent: dict[str, int]
) -> str:
    """Return why no send of a signal is as expected.

    :param sent: all sends of the signal.
    :param names_of_sent: the names of all signals that were sent, each with the number of its sends.
    """
    if not sent:
        return "\n".join([f"{name} was not sent.", *_sent_instead(name, names_of_sent)])
    from_sender = [one for one in sent if expected.matches_sender(one)]
    if not from_sender:
        return "\n".join(_from_another_sender(name, sent, expected))
    return "\n".join(_with_another_payload(name, from_sender, expected))


def sent_often(name: str, sent: Sequence[SentSignal], expected: ExpectedSend) -> str:
    """Return that a signal was sent, and each send. ``expected`` is what they have in common."""
    lines = [f"{name} was sent {times(len(sent))}{expected}:", *(f"  {one}" for one in sent[:MOST])]
    return "\n".join([*lines, *_more(len(sent) - MOST)])


def out_of_order(names: Sequence[str], missing: int, sent: Sequence[SentSignal]) -> str:
    """Return that signals were not sent in the expected order.

    :param missing: the index of the first of ``names`` that was not sent after those before it.
    :param sent: the sends of these signals.
    """
    name = names[missing]
    order = [one.signal for one in sent]
    if name not in order:
        return f"{name} was not sent."
    wanted = names[: missing + 1].count(name)
    if order.count(name) < wanted:
        return f"{name} was sent {times(order.count(name))}, and is expected {times(wanted)}."
    before = ", ".join(names[:missing])
    lines = [f"{name} was not sent after {before}. They were sent in this order:"]
    return "\n".join([*lines, *(f"  {one}" for one in order[:MOST]), *_more(len(order) - MOST)])


def _sent_instead(name: str, names_of_sent: dict[str, int]) -> Iterable[str]:
    """Yield which other signals were sent: first one whose name looks like that of the expected one."""
    alike = look_alikes(name, names_of_sent)
    if alike:
        yield f"{alike[0]}, whose name looks like it, was sent {times(names_of_sent[alike[0]])}."
    elif names_of_sent:
        counted = [f"{one} ({times(count)})" for one, count in names_of_sent.items()]
        more = f" and {len(counted) - MOST} more" if len(counted) > MOST else ""
        yield f"Sent were: {', '.join(counted[:MOST])}{more}."
    else:
        yield "No signal was sent."


def _from_another_sender(
    name: str, sent: Sequence[SentSignal], expected: ExpectedSend
) -> Iterable[str]:
    yield f"{name} was sent {times(len(sent))}, but from another sender:"
    yield f"  expected: {shown(behind_proxy(expected.sender))}"
    senders = list(dict.fromkeys(shown(one.sender) for one in sent))
    for sender in senders[:MOST]:
        yield f"  sent from: {sender}"
    yield from _more(len(senders) - MOST)
    if shown(behind_proxy(expected.sender)) in senders:
        yield "The senders look the same, but are different objects that aren't equal."


def _with_another_payload(
    name: str, sent: Sequence[SentSignal], expected: ExpectedSend
) -> Iterable[str]:
    sender = expected._replace(payload=None, items={})
    yield f"{name} was sent {times(len(sent))}{sender}, but with another payload:"
    for one in sent[:MOST_COMPARED]:
        yield payload_difference(*reversed(expected.compared(one)))
    yield from _more(len(sent) - MOST_COMPARED)


def payload_difference(payload: dict[str, object], expected: dict[str, object]) -> str:
    """Return how a payload differs from the expected one, as pytest shows it."""
    try:
        assert payload == expected
    except AssertionError as error:
        if str(error):
            return str(error)
    return f"assert {shown(payload)} == {shown(expected)}"  # with --assert=plain


def _more(number: int) -> list[str]:
    return [f"  and {number} more"] if number > 0 else []
