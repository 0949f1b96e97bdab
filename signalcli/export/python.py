"""Export a session as a Python script or as tests."""

from __future__ import annotations

from collections.abc import Iterator

from signalcli.errors import UsageError
from signalcli.export.code.literals import write_comment
from signalcli.export.code.module import Module
from signalcli.export.code.preamble import Preamble
from signalcli.export.code.sends import (
    RepeatedSends,
    repeatable_sends,
    write_run_comment,
    write_with,
)
from signalcli.export.pytest_module import write_tests
from signalcli.export.session_import import receivers_in_session, untrusted_imports
from signalcli.history.query import History
from signalcli.history.record import Record
from signalcli.language.phrases import phrase, sentences
from signalcli.receivers.trust import TrustFile
from signalcli.values.inspection import start_hint
from signalcli.values.session import Session


def export_code(
    session: Session, place: str, kind: str, style: str, past: History | None, trust: TrustFile
) -> tuple[str, tuple[str, ...]]:
    """Return a script or a test module, and notes. Runs no code of a receiver.

    They use blinker alone, and tests of the style ``"plugin"`` also the fixture ``signals``.

    :param place: the session in words, such as ``"session 'default'"``.
    :param kind: ``"python"`` or ``"pytest"``.
    :param style: how a script connects receivers: ``"call"`` or ``"decorator"``; ``"plugin"`` for tests
        with the fixture ``signals``.
    :raises UsageError: if the session has a receiver of a package that isn't installed any more, or
        if ``kind`` is ``"pytest"`` and the session has no signals.
    """
    sends = RepeatedSends((), ()) if past is None else repeatable_sends(past, session)
    if kind == "pytest" and not session.signals:
        nothing = phrase("There is nothing to test in {place}: it has no signals.", place=place)
        raise UsageError(sentences(nothing, start_hint()))
    if kind == "pytest":
        text = write_tests(session, place, sends, with_plugin=style == "plugin")
    else:
        text = write_script(session, place, style, sends)
    return text, (*sends.notes, *_untrusted(session, sends, kind, trust))


def _untrusted(
    session: Session, sends: RepeatedSends, kind: str, trust: TrustFile
) -> Iterator[str]:
    """Return a note for each import that isn't trusted, but that running the export would run."""
    receivers = [*receivers_in_session(session), *(receiver for _, receiver in sends.connected)]
    for name in untrusted_imports(receivers, trust):
        if kind == "pytest":
            yield phrase(
                "{receiver} isn't trusted here, and the tests import it, and run its code.",
                receiver=name,
            )
        else:
            yield phrase(
                "{receiver} isn't trusted here, and the script imports it, and runs its code.",
                receiver=name,
            )


def write_script(session: Session, place: str, style: str, sends: RepeatedSends) -> str:
    """Return a script that makes the signals and connections, and repeats the sends.

    Parameters and errors are those of :func:`export_code`.
    """
    module = Module(f"The {place} of signalcli, on plain blinker.")
    preamble = Preamble(module, session, sends)
    if style == "decorator":
        preamble.add_by_decorators()
    else:
        preamble.add_by_calls()
    preamble.add_drops()
    statements = [_statement(preamble, record) for record in sends.records]
    if statements:
        module.add(write_comment("The last sends, in order."), *statements)
    return module.text()


def _statement(preamble: Preamble, record: Record) -> str:
    if record.run is not None:
        return write_run_comment(record)
    expected = preamble.expected_again(record)
    code = preamble.send_again(record)
    if expected.error is None and not preamble.may_raise(record, expected):
        return code
    return write_with([f"{preamble.module.add_runtime('errors_to_stderr')}()"], code)
