"""Signals as subjects of NATS, and patterns of signals as filters.

The subject of ``king`` is ``signalcli.signal.king``, that of ``zoo/king`` ``signalcli.signal.zoo.king``.
Every character other than ASCII letters, digits, ``-`` and ``_`` is percent-encoded, so that a name is
always one token.

A pattern is matched as :func:`fnmatch.fnmatchcase` does against the name as it is typed: ``*`` matches
any characters, ``/`` too. NATS's own ``*`` is one token, so its filter is often wider than the pattern,
and :meth:`SignalPattern.matches` decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote, unquote

from signalcli.errors import UsageError, shortened
from signalcli.relay.envelope import check_signal, is_unicode
from signalcli.values.signal_name import SignalName

PREFIX = "signalcli.signal"
EVERY_SIGNAL = f"{PREFIX}.>"
EXPLAIN_PREFIX = "signalcli.explain"
"""Questions about a signal: what would a listener do with a send?"""
RETRY_PREFIX = "signalcli.retry"
"""Dead letters that are sent again, to the one listener that gave them up."""
DEAD_PREFIX = "signalcli.dead"
LISTENER_PREFIX = "signalcli.listener"
STREAM = "SIGNALCLI"
"""The stream that holds the sends."""
DEAD_STREAM = "SIGNALCLI_DEAD"
"""The stream that holds the dead letters."""
LISTENER_STREAM = "SIGNALCLI_LISTENERS"
"""The stream, in memory, that holds the announcements of listeners."""
LONGEST_SUBJECT = 1000
"""characters. NATS ends a connection that sends a line of over 4,096."""
LONGEST_GROUP = 64
"""characters of the name of a durable listener or of a queue."""
_LONGEST_CONSUMER = 200
_WILDCARDS = re.compile(r"[*?\[]")


def token(text: str) -> str:
    """Return a text as one token of a subject."""
    return quote(text, safe="").replace(".", "%2E").replace("~", "%7E")


@lru_cache(maxsize=1000)
def subject_of(signal: SignalName, prefix: str = PREFIX) -> str:
    """Return the subject of a signal.

    :param prefix: the first tokens of the subject.
    :raises UsageError: if the signal can't be relayed, or its name is too long.
    """
    check_signal(signal)
    parts = (signal.namespace, signal.name) if signal.namespace else (signal.name,)
    subject = ".".join((prefix, *map(token, parts)))
    if len(subject) > LONGEST_SUBJECT:
        raise UsageError(
            "The name '{name}' is too long to be relayed: percent-encoded, it has {length:,} characters, "
            "and {allowed:,} are allowed.",
            name=shortened(signal.name, 40),
            length=len(subject),
            allowed=LONGEST_SUBJECT,
        )
    return subject


@lru_cache(maxsize=1000)
def signal_of(subject: str, prefix: str = PREFIX) -> SignalName | None:
    """Return the signal of a subject; ``None`` if :func:`subject_of` returns it for no signal."""
    *namespaces, last = subject.removeprefix(f"{prefix}.").split(".")
    if len(namespaces) > 1:
        return None
    try:
        name = unquote(last, errors="strict")
        namespace = unquote(namespaces[0], errors="strict") if namespaces else None
        signal = SignalName(name, namespace)
        is_whole = bool(name) and SignalName.parse(str(signal)).meta is None
        return signal if is_whole and subject_of(signal, prefix) == subject else None
    except (UnicodeError, UsageError):
        return None


class SignalPattern(NamedTuple):
    """A signal, or a shell pattern of the names of signals: ``order*``, ``zoo/*``, ``*``."""

    text: str

    @classmethod
    def parse(cls, text: str) -> SignalPattern:
        """Read a typed pattern. UsageError if it is a name that can't be relayed."""
        if _WILDCARDS.search(text):
            if not is_unicode(text):
                raise UsageError(
                    "The pattern '{pattern}' is not valid Unicode.", pattern=shortened(text)
                )
            return cls(text)
        name = SignalName.parse(text)
        subject_of(name)
        return cls(str(name))

    @property
    def signal(self) -> SignalName | None:
        """The one signal that it names; ``None`` for a pattern."""
        return _signal_named(self.text)

    @property
    def filter(self) -> str:
        """The narrowest filter of NATS that has every subject of the pattern."""
        signal = self.signal
        if signal is not None:
            return subject_of(signal)
        namespace, slash, _ = self.text.partition("/")
        if slash and namespace and not _WILDCARDS.search(namespace):
            return f"{PREFIX}.{token(namespace)}.*"
        return EVERY_SIGNAL

    def matches(self, signal: SignalName) -> bool:
        """Return whether a signal is one of the pattern's."""
        only = self.signal
        if only is not None:
            return only == signal
        from fnmatch import fnmatchcase

        return fnmatchcase(str(signal), self.text)


def any_matches(patterns: Iterable[str], signal: SignalName) -> bool:
    """Return whether a signal is one of any of the patterns."""
    return any(SignalPattern(pattern).matches(signal) for pattern in patterns)


@lru_cache(maxsize=1000)
def _signal_named(text: str) -> SignalName | None:
    return None if _WILDCARDS.search(text) else SignalName.parse(text)


def covering(patterns: Sequence[SignalPattern]) -> list[str]:
    """Return filters that have every subject of some patterns, none of which contains another."""
    filters = dict.fromkeys(pattern.filter for pattern in patterns)
    if EVERY_SIGNAL in filters:
        return [EVERY_SIGNAL]
    return [one for one in filters if one.rpartition(".")[0] + ".*" not in filters.keys() - {one}]


def check_group(kind: str, name: str) -> str:
    """Return the name of a durable listener or a queue. UsageError if it isn't one.

    :param kind: what it names, such as ``phrase("durable listener")``.
    """
    if re.fullmatch(rf"[\w.-]{{1,{LONGEST_GROUP}}}", name) is None:
        raise UsageError(
            "'{name}' can't name a {kind}: use 1 to {most} letters, digits, '-', '_' and '.'.",
            name=shortened(name, 40),
            kind=kind,
            most=LONGEST_GROUP,
        )
    return name


def consumer_name(group: str, pattern: SignalPattern) -> str:
    """Return the name of the engine's consumer for a durable listener and one of its patterns.

    Each pattern has a consumer of its own. With one name for two, NATS would keep the first filter.
    """
    name = f"{token(group)}={token(pattern.text)}"
    if len(name) <= _LONGEST_CONSUMER:
        return name
    return f"{name[: _LONGEST_CONSUMER - 17]}={sha256(name.encode()).hexdigest()[:16]}"
