"""Receivers that are made of the same code, such as those of a factory that ran twice."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from inspect import CO_NESTED
from types import CodeType, FunctionType, MethodType
from typing import Any

from signalcli.apps.connecting.connect_calls import ATOMS, is_application
from signalcli.apps.describing import callables
from signalcli.signals.internals import listened_to, live_receivers, make_id
from signalcli.signals.receivers import Receiver
from signalcli.signals.reflection import attributes, class_name, is_exactly, partial_parts

_DEEPEST = 5
"""functions in the closures of functions that are compared."""


def equivalence_key(receiver: Any, depth: int = 0) -> Hashable | None:
    """Return a key that is equal for functions that do the same: their code and what they hold.

    ``None`` for methods, which have objects of their own, and for other objects.
    """
    if is_exactly(receiver, partial):
        function, given, keywords = partial_parts(receiver)
        inner = equivalence_key(function, depth)
        named = ((name, _value_key(value)) for name, value in keywords.items())
        return None if inner is None else (inner, (*map(_value_key, given), *named))
    if type(receiver) is not FunctionType or depth == _DEEPEST:
        return None
    code = receiver.__code__
    contents = [callables.cell_content(cell) for cell in receiver.__closure__ or ()]
    contents += receiver.__defaults__ or ()
    held = tuple(_value_key(one, depth) for one in contents if one is not receiver)
    return code, code.co_filename, held


def _value_key(value: Any, depth: int = 0) -> Hashable:
    """Return the key of a held value: the content of plain values and functions, the identity of others."""
    if is_exactly(value, *ATOMS):
        return type(value), value
    if is_application(value):  # each run of a factory makes another one
        return class_name(type(value))
    return equivalence_key(value, depth + 1) or id(value)


def why_disconnect_missed(signal: Any, receiver: Any) -> tuple[str, str | None] | None:
    """Return why a disconnect ended nothing, and the place of the equivalent receiver that stays connected.

    The reason is ``"another sender"``, ``"another instance"`` or ``"another function"``.
    """
    receiver_id = make_id(receiver)
    if listened_to(signal, receiver_id):
        return "another sender", callables.receiver_place(receiver)
    code = callables.code_of(receiver)
    if code is None:
        return None
    for _, connected, _ in live_receivers(signal):
        other = callables.code_of(connected)
        if other is not None and _is_same(code, other) and _inner(receiver) == _inner(connected):
            is_function = type(_innermost(receiver)) is FunctionType
            kind = "another function" if is_function else "another instance"
            return kind, callables.receiver_place(connected)
    return None


def _is_same(code: CodeType, other: CodeType) -> bool:
    """Return whether two functions have one definition, or are nested functions that do the same."""
    if code == other:
        return code.co_filename == other.co_filename
    is_nested = code.co_name == "<lambda>" or bool(code.co_flags & CO_NESTED)
    return is_nested and _content(code) == _content(other)


def _content(code: CodeType) -> tuple[object, ...]:
    return code.co_name, code.co_code, code.co_consts, code.co_names, code.co_varnames


def _inner(receiver: Receiver) -> str:
    """Return the names of what a wrapper without :func:`functools.wraps` calls."""
    called = _innermost(receiver) or receiver
    return callables.receiver_name(called, lambda thing: None).partition("(")[2]


def _innermost(receiver: Any) -> Any:
    while is_exactly(receiver, partial) or "__wrapped__" in attributes(receiver):
        found = callables.unwrapped(receiver)
        if found is None:
            break
        receiver = found[0]
    return receiver if type(receiver) is not MethodType else None
