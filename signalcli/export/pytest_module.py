"""Write tests of the receivers that each signal calls for each sender."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from signalcli.export.code.functions import ImportedReceiver
from signalcli.export.code.identifiers import Identifiers
from signalcli.export.code.literals import fill_lines, indent, quote, write_literal, write_tuple
from signalcli.export.code.module import Module
from signalcli.export.code.preamble import Preamble
from signalcli.export.code.sends import RepeatedSends, write_run_comment, write_with
from signalcli.history.record import Record
from signalcli.receivers.demos import DEMOS
from signalcli.values.delivery import Message
from signalcli.values.session import Session, SignalState
from signalcli.values.signal_name import SignalName

AT_ONCE = """\
@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    \"\"\"Let receivers that sleep return at once.\"\"\"

    async def awaited(seconds):
        pass

    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr("asyncio.sleep", awaited)"""


class _SenderGroup(NamedTuple):
    """Senders that call the same receivers."""

    senders: Sequence[object]
    expected: tuple[str, ...]
    error: str | None
    runs: bool = True
    """Whether the test calls the receivers. It doesn't call imports: they may do anything."""


class _Check(NamedTuple):
    """How a test finds out which receivers its sends called."""

    preamble: Preamble
    has_order: bool
    runs: bool
    """Whether the receivers run."""
    uses_plugin: bool
    """Whether it uses the fixture ``signals``, which names the receivers that ran."""

    def contexts(self, signal: str, error: str | None) -> list[str]:
        """Return the context managers around a send. The first one records it."""
        module = self.preamble.module
        if self.uses_plugin:
            contexts = [f"signals.expect({signal}) as sent"]
        else:
            recorder = module.add_runtime("called" if self.runs else "would_be_called")
            contexts = [f"{recorder}({signal}) as heard"]
        if error is not None:
            module.import_name("pytest")
            contexts.append(f"pytest.raises({error if self.has_order else 'Exception'})")
        return contexts

    def assertion(self, expected: str, error: str | None) -> str:
        """Return the statements after a send."""
        heard, before = "heard", ""
        if self.uses_plugin:
            called = f"{self.preamble.module.add_runtime('called_in')}(sent)"
            heard, before = (called, "") if self.has_order else ("heard", f"heard = {called}\n")
        if self.has_order:
            return f"assert {heard} == {expected}"
        among = f"assert all(receiver in {expected} for receiver in {heard})"
        return before + (among if error else f"assert len({heard}) == len({expected})\n{among}")

    def receivers(self, names: Sequence[str]) -> str:
        """Return a list of receivers, as they are recorded."""
        functions = [self.preamble.function(name) for name in names]
        if self.uses_plugin:
            functions = [quote(function) for function in functions]
        line = f"[{', '.join(functions)}]"
        return line if len(line) < 60 else f"[\n{indent(fill_lines(functions))}]"


def write_tests(
    session: Session, place: str, sends: RepeatedSends, *, with_plugin: bool = False
) -> str:
    """Return a test module. The other parameters and the errors are those of ``export_code``.

    :param with_plugin: whether the tests use the fixture ``signals``, where receivers run.
    """
    module = Module(f"The receivers that signals call in the {place} of signalcli.", is_test=True)
    preamble = Preamble(module, session, sends)
    names = Identifiers(())
    preamble.add_by_calls()
    for name, what in preamble.receivers.items():
        if not isinstance(what, ImportedReceiver) and (what or DEMOS[name]).sleeps:
            module.import_name("pytest")
            module.add(AT_ONCE)
            break
    for text, state in session.signals.items():
        if SignalName.parse(text).meta is None:
            _add_tests(preamble, names, text, state, with_plugin)
    _add_history(preamble, names, session, sends, with_plugin)
    return module.text()


def _add_tests(
    preamble: Preamble, names: Identifiers, text: str, state: SignalState, with_plugin: bool
) -> None:
    rows = list(_rows(preamble, text, state))
    for error, runs in dict.fromkeys((row.error, row.runs) for row in rows):
        alike = [row for row in rows if (row.error, row.runs) == (error, runs)]
        name = names.new(f"{preamble.signals[text]}{'_raises' if error else ''}", "signal")
        check = _Check(preamble, _has_order(state), runs, with_plugin and runs)
        preamble.module.add(_test(check, name, text, alike, error))


def _rows(preamble: Preamble, text: str, state: SignalState) -> Iterator[_SenderGroup]:
    """Return a row for a sender that no connection names, and one for each bucket."""
    for senders in ((None,), *(bucket.senders for bucket in state.buckets if bucket.senders)):
        listeners = preamble.listeners(text, senders[0])
        if any(map(preamble.is_import, listeners)):
            yield _SenderGroup(senders, listeners, None, runs=False)
            continue
        called, error, _ = preamble.expected(text, Message(senders[0], {}))
        if error is not None and not _has_order(state):
            called = listeners  # any of them, up to one that raises
        yield _SenderGroup(senders, called, error)


def _has_order(state: SignalState) -> bool:
    return state.ordered or len(state.receivers) < 2


def _test(check: _Check, name: str, text: str, rows: list[_SenderGroup], error: str | None) -> str:
    """Return a test of a signal, for senders whose sends raise the same exception, or none."""
    signal = check.preamble.signals[text]
    listed = "".join(
        f"({write_tuple(map(write_literal, row.senders))}, {check.receivers(row.expected)}),\n"
        for row in rows
    )
    send = write_with(check.contexts(signal, error), f"{signal}.send(sender)")
    assertion = check.assertion("expected", error)
    body = f"for sender in senders:\n{indent(send)}\n{indent(assertion)}"
    check.preamble.module.import_name("pytest")
    fixture = "signals, " if check.uses_plugin else ""
    return (
        f'@pytest.mark.parametrize(\n    ("senders", "expected"),\n    [\n'
        f"{indent(indent(listed))}    ],\n)\n"
        f"def test_{name}({fixture}senders, expected):\n{indent(body)}"
    )


def _add_history(
    preamble: Preamble,
    names: Identifiers,
    session: Session,
    sends: RepeatedSends,
    with_plugin: bool,
) -> None:
    """Add one test that repeats the sends in order: ``connected_to`` of one affects the next."""
    statements = [
        write_run_comment(record)
        if record.run is not None
        else _checked(preamble, session, record, with_plugin)
        for record in sends.records
    ]
    if any(True for _ in sends.single):
        name, body = names.new("the_last_sends", "history"), "\n".join(statements)
        fixture = "signals" if with_plugin else ""
        preamble.module.add(f"def test_{name}({fixture}):\n{indent(body)}")


def _checked(preamble: Preamble, session: Session, record: Record, with_plugin: bool) -> str:
    delivery, meanwhile = record.delivery, record.delivery.options.connected_to
    listeners = preamble.listeners(delivery.signal, delivery.sender)
    listeners += () if meanwhile is None else (meanwhile,)
    runs = not any(map(preamble.is_import, listeners))
    # with "continue", each receiver is called by a signal of its own
    called, raised, is_sent = preamble.expected_again(record, runs)
    uses_plugin = with_plugin and runs and is_sent and delivery.options.on_error == "stop"
    check = _Check(preamble, _has_order(session.signals[delivery.signal]), runs, uses_plugin)
    contexts = check.contexts(preamble.signals[delivery.signal], raised)
    code = write_with(contexts, preamble.send_again(record))
    if raised is not None and not check.has_order:
        others = preamble.listeners(delivery.signal, delivery.sender)
        called = tuple(filter(None, {*called, *others, meanwhile}))
    return f"{code}\n{check.assertion(check.receivers(called), raised)}"
