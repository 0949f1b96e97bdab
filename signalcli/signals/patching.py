"""Patch methods of every signal class in this process.

Signal classes are blinker's ``Signal``, its subclasses, and copies of blinker in other packages. Patch them
before an application is imported: where it binds a method, it then binds the patched one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from importlib.machinery import SourceFileLoader
from inspect import isfunction
from types import ModuleType, TracebackType
from typing import Any

from signalcli.signals.classes import Method, is_root, subclasses
from signalcli.signals.reflection import attributes, class_attributes, is_a
from signalcli.signals.tracebacks import PATCH_FILES, WRAPPER

PATCH_FILES.add(__file__)


class MethodPatches:
    """Wrap methods of every signal class, while the block lasts.

    Classes that are created meanwhile are patched too: a subclass at its creation, a copy of blinker after
    the import of its module.

    :param wrappers: by the name of a method, a function that returns its replacement.
    """

    def __init__(self, wrappers: Mapping[str, Callable[[Method], Method]]) -> None:
        self._wrappers = dict(wrappers)
        self._replaced: list[tuple[type, str, object]] = []
        self._patched: set[int] = set()
        """The ids of the replacements, which the classes keep alive."""

    def __enter__(self) -> None:
        self.patch_all()
        self._watch_imports()
        self._leave_out_wrappers()

    def __exit__(self, *error: object) -> None:
        while self._replaced:
            _restore(*self._replaced.pop())
        self._patched.clear()

    def stop_wrapping(self, method: str) -> None:
        """Restore one of the methods. No other patches may have been made since the block began."""
        # a new table, since another thread may be patching a class with the old one
        self._wrappers = {name: wrap for name, wrap in self._wrappers.items() if name != method}
        for kind, name, before in reversed(self._replaced):
            if name == method:
                self._patched.discard(id(class_attributes(kind).get(name)))
                _restore(kind, name, before)
        self._replaced = [replaced for replaced in self._replaced if replaced[1] != method]

    def patch_all(self) -> None:
        """Patch the classes whose creation wasn't noticed."""
        for root in filter(is_root, type.__subclasses__(object)):
            self._patch_tree(root)

    def _patch_module(self, module: object) -> None:
        """Patch the copies of blinker's class that a module defines."""
        kinds = [value for value in list(attributes(module).values()) if is_a(value, type)]
        for root in filter(is_root, kinds):
            self._patch_tree(root)

    def _patch_tree(self, root: type) -> None:
        for kind in subclasses(root):
            self._patch(kind)
        hook = class_attributes(root).get("__init_subclass__")
        if id(hook) not in self._patched and (hook is None or _is_hook(hook)):
            own = classmethod(self._patching_subclasses(root, hook))
            self._patched.add(id(own))
            self._replace(root, "__init_subclass__", own)

    def _patch(self, kind: type) -> None:
        for name, wrap in self._wrappers.items():
            own = class_attributes(kind).get(name)
            if isfunction(own) and id(own) not in self._patched:
                replacement = _hidden(wrap(own))
                self._patched.add(id(replacement))
                self._replace(kind, name, replacement)

    def _patching_subclasses(self, root: Any, before: Any) -> Method:
        """Return what patches each new subclass, after the hook of other patches if there is one."""

        def init_subclass(kind: Any, **keywords: Any) -> None:
            if before is None:
                super(root, kind).__init_subclass__(**keywords)
            else:
                before.__func__(kind, **keywords)
            self._patch(kind)

        return _hidden(init_subclass)

    def _watch_imports(self) -> None:
        """Patch the classes of each module right after its import, before other code can use them."""
        execute = SourceFileLoader.exec_module

        @wraps(execute)
        def execute_and_patch(loader: SourceFileLoader, module: ModuleType) -> None:
            execute(loader, module)
            self._patch_module(module)

        self._replace(SourceFileLoader, "exec_module", _hidden(execute_and_patch))

    def _leave_out_wrappers(self) -> None:
        """Leave the frames of wrappers out of what ``traceback`` and ``logging`` print."""
        from traceback import TracebackException

        initialize: Any = TracebackException.__init__

        @wraps(initialize)
        def initialize_without_wrappers(
            report: object,
            exc_type: Any,
            exc_value: Any,
            exc_traceback: Any,
            *more: Any,
            **named: Any,
        ) -> None:
            _remove_wrappers(exc_traceback)
            initialize(report, exc_type, exc_value, exc_traceback, *more, **named)

        self._replace(TracebackException, "__init__", initialize_without_wrappers)

    def _replace(self, kind: type, name: str, method: object) -> None:
        self._replaced.append((kind, name, class_attributes(kind).get(name, _NOTHING)))
        setattr(kind, name, method)


def _restore(kind: type, name: str, before: object) -> None:
    if before is _NOTHING:
        delattr(kind, name)
    else:
        setattr(kind, name, before)


def _is_hook(hook: Any) -> bool:
    """Return whether an ``__init_subclass__`` is that of other patches, and not a class's own."""
    return type(hook) is classmethod and hook.__func__.__code__.co_filename == WRAPPER


def _hidden(wrapper: Any) -> Method:
    """Let ``warnings.warn`` skip the frames of a wrapper, so that ``stacklevel`` counts those of others."""
    wrapper.__code__ = wrapper.__code__.replace(co_filename=WRAPPER)
    function: Method = wrapper
    return function


def _remove_wrappers(traceback: TracebackType | None) -> None:
    """Remove the frames of wrappers, each of which another frame called, from a traceback."""
    while traceback is not None:
        called = traceback.tb_next
        while called is not None and called.tb_frame.f_code.co_filename == WRAPPER:
            called = called.tb_next
        if called is not traceback.tb_next:
            traceback.tb_next = called
        traceback = called


_NOTHING = object()
