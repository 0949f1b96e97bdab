"""The fixture ``signals``: what was sent in a test, assertions on it, and which receivers are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

from blinker import Signal

from signalcli.testing.failures import not_sent, out_of_order, sent_often
from signalcli.testing.recording.overrides import Override, isolated, muted, only_named
from signalcli.testing.recording.suite_recorder import TestRecording
from signalcli.testing.sent_signal import ANY_SENDER, ExpectedSend, SentSignal
from signalcli.testing.waiting import wait_until


class ExpectedSends:
    """A block that sends a signal as expected. See :meth:`Signals.expect`.

    :param matching: returns the sends of the block that match, or fails.
    """

    def __init__(self, matching: Callable[[], list[SentSignal]]) -> None:
        self._matching = matching
        self._sent: list[SentSignal] = []

    def __enter__(self) -> list[SentSignal]:
        return self._sent

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        __tracebackhide__ = True
        if kind is None:
            self._sent += self._matching()


class Signals:
    """The signals of one test. Each is given itself, or by its name, such as ``"flask/request-started"``.

    The assertions take what is expected of a send: its sender, its whole ``payload``, and items that are part
    of the payload, as keywords. Values match if they are the same object or equal, so ``unittest.mock.ANY``
    and other objects with an ``==`` of their own can be expected. A proxy means its object.

    An unknown name raises :class:`signalcli.errors.UnknownName`.
    """

    def __init__(self, recording: TestRecording, overrides: ExitStack) -> None:
        self._recording = recording
        self._known = recording.known
        self._overrides = overrides
        self._outlasts_test = recording.connections.outlasts_test

    def sent(self, signal: Signal | str | None = None) -> tuple[SentSignal, ...]:
        """Return the sends of a signal, or of all signals, in the order of their start."""
        return self._recording.sent(None if signal is None else self._known.find(signal))

    def assert_sent(
        self,
        signal: Signal | str,
        /,
        *,
        sender: object = ANY_SENDER,
        payload: Mapping[str, object] | None = None,
        **items: object,
    ) -> SentSignal:
        """Fail unless the signal was sent from this sender with this payload. Return the first such send."""
        __tracebackhide__ = True
        expected = ExpectedSend(sender, payload, items)
        return self._matching(self._known.find(signal), expected)[0]

    def assert_sent_once(
        self,
        signal: Signal | str,
        /,
        *,
        sender: object = ANY_SENDER,
        payload: Mapping[str, object] | None = None,
        **items: object,
    ) -> SentSignal:
        """Fail unless the signal was sent exactly once from this sender with this payload. Return that send."""
        __tracebackhide__ = True
        expected, found = ExpectedSend(sender, payload, items), self._known.find(signal)
        matching = self._matching(found, expected)
        if len(matching) > 1:
            raise AssertionError(sent_often(self._recording.name_of(found), matching, expected))
        return matching[0]

    def assert_not_sent(
        self,
        signal: Signal | str,
        /,
        *,
        sender: object = ANY_SENDER,
        payload: Mapping[str, object] | None = None,
        **items: object,
    ) -> None:
        """Fail if the signal was sent from this sender with this payload."""
        __tracebackhide__ = True
        expected, found = ExpectedSend(sender, payload, items), self._known.find(signal)
        matching = [one for one in self._recording.sent(found) if expected.matches(one)]
        if matching:
            raise AssertionError(sent_often(self._recording.name_of(found), matching, expected))

    def assert_order(self, *signals: Signal | str) -> None:
        """Fail unless the signals were sent in this order. Other sends may be between them."""
        __tracebackhide__ = True
        found = [self._known.find(signal) for signal in signals]
        names = list(map(self._recording.name_of, found))
        sent = [one for one in self._recording.sent() if one.signal in names]
        remaining = iter(sent)
        for number, name in enumerate(names):
            if not any(one.signal == name for one in remaining):
                raise AssertionError(out_of_order(names, number, sent))

    def wait_for(
        self,
        signal: Signal | str,
        /,
        *,
        timeout: float = 1.0,
        sender: object = ANY_SENDER,
        payload: Mapping[str, object] | None = None,
        **items: object,
    ) -> Any:
        """Wait for a send of the signal to end, and return it; in a coroutine, ``await`` the result.

        A send of this test that is already over counts. Fail after the timeout.

        :param timeout: seconds.
        """
        __tracebackhide__ = True
        expected, found = ExpectedSend(sender, payload, items), self._known.find(signal)

        def ended() -> SentSignal | None:
            sends = (one for one in self._recording.sent(found) if one.ended)
            return next(filter(expected.matches, sends), None)

        def late() -> AssertionError:
            return AssertionError(f"After {timeout:g} s: {self._why_not_sent(found, expected)}")

        return wait_until(ended, timeout, late)

    def expect(
        self,
        signal: Signal | str,
        /,
        *,
        sender: object = ANY_SENDER,
        payload: Mapping[str, object] | None = None,
        **items: object,
    ) -> ExpectedSends:
        """Fail unless the ``with`` block sends the signal from this sender with this payload.

        The list that the block gets is filled with the matching sends when the block ends.
        """
        __tracebackhide__ = True
        expected, found = ExpectedSend(sender, payload, items), self._known.find(signal)
        since = self._recording.count
        return ExpectedSends(partial(self._matching, found, expected, since))

    def isolate(self) -> Override:
        """Disconnect all receivers until the end of the test, or of the ``with`` block.

        Those that the test connects afterwards are called, and are disconnected at the end.
        """
        return self._until_end(isolated(self._known.discover(), self._outlasts_test))

    def only(self, *receivers: str) -> Override:
        """Disconnect all other receivers until the end of the test, or of the ``with`` block.

        :param receivers: names or shell patterns, such as ``"shop.receivers:mail"``.
        :raises UnknownName: if no connected receiver has such a name.
        """
        __tracebackhide__ = True
        return self._until_end(only_named(self._known.discover(), receivers, self._outlasts_test))

    def muted(self, *signals: Signal | str) -> Override:
        """Mute signals until the end of the test, or of the ``with`` block. Their sends are still recorded."""
        return self._until_end(muted(map(self._known.find, signals)))

    def _until_end(self, override: Override) -> Override:
        self._overrides.callback(override.restore)
        return override

    def _matching(self, signal: Signal, expected: ExpectedSend, since: int = 0) -> list[SentSignal]:
        """Return the sends that match, or fail."""
        __tracebackhide__ = True
        found = [one for one in self._recording.sent(signal, since) if expected.matches(one)]
        if not found:
            raise AssertionError(self._why_not_sent(signal, expected, since))
        return found

    def _why_not_sent(self, signal: Signal, expected: ExpectedSend, since: int = 0) -> str:
        name, sent = self._recording.name_of(signal), self._recording.sent(signal, since)
        running = [one for one in sent if not one.ended and expected.matches(one)]
        if running:
            return f"{name} was sent{expected}, and a receiver still runs."
        return not_sent(name, sent, expected, self._recording.names_of_sent(since))
