"""Write tests of the receivers that each signal calls for each sender."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from signalcli.export.code.functions import ImportedReceiver
from signalcli.export.code.identifiers import Identifiers
from signalcli.export.code.literals import fill_lines, indent, write_literal, write_tuple
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


def write_tests(session: Session, place: str, sends: RepeatedSends) -> str:
    """Return a test module. The parameters and errors are those of ``export_code``."""
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
            _add_tests(preamble, names, text, state)
    _add_history(preamble, names, session, sends)
    return module.text()


def _add_tests(preamble: Preamble, names: Identifiers, text: str, state: SignalState) -> None:
    rows = list(_rows(preamble, text, state))
    has_order = _has_order(state)
    for error, runs in dict.fromkeys((row.error, row.runs) for row in rows):
        alike = [row for row in rows if (row.error, row.runs) == (error, runs)]
        name = names.new(f"{preamble.signals[text]}{'_raises' if error else ''}", "signal")
        preamble.module.add(_test(preamble, name, text, alike, error, has_order, runs))


def _rows(preamble: Preamble, text: str, state: SignalState) -> Iterator[_SenderGroup]:
    """Return a row for a sender that no connection names, and one for each bucket."""
    for senders in ((None,), *(bucket.senders for bucket in state.buckets if bucket.senders)):
        listeners = preamble.listeners(text, senders[0])
        if any(map(preamble.is_import, listeners)):
            yield _SenderGroup(senders, listeners, None, runs=False)
            continue
        called, error = preamble.expected(text, Message(senders[0], {}))
        if error is not None and not _has_order(state):
            called = listeners  # any of them, up to one that raises
        yield _SenderGroup(senders, called, error)


def _has_order(state: SignalState) -> bool:
    return state.ordered or len(state.receivers) < 2


def _test(
    preamble: Preamble,
    name: str,
    text: str,
    rows: list[_SenderGroup],
    error: str | None,
    has_order: bool,
    runs: bool,
) -> str:
    """Return a test of a signal, for senders whose sends raise the same exception, or none."""
    signal = preamble.signals[text]
    contexts = _contexts(preamble, signal, error, has_order, runs)
    listed = "".join(
        f"({write_tuple(map(write_literal, row.senders))}, {_functions(preamble, row.expected)}),\n"
        for row in rows
    )
    send = write_with(contexts, f"{signal}.send(sender)")
    body = f"for sender in senders:\n{indent(send)}\n{indent(_assertion('expected', error, has_order))}"
    preamble.module.import_name("pytest")
    return (
        f'@pytest.mark.parametrize(\n    ("senders", "expected"),\n    [\n'
        f"{indent(indent(listed))}    ],\n)\n"
        f"def test_{name}(senders, expected):\n{indent(body)}"
    )


def _contexts(
    preamble: Preamble, signal: str, error: str | None, has_order: bool, runs: bool
) -> list[str]:
    """Return the context managers around a send. The first one records the receivers."""
    recorder = preamble.module.add_runtime("called" if runs else "would_be_called")
    noted = f"{recorder}({signal}) as heard"
    if error is None:
        return [noted]
    preamble.module.import_name("pytest")
    return [noted, f"pytest.raises({error if has_order else 'Exception'})"]


def _assertion(expected: str, error: str | None, has_order: bool) -> str:
    if has_order:
        return f"assert heard == {expected}"
    among = f"assert all(receiver in {expected} for receiver in heard)"
    return among if error else f"assert len(heard) == len({expected})\n{among}"


def _functions(preamble: Preamble, receivers: Sequence[str]) -> str:
    line = f"[{', '.join(map(preamble.function, receivers))}]"
    if len(line) < 60:
        return line
    return f"[\n{indent(fill_lines(map(preamble.function, receivers)))}]"


def _add_history(
    preamble: Preamble, names: Identifiers, session: Session, sends: RepeatedSends
) -> None:
    """Add one test that repeats the sends in order: ``connected_to`` of one affects the next."""
    statements = [
        write_run_comment(record) if record.run is not None else _checked(preamble, session, record)
        for record in sends.records
    ]
    if any(True for _ in sends.single):
        name, body = names.new("the_last_sends", "history"), "\n".join(statements)
        preamble.module.add(f"def test_{name}():\n{indent(body)}")


def _checked(preamble: Preamble, session: Session, record: Record) -> str:
    delivery, meanwhile = record.delivery, record.delivery.options.connected_to
    listeners = preamble.listeners(delivery.signal, delivery.sender)
    listeners += () if meanwhile is None else (meanwhile,)
    has_order = _has_order(session.signals[delivery.signal])
    runs = not any(map(preamble.is_import, listeners))
    called, raised = preamble.expected_again(record, runs)
    signal = preamble.signals[delivery.signal]
    contexts = _contexts(preamble, signal, raised, has_order, runs)
    code = write_with(contexts, preamble.send_again(record))
    if raised is not None and not has_order:
        others = preamble.listeners(delivery.signal, delivery.sender)
        called = tuple(filter(None, {*called, *others, meanwhile}))
    return f"{code}\n{_assertion(_functions(preamble, called), raised, has_order)}"
