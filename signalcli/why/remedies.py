"""The remedy for a broken step that no rule explains, and the command to run next."""

from __future__ import annotations

import shlex
from typing import NamedTuple

from signalcli.language.phrases import phrase
from signalcli.text import typed_sender
from signalcli.values.signal_name import SignalName
from signalcli.why.case import Case

_EXAMPLE = "king"
"""The signal of a command, if a session has none."""


class Commands(NamedTuple):
    """Commands to suggest, complete and quoted for the shell."""

    program: str
    """The command line up to the name of a command."""
    receiver: str
    """The receiver as it was typed."""

    def look(self, case: Case) -> str:
        """Return the command that shows what a send would do, because no send was seen."""
        if not case.evidence.is_session:
            return self._line("why", self.receiver, "--request", "GET /")
        if case.is_of_demo:
            return self._line(*SignalName.parse(case.signal).demo_request)
        senders = self._sender(case)
        if not senders:
            return self._line("explain", case.signal)
        return self._line("why", self.receiver, "--signal", case.signal, *senders)

    def following(self, step: str, case: Case) -> str:
        """Return the command to run after a step is found broken."""
        if not case.evidence.is_session:
            return self._line("inspect", case.signal) if case.signal else self._line("doctor")
        signal = case.signal or next((one.signal for one in case.evidence.signals), _EXAMPLE)
        if step == "connected":
            return self._line("connect", signal, case.subject.name)
        if step == "not muted" and case.is_muted:
            return self._line("unmute", signal)
        if step == "reached":
            return self._line("send", signal, *self._sender(case), "--on-error", "continue")
        if step in ("not muted", "signal sent", "filter matches"):
            return self._line("send", signal, *self._sender(case))
        return self._line("inspect", signal)

    def _sender(self, case: Case) -> list[str]:
        """Return the option for a sender that the receiver listens to; none for ``ANY``."""
        connections = case.view.connections if case.view else ()
        if not connections or any(one.any for one in connections):
            return []
        sender = typed_sender(connections[0].sender)
        return [f"--sender={sender}"] if sender.startswith("-") else ["--sender", sender]

    def _line(self, *words: str) -> str:
        return f"{self.program} {shlex.join(words)}"


def remedy_of(step: str, case: Case) -> str:
    """Return the remedy for a broken step that no rule explains."""
    subject, signal = case.subject, case.signal
    functions = [one.function for one in subject.connects if one.function is not None]
    if step == "imported" and subject.file is not None:
        return phrase(
            _IMPORT_AND_CALL if functions else _IMPORT,
            module=subject.file.module,
            function=functions[0] if functions else "",
        )
    if step == "connected" and case.is_connected:
        return phrase("Connect it before the send, in the process that sends.")
    if step == "connected" and functions and not case.changes:
        return phrase("Call {function}(), which connects it.", function=functions[0])
    condition, obstacle = case.condition()
    if step == "signal sent" and condition is not None:
        trace = phrase("Trace a request or a program that meets the condition.")
        return obstacle.remedy if obstacle else trace
    if step == "connected" and case.evidence.is_session:
        return phrase("Connect it to {signal}.", signal=signal or phrase("a signal"))
    return phrase(_REMEDIES[step], function=subject.function, signal=signal or "signal")


_IMPORT = phrase("Import its module where the application is made: import {module}.")
_IMPORT_AND_CALL = phrase(
    "Import its module where the application is made: import {module}, and call {function}()."
)
_REMEDIES = {
    "connected": phrase("Connect it: {signal}.connect({function})."),
    "alive": phrase(
        "Keep a reference to it while it should be called, or connect it with weak=False."
    ),
    "signal sent": phrase("Send {signal} where the event happens."),
    "filter matches": phrase(
        "Send {signal} from the sender that it listens to, or connect it to the one that sends."
    ),
    "not muted": phrase("Unmute the signal before the send."),
    "reached": phrase("Fix the receiver that raises before it: its exception ends the send."),
    "takes the payload": phrase("Declare it as def {function}(sender, **payload)."),
    "called": phrase("Look at its exception."),
}
