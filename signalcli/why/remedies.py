"""What mends a broken step that no rule explains, and the command to run next."""

from __future__ import annotations

import shlex
from typing import NamedTuple

from signalcli.text import typed_sender
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
        """Return the command that tells what happens to a send, because none was seen."""
        if not case.is_of_session:
            return self._line("why", self.receiver, "--request", "GET /")
        senders = self._sender(case)
        if not senders:
            return self._line("explain", case.signal)
        return self._line("why", self.receiver, "--signal", case.signal, *senders)

    def following(self, step: str, case: Case) -> str:
        """Return the command to run after a step is found broken."""
        if not case.is_of_session:
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
    """Return what mends a step that no rule explains."""
    subject, signal = case.subject, case.signal
    functions = [one.function for one in subject.connects if one.function is not None]
    if step == "imported" and subject.file is not None:
        call = f", and call {functions[0]}()" if functions else ""
        return (
            f"Import its module where the application is made: import {subject.file.module}{call}."
        )
    if step == "connected" and case.is_connected:
        return "Connect it before the send, in the process that sends."
    if step == "connected" and functions and not case.changes:
        return f"Call {functions[0]}(), which connects it."
    condition, obstacle = case.condition()
    if step == "signal sent" and condition is not None:
        return (
            obstacle.remedy
            if obstacle
            else "Trace a request or a program that meets the condition."
        )
    if step == "connected" and case.is_of_session:
        return f"Connect it to {signal or 'a signal'}."
    return _REMEDIES[step].format(function=subject.function, signal=signal or "signal")


_REMEDIES = {
    "connected": "Connect it: {signal}.connect({function}).",
    "alive": "Keep a reference to it while it should be called, or connect it with weak=False.",
    "signal sent": "Send {signal} where the event happens.",
    "filter matches": "Send {signal} from the sender that it listens to, or connect it to the one that sends.",
    "not muted": "Unmute the signal before the send.",
    "reached": "Fix the receiver that raises before it: its exception ends the send.",
    "takes the payload": "Declare it as def {function}(sender, **payload).",
    "called": "Look at its exception.",
}
