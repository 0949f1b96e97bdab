"""Name and describe receivers: functions, methods, partials and other callables."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from types import (
    BuiltinFunctionType,
    CellType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MethodType,
    MethodWrapperType,
)
from typing import Any

from signalcli.apps.describing.object_names import ObjectNames
from signalcli.apps.describing.objects import function_name, is_proxy_class, method_name
from signalcli.apps.describing.parameters import parameters_of
from signalcli.errors import shortened
from signalcli.signals.internals import is_coroutine_function
from signalcli.signals.receivers import Receiver, try_call
from signalcli.signals.reflection import (
    BUILTINS,
    attributes,
    class_attributes,
    class_name,
    inherited,
    is_a,
    is_exactly,
    module_of,
    partial_parts,
    wrapped_in_c,
)
from signalcli.signals.tracebacks import is_installed, is_stdlib, place
from signalcli.values.inspection import ApplicationReceiverDetails

_COROUTINE_MARKS = ("_is_coroutine_mark", "_is_coroutine")
"""What marks an instance as a coroutine function for Python."""
_DEEPEST = 50
"""wrappers of wrappers that are followed."""
_LONGEST_HELD = 100
"""characters of the values that a receiver holds."""
_DEEPEST_NAME = 3
"""wrappers that a name has in parentheses, one in another."""

NameOfSignal = Callable[[object], "str | None"]
"""Returns the name of a signal, or ``None`` for another object."""


def receiver_name(receiver: Receiver, name_of_signal: NameOfSignal, depth: int = 0) -> str:
    """Return the qualified name of a receiver; a method of a signal has that signal's name.

    A partial, and a nested function that wraps another without :func:`functools.wraps`, have the name of
    what they call in parentheses: ``partial(shop.on_king)``, ``shop.logged.<locals>.wrapper(shop.on_king)``.
    """
    if type(receiver) is FunctionType:
        name = function_name(receiver)
        held = [] if depth == _DEEPEST_NAME else _closed_over(receiver)
        inside = ", ".join(receiver_name(one, name_of_signal, depth + 1) for one in held)
        return f"{name}({inside})" if inside else name
    if type(receiver) is MethodType:
        signal = name_of_signal(receiver.__self__)
        if signal is not None:
            function = receiver.__func__
            return f"{signal}.{function.__name__ if type(function) is FunctionType else '?'}"
        return method_name(receiver)
    if is_a(receiver, partial):
        return f"partial({receiver_name(_inside(receiver), name_of_signal, depth)})"
    if is_a(receiver, type):
        return class_name(receiver)  # type: ignore[arg-type]
    if is_exactly(receiver, *BUILTINS):
        return _builtin_name(receiver)
    wrapped = _wrapped(receiver)
    if wrapped is not None and "__qualname__" not in attributes(receiver):
        return receiver_name(wrapped, name_of_signal, depth)
    return _instance_name(receiver)


def unwrapped(receiver: Receiver) -> tuple[Receiver, str] | None:
    """Return the callable in a wrapper, and the name of the wrapper; ``None`` for another receiver."""
    if type(receiver) is FunctionType:
        held = _closed_over(receiver) or [_wrapped(receiver)]
        return None if held[0] is None else (held[0], _code_name(receiver))
    if is_a(receiver, partial):
        return _inside(receiver), "functools.partial"
    wrapped = _wrapped(receiver)
    return None if wrapped is None else (wrapped, class_name(type(receiver)))


def receiver_place(receiver: Receiver) -> str | None:
    """Return the file and line of the innermost callable, or ``None`` if it isn't Python code."""
    code = code_of(receiver)
    return None if code is None else place(code.co_filename, code.co_firstlineno)


def code_of(receiver: Receiver) -> CodeType | None:
    """Return the code of the innermost callable, if it is Python code."""
    *_, innermost = _layers(receiver)
    if type(innermost) is FunctionType:
        return innermost.__code__
    if is_a(innermost, type):
        called = inherited(innermost, "__init__")
    else:
        called = inherited(type(innermost), "__call__")
    return called.__code__ if type(called) is FunctionType else None


def receiver_doc(receiver: Receiver) -> str | None:
    """Return the first line of the innermost callable's docstring."""
    *_, innermost = _layers(receiver)
    if type(innermost) is FunctionType or is_exactly(innermost, *BUILTINS):
        doc = innermost.__doc__
    else:
        kind: type = innermost if is_a(innermost, type) else type(innermost)
        called = inherited(kind, "__call__")
        doc = class_attributes(kind).get("__doc__")
        if type(doc) is not str and type(called) is FunctionType:
            doc = called.__doc__
    return doc.strip().partition("\n")[0].strip() or None if type(doc) is str else None


def is_async(receiver: Receiver) -> bool | None:
    """Return whether blinker treats it as a coroutine function; ``None`` for a proxy."""
    *_, called = _layers(receiver, wrappers=False)
    kind = type(called)
    if kind is FunctionType:
        return try_call(lambda: is_coroutine_function(called), None)
    if is_a(called, type):
        return False
    if is_proxy_class(kind):
        wrapped = wrapped_in_c(called)
        return None if wrapped is None else is_async(wrapped)
    is_like_function = type(inherited(kind, "__code__")) is GetSetDescriptorType  # as in Cython
    own = attributes(called)
    if is_like_function or any(
        name in own or inherited(kind, name) is not None for name in _COROUTINE_MARKS
    ):
        return try_call(lambda: is_coroutine_function(called), None)
    return False


def in_program(receiver: Receiver, objects: ObjectNames) -> ApplicationReceiverDetails:
    """Return the kind of a receiver, how it is called, and what it wraps."""
    layers = list(_layers(receiver))
    methods = [layer for layer in layers if type(layer) is MethodType]
    owner = methods[0].__self__ if methods else _owner(layers[-1])
    return ApplicationReceiverDetails(
        kind=_kind(receiver),
        calls=_calls(receiver, layers),
        bound_to=None if owner is None else str(objects.sender(owner)),
        inner=_inner(receiver, layers, objects.name_of_signal),
        sends=next(filter(None, (_sent(one, objects.name_of_signal) for one in methods)), None),
        wrapped_by=_wrapper(receiver),
        parameters=parameters_of(receiver, objects),
        in_class=class_body(receiver),
        package=_package(receiver),
    )


def class_body(receiver: Any) -> str | None:
    """Return the class in whose body an unbound function, or a class method, is defined."""
    function = receiver.__func__ if type(receiver) is classmethod else receiver
    if type(function) is not FunctionType:
        return None
    of_function = function.__qualname__.rpartition("<locals>.")[2]
    return of_function.rpartition(".")[0] or None


def _package(receiver: Any) -> str | None:
    """Return the installed package with the code of a receiver; ``None`` if it isn't installed."""
    code = code_of(receiver)
    if code is None or not (is_installed(code.co_filename) or is_stdlib(code.co_filename)):
        return None
    *_, innermost = _layers(receiver)
    module = getattr(innermost, "__module__", None) if type(innermost) is FunctionType else None
    module = module if type(module) is str else module_of(type(innermost))
    return module.partition(".")[0] or None


def _sent(method: MethodType, name_of_signal: NameOfSignal) -> str | None:
    """Return the signal whose ``send`` a method is; ``None`` for another method."""
    function = method.__func__
    is_send = type(function) is FunctionType and function.__name__ in ("send", "send_async")
    return name_of_signal(method.__self__) if is_send else None


def held_values(receiver: Receiver, objects: ObjectNames) -> str | None:
    """Return the values in the closure and the defaults of a function, or those of a partial."""
    if is_exactly(receiver, partial):
        _, given, keywords = partial_parts(receiver)
        held = [*(("", value) for value in given), *keywords.items()]
    elif type(receiver) is FunctionType:
        code, cells = receiver.__code__, receiver.__closure__ or ()
        held = list(zip(code.co_freevars, map(cell_content, cells), strict=False))
        defaults = receiver.__defaults__ or ()
        held += zip(code.co_varnames[code.co_argcount - len(defaults) :], defaults, strict=False)
    else:
        return None
    shown = [
        f"{name}={objects.sender(value)!r}" if name else repr(objects.sender(value))
        for name, value in held
        if value is not receiver
    ]
    return shortened(", ".join(shown), _LONGEST_HELD) or None


def _layers(receiver: Any, *, wrappers: bool = True) -> Iterator[Any]:
    """Yield a callable and those within a method, a partial and, if asked, ``functools.wraps``."""
    for _ in range(_DEEPEST):
        yield receiver
        if type(receiver) is MethodType or is_a(receiver, partial):
            receiver = _inside(receiver)
        elif wrappers and _wrapped(receiver) is not None:
            receiver = _wrapped(receiver)
        else:
            return


def _wrapped(receiver: Any) -> Any:
    """Return what a wrapper stores as ``__wrapped__``, as ``functools.wraps`` and wrapt do."""
    if is_a(receiver, type):
        return None
    wrapped = None if type(receiver) is FunctionType else wrapped_in_c(receiver)
    return attributes(receiver).get("__wrapped__") if wrapped is None else wrapped


def _closed_over(function: FunctionType) -> list[Any]:
    """Return the functions in the closure and the defaults of a nested function.

    A function of ``functools.wraps`` has the name of what it wraps, so nothing is returned for it.
    """
    if "<locals>" not in function.__qualname__ or "__wrapped__" in attributes(function):
        return []
    contents = [cell_content(cell) for cell in function.__closure__ or ()]
    contents += function.__defaults__ or ()
    others = [thing for thing in contents if thing is not function]
    kinds = FunctionType, MethodType, partial
    return [one for one in others if is_exactly(one, *kinds) or _wrapped(one) is not None]


def cell_content(cell: CellType) -> Any:
    """Return what a cell of a closure has; ``None`` if it is empty."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _code_name(function: FunctionType) -> str:
    """Return the module and the name in the code of a function: ``functools.wraps`` replaces its own."""
    name = getattr(function.__code__, "co_qualname", function.__code__.co_name)  # Python 3.11
    module = function.__globals__.get("__name__")
    return f"{module}.{name}" if type(module) is str else name


def _wrapper(receiver: Any) -> str | None:
    """Return the name of what wraps a receiver under its name; ``None`` if the name has it."""
    if type(receiver) is MethodType:
        receiver = receiver.__func__
    if is_a(receiver, partial) or (type(receiver) is FunctionType and _closed_over(receiver)):
        return None
    found = unwrapped(receiver)
    return None if found is None else found[1]


def _inside(receiver: Any) -> Any:
    """Return the function of a method or a partial."""
    return receiver.__func__ if type(receiver) is MethodType else partial_parts(receiver)[0]


def _builtin_name(receiver: Any) -> str:
    module = receiver.__module__ if type(receiver) is BuiltinFunctionType else None
    return f"{module}.{receiver.__qualname__}" if is_a(module, str) else str(receiver.__qualname__)


def _instance_name(receiver: Any) -> str:
    """Return the name that a decorator gave to an instance, or else the name of its class."""
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
    return "builtin" if is_exactly(receiver, *BUILTINS) else "instance"


def _owner(called: Any) -> object:
    """Return the object that a built-in method is bound to."""
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
    if type(called) is FunctionType and inspect.isgeneratorfunction(called):
        return "generator"
    innermost = layers[-1]
    if innermost is not called and _is_coroutine(innermost):
        return "sync wrapper of a coroutine"
    return "plain"


def _is_coroutine(called: Any) -> bool:
    return type(called) is FunctionType and inspect.iscoroutinefunction(called)


def _inner(receiver: Any, layers: list[Any], name_of_signal: NameOfSignal) -> str | None:
    """Return the name of the innermost callable of a partial or a wrapper."""
    is_plain = all(type(layer) is MethodType for layer in layers[:-1])
    return None if is_plain else receiver_name(layers[-1], name_of_signal)
