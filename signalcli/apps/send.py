"""Sending a signal of an application: its receivers run, once a person has agreed to that."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING

from signalcli.apps.application import Application, check_options
from signalcli.apps.discovery.found import Found
from signalcli.apps.hosting.faults import sending
from signalcli.apps.hosting.guard import guarded
from signalcli.errors import UsageError
from signalcli.sending.deliver import deliver
from signalcli.sending.explain import foresee
from signalcli.signals.internals import live_receivers
from signalcli.signals.send import sends_by_itself
from signalcli.streams import Capture, captured
from signalcli.values.delivery import CALLED, Delivery, SendOptions
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.sending.bulk import Audience, Pace
    from signalcli.sending.bulk_sources import Source
    from signalcli.values.bulk import Run, RunOrigin

_SHOWN = 3
"""receivers that a question names."""


class Sends:
    """Sends the signals of an application. What its receivers print goes to standard error.

    What they do besides is done: whatever they write, call or change. A receiver that wants to end
    the process raises instead.

    :param agree: asks a question, and raises if the answer is no.
    :param live: whether what they print is shown; otherwise it is only kept, to be told.
    """

    def __init__(
        self, application: Application, agree: Callable[[str], None], *, live: bool
    ) -> None:
        self._application = application
        self._agree = agree
        self._live = live

    def send(
        self,
        name: SignalName,
        sender: object,
        payload: dict[str, object],
        options: SendOptions,
    ) -> Delivery:
        """Send a signal, after asking if that runs any of the application's code.

        :raises UnknownName: if there is none of that name.
        :raises UsageError: if there are several; or for what can't be done in an application.
        :raises ApplicationError: if what sends it fails, which isn't blinker's own code then.
        """
        found = self._checked(name, options)
        roster, place = self._application.roster, self._application.place
        foreseen, _ = foresee(found.name, found.signal, roster, sender, payload, options)
        runs = [call.receiver for call in foreseen.calls if call.outcome in CALLED]
        if runs or sends_by_itself(found.signal):
            self._agree(f"Sending {found.name} runs {_counted(runs)} of {place}. Send it?")
        with self._running(found) as capture:
            return deliver(found.name, found.signal, roster, sender, payload, options, capture)[0]

    def check_many(self, name: SignalName, options: SendOptions) -> None:
        """Make sure that a signal can be sent many times, and ask before that.

        :raises UnknownName: if there is none of that name.
        :raises UsageError: if there are several; or for what can't be done in an application.
        """
        found = self._checked(name, options)
        roster, place = self._application.roster, self._application.place
        names = [roster.name_of(receiver) for _, receiver, _ in live_receivers(found.signal)]
        if names or sends_by_itself(found.signal):
            self._agree(
                f"Sending {found.name} many times runs {_counted(names)} of {place}, each where it "
                f"listens. Send it?"
            )

    def send_many(
        self,
        name: SignalName,
        source: Source,
        origin: RunOrigin,
        options: SendOptions,
        pace: Pace,
        audience: Audience,
    ) -> Run:
        """Send a signal many times: see :func:`signalcli.sending.bulk.send_many`."""
        from signalcli.sending.bulk import send_many

        found = self._checked(name, options)
        if sends_by_itself(found.signal):  # only a watched send knows who was called
            told = audience.delivery
            audience = audience._replace(delivery=told or (lambda delivery: None))
        with self._running(found) as capture:
            return send_many(
                found.name,
                found.signal,
                self._application.roster,
                capture,
                options,
                source,
                origin,
                pace,
                audience,
            )

    def _checked(self, name: SignalName, options: SendOptions) -> Found:
        found, place = self._application.find(name), self._application.place
        if options.connected_to is not None:
            raise UsageError(
                f"--connected-to connects a receiver of a session, and {place} has its own. "
                f"Leave it out."
            )
        if options.muted:
            raise UsageError(
                f"--muted is to be tried on a session: in {place} it would let nobody be called, "
                f"and nothing of it would stay. Leave it out."
            )
        check_options(found, options)
        return found

    @contextmanager
    def _running(self, found: Found) -> Iterator[Capture]:
        with (
            guarded(sending(found.name), None),
            redirect_stdout(sys.stderr),
            captured(live=self._live) as capture,
        ):
            yield capture


def _counted(receivers: Collection[str]) -> str:
    """How many receivers, and what the first of them are called."""
    if not receivers:
        return "no receiver, but code of its own,"
    names = ", ".join(list(receivers)[:_SHOWN])
    more = f" and {len(receivers) - _SHOWN} more" if len(receivers) > _SHOWN else ""
    return f"{len(receivers)} receiver{'' if len(receivers) == 1 else 's'} ({names}{more})"
