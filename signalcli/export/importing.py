"""An exported session in the place of another: what is lost, and what of it doesn't run here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from signalcli.errors import UsageError
from signalcli.receivers.import_names import ImportName
from signalcli.receivers.registry import is_same
from signalcli.receivers.trust import TrustFile, remedy
from signalcli.values.delivery import Session
from signalcli.values.signal_name import is_import


def would_lose(before: Session, after: Session) -> bool:
    """Whether a session has signals or receivers that the one in its place hasn't just so."""
    return any(after.signals.get(name) != state for name, state in before.signals.items()) or any(
        name not in after.receivers or not is_same(declared, after.receivers[name])
        for name, declared in before.receivers.items()
    )


def notes_on(session: Session, trust: TrustFile) -> tuple[str, ...]:
    """What there is to say about the imports of a session that may not run here.

    :raises TrustError: if that can't be told.
    """
    return tuple(
        f"{name} isn't trusted here, and won't run. To trust it: {remedy(name)}"
        for name in untrusted(connected(session), trust)
    )


def connected(session: Session) -> Iterator[str]:
    """The receivers of a session's signals."""
    for state in session.signals.values():
        for receiver, _ in state.receivers:
            yield receiver


def untrusted(receivers: Iterable[str], trust: TrustFile) -> Iterator[str]:
    """Those that are imports and may not run here, each once.

    :raises TrustError: if that can't be told.
    """
    for name in dict.fromkeys(filter(is_import, receivers)):
        try:
            if not trust.trusts(ImportName.parse(name)):
                yield name
        except UsageError:  # it is trusted, and isn't there any more
            yield name
