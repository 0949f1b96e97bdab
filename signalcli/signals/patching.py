"""The classes of signals in this process, and methods of ours that stand around theirs.

There is blinker's ``Signal``, its subclasses, and the copies of blinker that packages bring along. What
stands around a method from before an application is imported is bound wherever that binds the method.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from importlib.machinery import SourceFileLoader
from inspect import isfunction
from types import ModuleType
from typing import Any

from signalcli.signals.internals import blinkers_own
from signalcli.signals.reflection import attributes, class_attributes, inherited, is_a

Method = Callable[..., Any]

METHODS = {"connect", "disconnect", "receivers_for", "has_receivers_for", "send"}
"""What a class of signals has, in every release of blinker, and is told from others by."""
_SUBCLASSES: Callable[[type], list[type]] = type.__subclasses__


class Around:
    """Puts methods around those of every class of signals, while the block lasts.

    Classes that are made meanwhile get them too: a subclass when it is made, a copy of blinker's when its
    module was imported.

    :param makers: by the name of a method, what makes of it the one to stand in its place.
    """

    def __init__(self, makers: Mapping[str, Callable[[Method], Method]]) -> None:
        self._makers = makers
        self._replaced: list[tuple[type, str, object]] = []
        self._ours: set[int] = set()
        """The ids of the methods that stand in others' places, which are in the classes."""

    def __enter__(self) -> None:
        self.look_again()
        self._watch_imports()

    def __exit__(self, *error: object) -> None:
        while self._replaced:
            kind, name, before = self._replaced.pop()
            if before is _NOTHING:
                delattr(kind, name)
            else:
                setattr(kind, name, before)
        self._ours.clear()

    def look_again(self) -> None:
        """Cover the classes that came to be in a way that wasn't noticed."""
        for root in filter(is_root, type.__subclasses__(object)):
            self._cover_all(root)

    def _look_into(self, module: object) -> None:
        """Cover a copy of blinker's class that a module defines."""
        for value in list(attributes(module).values()):
            if is_a(value, type) and is_root(value):
                self._cover_all(value)

    def _cover_all(self, root: type) -> None:
        for kind in subclasses(root):
            self._cover(kind)
        if "__init_subclass__" not in class_attributes(root):
            self._put(root, "__init_subclass__", classmethod(self._told_of_subclass(root)))

    def _cover(self, kind: type) -> None:
        for name, make in self._makers.items():
            own = class_attributes(kind).get(name)
            if isfunction(own) and id(own) not in self._ours:
                ours = make(own)
                self._ours.add(id(ours))
                self._put(kind, name, ours)

    def _told_of_subclass(self, root: Any) -> Method:
        def covered(kind: Any, **keywords: Any) -> None:
            super(root, kind).__init_subclass__(**keywords)
            self._cover(kind)

        return covered

    def _watch_imports(self) -> None:
        """Look into every module as soon as it was imported, before anybody else can."""
        execute = SourceFileLoader.exec_module

        @wraps(execute)
        def execute_and_look(loader: SourceFileLoader, module: ModuleType) -> None:
            execute(loader, module)
            self._look_into(module)

        self._put(SourceFileLoader, "exec_module", execute_and_look)

    def _put(self, kind: type, name: str, method: object) -> None:
        self._replaced.append((kind, name, class_attributes(kind).get(name, _NOTHING)))
        setattr(kind, name, method)


_NOTHING = object()


def is_root(kind: type) -> bool:
    """Whether a class is blinker's ``Signal``, or that of a copy of blinker."""
    return class_attributes(kind).keys() >= METHODS


def subclasses(*roots: type) -> Iterator[type]:
    """Some classes and all that inherit from them, each once and after one that it inherits from."""
    seen: set[int] = set()
    todo = list(roots)
    while todo:
        kind = todo.pop()
        if id(kind) not in seen:
            seen.add(id(kind))
            yield kind
            todo += _SUBCLASSES(kind)


# Classes that do as blinker does.

PLAIN: dict[type, bool] = {}
"""Of each class of signals, whether its books say who is called: they are blinker's or a copy's, and
nothing else is asked."""
_ASKED = (
    "send",
    "send_async",
    "receivers_for",
    "has_receivers_for",
    "__getattribute__",
    "__dict__",
)
_BOOKS = ("is_muted", "receivers", "_by_sender")


def is_plain(kind: type) -> bool:
    """Look at a class that isn't in ``PLAIN``, and put it there."""
    root = blinkers_own(kind)
    PLAIN[kind] = all(
        inherited(kind, name) is inherited(root, name) for name in _ASKED
    ) and not any(hasattr(type(inherited(kind, name)), "__set__") for name in _BOOKS)
    return PLAIN[kind]


def chooses(kind: type) -> bool:
    """Whether a class of signals has code of its own to say whom to call."""
    own = inherited(kind, "receivers_for")
    return own is not inherited(blinkers_own(kind), "receivers_for")
