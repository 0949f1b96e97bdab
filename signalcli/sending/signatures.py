"""Tell whether a receiver takes certain arguments, without running code of it.

``inspect.signature`` asks an object for its ``__signature__`` and ``__wrapped__``, evaluates annotations, and
believes what a decorator says. Here the code decides, as it does in a call.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping, Sequence
from functools import partial
from types import CellType, FunctionType, MethodType
from typing import Any, NamedTuple

from signalcli.signals.receivers import try_call
from signalcli.signals.reflection import (
    BUILTINS,
    class_attributes,
    inherited,
    is_a,
    is_exactly,
    partial_parts,
    wrapped_in_c,
)

_DEEPEST = 50
"""callables in callables that are followed."""
_MISSING = object()
_PLACEHOLDER = vars(functools).get("Placeholder", _MISSING)
"""A gap in the arguments of a partial: Python 3.14."""


class _Call(NamedTuple):
    """A call of something that may be no function, but lead to one."""

    called: Any
    arguments: Sequence[object]
    payload: Mapping[str, object]

    def inner(self) -> _Call | None:
        """Return the call that this one makes; ``None`` if it is the innermost that can be known."""
        called, kind = self.called, type(self.called)
        if kind is MethodType:
            return self._replace(
                called=called.__func__, arguments=[called.__self__, *self.arguments]
            )
        if kind is FunctionType:
            return None
        method = inherited(kind, "__call__")
        if type(method) is FunctionType:
            return self._replace(called=method, arguments=[called, *self.arguments])
        if is_a(called, type):
            return None
        if is_a(called, partial):
            func, args, keywords = partial_parts(called)
            return _Call(func, _filled(args, self.arguments), {**keywords, **self.payload})
        wrapped = wrapped_in_c(called)
        return None if wrapped is None else self._replace(called=wrapped)

    def refusal(self) -> TypeError | None:
        """Return the ``TypeError`` of Python, if the signature can't take the arguments."""
        if is_a(self.called, type):
            errors = (call.refusal() for call in self._of_class())
            return next((error for error in errors if error is not None), None)
        signature = None
        if type(self.called) is FunctionType:
            signature = signature_of(self.called)
        elif is_exactly(self.called, *BUILTINS):
            signature = try_call(lambda: inspect.signature(self.called), None)
        if signature is None:  # such as for a C function without a signature
            return None
        try:
            signature.bind(*self.arguments, **self.payload)
        except TypeError as error:
            is_function = type(self.called) is FunctionType
            return (self._call_empty(signature) if is_function else None) or error
        return None

    def _of_class(self) -> list[_Call]:
        """Return the calls of the functions that make an instance of a class."""
        kind = self.called
        if inherited(type(kind), "__call__") is not class_attributes(type)["__call__"]:
            return []
        new, init = inherited(kind, "__new__"), inherited(kind, "__init__")
        made = new.__func__ if type(new) is staticmethod else None
        functions = (made, kind), (init, None)
        return [
            self._replace(called=function, arguments=[first, *self.arguments])
            for function, first in functions
            if type(function) is FunctionType
        ]

    def _call_empty(self, signature: inspect.Signature) -> TypeError | None:
        """Call an empty function with the same name and parameters, and return what Python raises."""
        made: dict[str, Any] = {}
        try:
            source = f"def empty{signature}: pass"
            exec(source, made)  # noqa: S102 - only names of parameters are in it
            made["empty"].__qualname__ = self.called.__qualname__
            made["empty"](*self.arguments, **self.payload)
        except (SyntaxError, ValueError):  # parameters that no source can have
            return None
        except TypeError as error:
            return error.with_traceback(None)
        return None


def refusal(
    receiver: Any, arguments: Sequence[object], payload: Mapping[str, object]
) -> TypeError | None:
    """Return the ``TypeError`` of a call with these arguments; ``None`` if no signature refuses them."""
    call = _Call(receiver, arguments, payload)
    for _ in range(_DEEPEST):
        inner = call.inner()
        if inner is None:
            break
        call = inner
    return call.refusal()


def signature_of(function: FunctionType) -> inspect.Signature:
    """Return the parameters of a function. Each default is ``None``, and there are no annotations."""
    code = function.__code__
    cells = tuple(CellType() for _ in code.co_freevars)
    defaults = (None,) * len(function.__defaults__ or ())
    blank = FunctionType(code, {}, function.__name__, defaults, cells)
    blank.__kwdefaults__ = dict.fromkeys(function.__kwdefaults__ or ())
    return inspect.signature(blank)


def _filled(given: Sequence[object], arguments: Sequence[object]) -> list[object]:
    """Return the arguments of a partial and those of a call of it, which fill its gaps first."""
    rest = list(arguments)
    filled = [rest.pop(0) if one is _PLACEHOLDER and rest else one for one in given]
    return [*filled, *rest]
