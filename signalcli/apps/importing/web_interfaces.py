"""Recognise applications that requests can be made to, without running any of their code."""

from __future__ import annotations

from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Literal

from signalcli.signals.reflection import attributes, inherited, is_a

Interface = Literal["Flask", "Quart", "WSGI", "ASGI"]
"""Flask and Quart: applications that have a test client of their own."""
_DEEPEST = 50
"""wrappers of wrappers that are followed."""


def interface_of(value: object) -> Interface | None:
    """Return how requests are made to an object; ``None`` if it is no application.

    This looks at the class, because a lazy proxy would import or make its object. A function is an
    application by the names of its parameters; others may be factories.
    """
    kind = type(value)
    if type(inherited(kind, "test_client")) is FunctionType:
        return "Flask" if inherited(kind, "asgi_app") is None else "Quart"
    if is_a(value, type):
        return None
    if type(value) is FunctionType:
        names = _required(value)
        if len(names) == 2 and names[1].startswith("start"):
            return "WSGI"
        return "ASGI" if names == ["scope", "receive", "send"] else None
    call = inherited(kind, "__call__")
    parameters = len(_required(call)) - 1 if type(call) is FunctionType else 0
    return "WSGI" if parameters == 2 else "ASGI" if parameters == 3 else None


def is_function(value: object) -> bool:
    """Return whether an object is a function or a method, also one that is written in C."""
    return is_a(value, (FunctionType, MethodType, BuiltinFunctionType))


def _required(function: FunctionType) -> list[str]:
    """Return the names of the positional parameters without defaults, of a wrapped function too."""
    wrapped = attributes(function).get("__wrapped__")
    for _ in range(_DEEPEST):
        if type(wrapped) is not FunctionType:
            break
        function, wrapped = wrapped, attributes(wrapped).get("__wrapped__")
    code = function.__code__
    return list(code.co_varnames[: code.co_argcount - len(function.__defaults__ or ())])
