"""A session ⇒ a module of tests that says who is called for each sender."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from signalcli.export.code.identifiers import Identifiers
from signalcli.export.code.literals import filled, indented, literal, tuple_of
from signalcli.export.code.module import Module
from signalcli.export.code.preamble import Setup
from signalcli.export.code.sends import Sends, run_comment, sent, within
from signalcli.history.record import Record
from signalcli.values.delivery import Session, SignalState
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.signal_name import SignalName

AT_ONCE = """\
@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    \"\"\"Nobody waits for receivers that sleep.\"\"\"

    async def awaited(seconds):
        pass

    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr("asyncio.sleep", awaited)"""


class _Row(NamedTuple):
    """Senders for which the same receivers are called."""

    senders: Sequence[object]
    expected: tuple[str, ...]
    error: str | None
    runs: bool = True
    """Whether they may really be called: what an import does is not known."""


def pytest_module(session: Session, place: str, sends: Sends) -> str:
    """The module. It passes as it stands, and fails when somebody else is called.

    :param place: what the session is called, such as ``"session 'default'"``.
    :raises UsageError: for a receiver that no installed package offers any more.
    """
    module = Module(f"Who is called in the {place} of signalcli.", is_test=True)
    setup = Setup(module, session, sends)
    names = Identifiers(())
    setup.add_by_calls()
    if any(_sleeps(name, what) for name, what in setup.receivers.items()):
        module.need("pytest")
        module.add(AT_ONCE)
    for text, state in session.signals.items():
        if SignalName.parse(text).meta is None:
            _add_tests(setup, names, text, state)
    _add_history(setup, names, session, sends)
    return module.text()


def _sleeps(name: str, what: object) -> bool:
    return name == "sleepy" or (isinstance(what, OwnReceiver) and what.sleeps > 0)


def _add_tests(setup: Setup, names: Identifiers, text: str, state: SignalState) -> None:
    rows = list(_rows(setup, text, state))
    has_order = _has_order(state)
    for error, runs in dict.fromkeys((row.error, row.runs) for row in rows):
        alike = [row for row in rows if (row.error, row.runs) == (error, runs)]
        name = names.new(f"{setup.signal(text)}{'_raises' if error else ''}", "signal")
        setup.module.add(_test(setup, name, text, alike, error, has_order, runs))


def _rows(setup: Setup, text: str, state: SignalState) -> Iterator[_Row]:
    """One row for a sender that nobody listens to by name, and one for each bucket."""
    for senders in ((None,), *(bucket.senders for bucket in state.buckets if bucket.senders)):
        listeners = () if state.muted else setup.rehearsal.listeners(text, senders[0])
        if any(map(setup.is_import, listeners)):
            yield _Row(senders, listeners, None, runs=False)
            continue
        foreseen = setup.rehearsal.send(text, senders[0], {})
        called = foreseen.called
        if foreseen.error is not None and not _has_order(state):
            called = setup.rehearsal.listeners(
                text, senders[0]
            )  # any of them, up to one that raises
        yield _Row(senders, called, foreseen.error)


def _has_order(state: SignalState) -> bool:
    """Whether it is known in which order its receivers are called."""
    return state.ordered or len(state.receivers) < 2


def _test(
    setup: Setup,
    name: str,
    text: str,
    rows: list[_Row],
    error: str | None,
    has_order: bool,
    runs: bool,
) -> str:
    """One test of a signal, for senders for which the same is raised, or nothing."""
    module, signal = setup.module, setup.signal(text)
    contexts = _contexts(setup, signal, error if has_order else error and "Exception", runs)
    listed = "".join(
        f"({_senders(row.senders)}, {_functions(setup, row.expected)}),\n" for row in rows
    )
    send = within(contexts, f"{signal}.send(sender)")
    body = f"for sender in senders:\n{indented(send)}\n{indented(_assertion('expected', error, has_order))}"
    return (
        f'@{module.need("pytest")}.mark.parametrize(\n    ("senders", "expected"),\n    [\n'
        f"{indented(indented(listed))}    ],\n)\n"
        f"def test_{name}(senders, expected):\n{indented(body)}"
    )


def _contexts(setup: Setup, signal: str, error: str | None, runs: bool) -> list[str]:
    """What stands around a send: the first notes whom it calls, or would call."""
    noted = f"{setup.module.tool('called' if runs else 'asked')}({signal}) as heard"
    if error is None:
        return [noted]
    return [noted, f"{setup.module.need('pytest')}.raises({error})"]


def _assertion(expected: str, error: str | None, has_order: bool) -> str:
    if has_order:
        return f"assert heard == {expected}"
    among = f"assert all(receiver in {expected} for receiver in heard)"
    return among if error else f"assert len(heard) == len({expected})\n{among}"


def _senders(senders: Sequence[object]) -> str:
    return tuple_of(map(literal, senders))


def _functions(setup: Setup, receivers: Sequence[str]) -> str:
    line = f"[{', '.join(map(setup.function, receivers))}]"
    if len(line) < 60:
        return line
    return f"[\n{indented(filled(map(setup.function, receivers)))}]"


def _add_history(setup: Setup, names: Identifiers, session: Session, sends: Sends) -> None:
    """One test that repeats what was sent, in order: what stood around a send changes the next."""
    statements = [
        run_comment(record) if record.run is not None else _checked(setup, session, record)
        for record in sends.records
    ]
    if any(True for _ in sends.single):
        name, body = names.new("what_was_sent_last", "history"), "\n".join(statements)
        setup.module.add(f"def test_{name}():\n{indented(body)}")


def _listeners(setup: Setup, record: Record) -> tuple[str, ...]:
    """Whom a past send may call."""
    delivery = record.delivery
    meanwhile = delivery.options.connected_to
    known = setup.rehearsal.listeners(delivery.signal, delivery.sender)
    return known if meanwhile is None else (*known, meanwhile)


def _checked(setup: Setup, session: Session, record: Record) -> str:
    delivery = record.delivery
    has_order = _has_order(session.signals[delivery.signal])
    runs = not any(map(setup.is_import, _listeners(setup, record)))
    foreseen = setup.foresee(record, runs)
    signal = setup.signal(delivery.signal)
    error = foreseen.error if has_order else foreseen.error and "Exception"
    contexts = _contexts(setup, signal, error, runs)
    code = within(contexts, sent(setup.module, signal, record, setup.functions.identifiers))
    called = foreseen.called
    if foreseen.error is not None and not has_order:
        others = setup.rehearsal.listeners(delivery.signal, delivery.sender)
        called = tuple(filter(None, {*called, *others, delivery.options.connected_to}))
    return f"{code}\n{_assertion(_functions(setup, called), foreseen.error, has_order)}"
