"""Names of signals as users type them: ``king``, ``zoo/king``, ``@roar``, ``/a/b``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from signalcli.errors import UnknownName, UsageError, closest, shortened
from signalcli.language.phrases import phrase
from signalcli.text import session_command

T = TypeVar("T")

FLASK = "flask"
"""The namespace of the signals of Flask and of the demo application."""
META_SIGNALS = ("receiver_connected", "receiver_disconnected")
"""The attributes of a signal that hold its meta signals."""


class SignalName(NamedTuple):
    """The name of a signal. ``str()`` returns the shortest way to type it."""

    name: str
    namespace: str | None = None
    """``None`` for blinker's default namespace."""
    anonymous: bool = False
    """A ``Signal()`` held in a variable, in no namespace."""
    meta: str | None = None
    """For a meta signal, the attribute of its signal."""

    @classmethod
    def parse(cls, text: str) -> SignalName:
        """Read a typed name.

        The first ``/`` ends the namespace; a leading ``/`` means the default namespace and the
        rest literally; a leading ``@`` an anonymous signal in a variable of that name. The
        suffixes ``:receiver_connected`` and ``:receiver_disconnected``, and only these, mean the
        signal's own meta signal.

        :raises UsageError: if there is no name, or if it is that of a meta signal's meta signal.
        """
        for meta in META_SIGNALS:
            if text.endswith(f":{meta}"):
                base = text.removesuffix(f":{meta}")
                if base.endswith(tuple(f":{other}" for other in META_SIGNALS)):
                    raise UsageError(
                        "'{name}' is the meta signal of a meta signal, and those are out of "
                        "reach here. See the first: {command}",
                        name=shortened(text),
                        command=session_command("inspect", shortened(base)),
                    )
                return cls.parse(base)._replace(meta=meta)
        namespace: str | None
        if text.startswith("@"):
            parsed = cls(text[1:], anonymous=True)
        elif "/" in text:
            namespace, name = text.split("/", 1)
            parsed = cls(name, namespace or None)
        else:
            parsed = cls(text)
        if not parsed.name:
            raise UsageError(
                "A signal needs a name, and '{text}' has none. For example: {command}",
                text=text,
                command=session_command("define", "king"),
            )
        return parsed

    @property
    def kind(self) -> str:
        """``"named"`` or ``"anonymous"``. Meta signals are anonymous."""
        return "anonymous" if self.anonymous or self.meta else "named"

    @property
    def demo_request(self) -> tuple[str, ...]:
        """The words of the command that sends this signal of the demo application, for a trace; else none."""
        if self.namespace != FLASK:
            return ()
        path = {"got-request-exception": "/raises", "msg": "/msg"}.get(self.name, "/")
        return "flask", "request", path, "--save", "trace.json"

    @property
    def base(self) -> SignalName:
        """For a meta signal, its signal."""
        return self._replace(meta=None)

    def __str__(self) -> str:
        if self.meta is not None:
            return f"{self.base}:{self.meta}"
        if self.anonymous:
            return f"@{self.name}"
        if self.namespace is not None:
            return f"{self.namespace}/{self.name}"
        if "/" in self.name or self.name.startswith("@"):
            return f"/{self.name}"
        return self.name


def is_import(receiver: str) -> bool:
    """Return whether a receiver's name is an import, such as ``shop.handlers:on_king``."""
    return ":" in receiver


def short_name(name: str) -> str:
    """Return the last part of a name: ``request-started``, ``on_create``, or the key of a dict."""
    key = re.search(r"\['([^']*)'\](?:#\d+)?$", name)
    return key[1] if key else re.split(r"[./]", name)[-1]


def natural_key(name: str) -> list[str | int]:
    """Return the sort key of natural order: ``ready#2`` before ``ready#10``."""
    parts = re.split("([0-9]+)", name)
    return [part if number % 2 == 0 else int(part) for number, part in enumerate(parts)]


def normalized(name: str) -> str:
    """Return a name with ``.saved`` for ``['saved']`` and ``_`` for ``-``, for comparisons."""
    return re.sub(r"\['([^']*)'\]", r".\1", name).replace("-", "_")


def matching(
    patterns: Iterable[str],
    named: Sequence[tuple[T, Sequence[str]]],
    place: str,
    remedy: str,
    kind: str = "signal",
) -> list[T]:
    """Return the things that have a name that one of the shell patterns matches; all without a pattern.

    A pattern matches from the start of a part of the name to its end: ``order*`` matches
    ``order-paid`` and ``shop.orders/paid``. ``-`` equals ``_``.

    :param named: the things with their names, the one to suggest first.
    :param place: where they are, such as ``"session 'default'"``.
    :param remedy: the command that lists them.
    :param kind: what they are, in the error.
    :raises UnknownName: for a pattern that matches nothing.
    """
    __tracebackhide__ = True  # of a test
    chosen: set[int] = set()
    for pattern in patterns:
        found = {i for i, (_, names) in enumerate(named) if matches(pattern, names)}
        if not found:
            see = phrase("See all {n}: {command}", n=len(named), command=remedy)
            remedy = see if named else phrase("It has none.")
            raise _no_match(kind, pattern, [names[0] for _, names in named], place, remedy)
        chosen |= found
    return [thing for i, (thing, _) in enumerate(named) if not chosen or i in chosen]


def _no_match(kind: str, pattern: str, names: list[str], place: str, remedy: str) -> UnknownName:
    text = re.sub(r"[][*?]", "", pattern)
    if text == pattern:
        known = [*names, *map(short_name, names)]
        return UnknownName(kind, pattern, known, place=place, remedy=remedy)
    part = closest(text, (part for name in names for part in re.split("[./]", name)))
    likely = None if part is None else f"{part}*"
    what = f"{kind} that matches"
    return UnknownName(what, pattern, (), place=place, likely=likely, remedy=remedy)


def matches(pattern: str, names: Iterable[str]) -> bool:
    """Return whether a shell pattern matches one of the names of a thing, as for :func:`matching`."""
    from fnmatch import fnmatchcase

    wanted = normalized(pattern)
    for name in map(normalized, names):
        starts = [0, *(separator.end() for separator in re.finditer(r"[./]", name))]
        plain = re.sub(r"#\d+$", "", name)  # the number of several signals of one name
        for end in (text[start:] for text in (name, plain) for start in starts):
            if end == wanted or fnmatchcase(end, wanted):
                return True
    return False
