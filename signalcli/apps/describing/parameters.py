"""The parameters of receivers, read from their code objects."""

from __future__ import annotations

from functools import partial
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import FunctionType, MethodType
from typing import Any

from signalcli.apps.describing.object_names import ObjectNames
from signalcli.signals.reflection import attributes, inherited, is_a, is_exactly, partial_parts
from signalcli.values.inspection import Parameter

_BY_POSITION = ("positional-only", "positional or keyword")


def parameters_of(receiver: Any, objects: ObjectNames) -> tuple[Parameter, ...] | None:
    """Return what a receiver takes from a send; ``None`` if its code isn't Python's or is wrapped."""
    if is_exactly(receiver, partial):
        return _of_partial(receiver, objects)
    if is_a(receiver, type):
        is_plain = type(inherited(type(receiver), "__call__")) is not FunctionType
        function = inherited(receiver, "__init__") if is_plain else None
        is_bound = True
    elif type(receiver) is MethodType:
        function, is_bound = receiver.__func__, True
    elif type(receiver) is FunctionType:
        function, is_bound = receiver, False
    else:
        function, is_bound = inherited(type(receiver), "__call__"), True
    if type(function) is not FunctionType or "__wrapped__" in attributes(function):
        return None
    found = _of_function(function, objects)
    return found[1:] if is_bound and function.__code__.co_argcount else found


def _of_partial(receiver: Any, objects: ObjectNames) -> tuple[Parameter, ...] | None:
    function, given, keywords = partial_parts(receiver)
    found = parameters_of(function, objects)
    if found is None:
        return None
    positional = [one for one in found if one.kind in _BY_POSITION]
    rest = [one for one in found if one not in positional[: len(given)]]
    return tuple(
        Parameter(one.name, "keyword-only", True, objects.value(keywords[one.name]))
        if one.name in keywords
        else one
        for one in rest
    )


def _of_function(function: FunctionType, objects: ObjectNames) -> tuple[Parameter, ...]:
    code, names = function.__code__, list(function.__code__.co_varnames)
    positional, kw_only = code.co_argcount, code.co_kwonlyargcount
    defaults = function.__defaults__ or ()
    given = dict(zip(names[positional - len(defaults) :], defaults, strict=False))
    given |= function.__kwdefaults__ or {}

    def parameter(name: str, kind: str) -> Parameter:
        return Parameter(name, kind, name in given, objects.value(given.get(name)))

    only = code.co_posonlyargcount
    found = [parameter(name, "positional-only") for name in names[:only]]
    found += [parameter(name, "positional or keyword") for name in names[only:positional]]
    rest = names[positional + kw_only :]
    if code.co_flags & CO_VARARGS:
        found.append(Parameter(rest.pop(0), "variadic positional"))
    for name in names[positional : positional + kw_only]:
        found.append(parameter(name, "keyword-only"))
    if code.co_flags & CO_VARKEYWORDS:
        found.append(Parameter(rest[0], "variadic keyword"))
    return tuple(found)
