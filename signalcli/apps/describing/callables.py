"""What the receivers of an application are: functions, methods, partials, anything to be called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    WrapperDescriptorType,
)
from typing import Any

from signalcli.apps.describing.objects import described, function_name, method_name, pretends
from signalcli.signals.functions import Receiver, answer, place
from signalcli.signals.reflection import (
    attributes,
    class_attributes,
    class_name,
    inherited,
    is_a,
    is_exactly,
)
from signalcli.values.inspection import InProgram

_BUILTINS = (BuiltinFunctionType, MethodDescriptorType, MethodWrapperType, WrapperDescriptorType)
_DEEPEST = 50
"""wrappers of wrappers that are followed."""

NameOfSignal = Callable[[object], "str | None"]
"""What a signal is called; nothing for what isn't one."""


def name_of(receiver: Receiver, name_of_signal: NameOfSignal) -> str:
    """The qualified name of what is called; another signal's method has that signal's name."""
    if type(receiver) is FunctionType:
        return function_name(receiver)
    if type(receiver) is MethodType:
        signal = name_of_signal(receiver.__self__)
        if signal is not None:
            return f"{signal}.{answer(lambda: receiver.__func__.__name__, '?')}"
        return method_name(receiver)
    if is_a(receiver, partial):
        return f"partial({name_of(_inside(receiver), name_of_signal)})"
    if is_a(receiver, type):
        return class_name(receiver)  # type: ignore[arg-type]
    if is_exactly(receiver, *_BUILTINS):
        return _builtin_name(receiver)
    return _instance_name(receiver)


def place_of(receiver: Receiver) -> str | None:
    """The file and line of what is called in the end; ``None`` if it isn't written in Python."""
    code = code_of(receiver)
    return None if code is None else place(code.co_filename, code.co_firstlineno)


def code_of(receiver: Receiver) -> CodeType | None:
    """The code of what is called in the end."""
    *_, innermost = _layers(receiver)
    if type(innermost) is FunctionType:
        return innermost.__code__
    if is_a(innermost, type):
        called = inherited(innermost, "__init__")
    else:
        called = inherited(type(innermost), "__call__")
    return called.__code__ if type(called) is FunctionType else None


def doc_of(receiver: Receiver) -> str | None:
    """The first line of the docstring of what is called in the end."""
    *_, innermost = _layers(receiver)
    if type(innermost) is FunctionType or is_exactly(innermost, *_BUILTINS):
        doc = innermost.__doc__
    else:
        kind: type = innermost if is_a(innermost, type) else type(innermost)
        called = inherited(kind, "__call__")
        of_call = called.__doc__ if type(called) is FunctionType else None
        doc = class_attributes(kind).get("__doc__") or of_call
    return doc.strip().partition("\n")[0].strip() or None if type(doc) is str else None


def is_async(receiver: Receiver) -> bool | None:
    """Whether blinker takes it for a coroutine function; ``None`` for a proxy, which isn't asked."""
    *_, called = _layers(receiver, wrappers=False)
    if pretends(type(called)) and type(called) is not FunctionType and not is_a(called, type):
        return None
    return answer(lambda: inspect.iscoroutinefunction(receiver), None)


def in_program(receiver: Receiver, name_of_signal: NameOfSignal) -> InProgram:
    """What it is, what calling it is, and what is behind it."""
    layers = list(_layers(receiver))
    methods = [layer for layer in layers if type(layer) is MethodType]
    owner = methods[0].__self__ if methods else _owner(layers[-1])
    return InProgram(
        kind=_kind(receiver),
        calls=_calls(receiver, layers),
        bound_to=None if owner is None else described(owner, name_of_signal),
        inner=_inner(receiver, layers, name_of_signal),
    )


def _layers(receiver: Any, *, wrappers: bool = True) -> Iterator[Any]:
    """What is called, and what that calls: of a method, a partial, a wrapper, down to the end.

    :param wrappers: whether to look into what ``functools.wraps`` was told about.
    """
    for _ in range(_DEEPEST):
        yield receiver
        if type(receiver) is MethodType or is_a(receiver, partial):
            receiver = _inside(receiver)
        elif wrappers and "__wrapped__" in _attributes(receiver):
            receiver = _attributes(receiver)["__wrapped__"]
        else:
            return


def _attributes(receiver: Any) -> dict[str, Any]:
    """The attributes of a function or an instance; a class wraps nothing."""
    return {} if is_a(receiver, type) else attributes(receiver)


def _inside(receiver: Any) -> Any:
    if type(receiver) is MethodType:
        return receiver.__func__
    return class_attributes(partial)["func"].__get__(receiver)


def _builtin_name(receiver: Any) -> str:
    module = receiver.__module__ if type(receiver) is BuiltinFunctionType else None
    return f"{module}.{receiver.__qualname__}" if is_a(module, str) else str(receiver.__qualname__)


def _instance_name(receiver: Any) -> str:
    """The name that a decorator gave to an instance of its class; else the name of that class."""
    own = attributes(receiver)
    module, name = own.get("__module__"), own.get("__qualname__")
    if type(module) is str and type(name) is str:
        return f"{module}.{name}"
    return f"{class_name(type(receiver))}()"


def _kind(receiver: Any) -> str:
    if type(receiver) is FunctionType:
        return "function"
    if type(receiver) is MethodType:
        return "method"
    if is_a(receiver, partial):
        return "partial"
    if is_a(receiver, type):
        return "class"
    return "builtin" if is_exactly(receiver, *_BUILTINS) else "instance"


def _owner(called: Any) -> object:
    """The object whose built-in method it is."""
    if type(called) is BuiltinFunctionType and not inspect.ismodule(called.__self__):
        return called.__self__
    return called.__self__ if type(called) is MethodWrapperType else None


def _calls(receiver: Any, layers: list[Any]) -> str:
    taken = is_async(receiver)
    if taken is not False:
        return "unknown" if taken is None else "coroutine"
    *_, called = _layers(receiver, wrappers=False)
    if not is_a(called, type) and _is_coroutine(inherited(type(called), "__call__")):
        return "async __call__"
    if type(called) is FunctionType and inspect.isasyncgenfunction(called):
        return "async generator"
    innermost = layers[-1]
    if innermost is not called and _is_coroutine(innermost):
        return "sync wrapper of a coroutine"
    return "plain"


def _is_coroutine(called: Any) -> bool:
    return type(called) is FunctionType and inspect.iscoroutinefunction(called)


def _inner(receiver: Any, layers: list[Any], name_of_signal: NameOfSignal) -> str | None:
    """What is called in the end, where a partial or a wrapper stands before it."""
    is_plain = all(type(layer) is MethodType for layer in layers[:-1])
    return None if is_plain else name_of(layers[-1], name_of_signal)
