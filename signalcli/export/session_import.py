"""What importing an exported session loses, and which of its receivers aren't trusted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from signalcli.errors import UsageError
from signalcli.receivers.import_names import ImportName
from signalcli.receivers.registry import is_same
from signalcli.receivers.trust import TrustFile
from signalcli.values.session import Session
from signalcli.values.signal_name import is_import


def would_lose(before: Session, after: Session) -> bool:
    """Return whether replacing a session by another changes or loses a signal or a receiver."""
    return any(after.signals.get(name) != state for name, state in before.signals.items()) or any(
        name not in after.receivers or not is_same(declared, after.receivers[name])
        for name, declared in before.receivers.items()
    )


def receivers_in_session(session: Session) -> Iterator[str]:
    """Return the names of the receivers of every signal."""
    return (receiver for state in session.signals.values() for receiver, _ in state.receivers)


def untrusted_imports(receivers: Iterable[str], trust: TrustFile) -> Iterator[str]:
    """Return the imports that aren't trusted or can't be found, or raise TrustError."""
    for name in dict.fromkeys(filter(is_import, receivers)):
        try:
            if not trust.trusts(ImportName.parse(name)):
                yield name
        except UsageError:  # it is trusted, but its file or package is gone
            yield name
