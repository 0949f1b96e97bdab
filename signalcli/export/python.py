"""A session as a script or as tests, with what there is to say about that."""

from __future__ import annotations

from collections.abc import Iterator

from signalcli.errors import UsageError
from signalcli.export.code.sends import Sends, sends_of
from signalcli.export.importing import connected, untrusted
from signalcli.export.pytest_module import pytest_module
from signalcli.export.script import python_script
from signalcli.past import Past
from signalcli.receivers.trust import TrustFile
from signalcli.values.delivery import Session
from signalcli.values.inspection import START, ExportedText


def as_python(
    session: Session,
    place: str,
    kind: str,
    style: str,
    past: Past | None,
    trust: TrustFile,
) -> ExportedText:
    """A script on plain blinker, or a module of tests. No code of a receiver runs for that.

    :param place: what the session is called, such as ``"session 'default'"``.
    :param kind: ``"python"`` or ``"pytest"``.
    :param style: how the script connects receivers, ``"call"`` or ``"decorator"``.
    :param past: the sends to repeat, if any.
    :param trust: the imports that may run here.
    :raises UsageError: for a receiver that no installed package offers any more, and for tests of
        nothing.
    """
    sends = Sends((), ()) if past is None else sends_of(past, session)
    if kind == "pytest" and not session.signals:
        raise UsageError(f"There is nothing to test in {place}: it has no signals. {START}")
    if kind == "pytest":
        text = pytest_module(session, place, sends)
    else:
        text = python_script(session, place, style, sends)
    notes = *sends.notes, *_untrusted(session, sends, kind, trust)
    return ExportedText(kind, text, notes)


def _untrusted(session: Session, sends: Sends, kind: str, trust: TrustFile) -> Iterator[str]:
    """What there is to say about imports that may not run here: to run the export runs them."""
    what = "the tests import it, and run" if kind == "pytest" else "the script imports it, and runs"
    receivers = [*connected(session), *(receiver for _, receiver in sends.connected)]
    for name in untrusted(receivers, trust):
        yield f"{name} isn't trusted here, and {what} its code."
