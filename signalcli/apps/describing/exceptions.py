"""Write the message of an exception that the application may have handled, without its ``__str__``."""

from __future__ import annotations

from collections.abc import Callable
from types import WrapperDescriptorType

from signalcli.apps.describing.instances import is_standard_value
from signalcli.apps.describing.writer import value_of
from signalcli.signals.reflection import class_attributes, inherited, is_exactly, slots
from signalcli.values.inspection import ObjectDescription

_ARGUMENTS = class_attributes(BaseException)["args"].__get__
_PLAIN = (str, int, float, bool, bytes, type(None))


def stored_message(error: BaseException, name_of_signal: Callable[[object], str | None]) -> str:
    """Return the message that Python makes of the arguments of an exception.

    A class with a ``__str__`` of its own is treated as one without: its text is that of its arguments.
    """
    arguments = _ARGUMENTS(error)
    if type(inherited(type(error), "__str__")) is WrapperDescriptorType:
        stored = (value for _, value in slots(error))  # such as the file of an OSError
        if all(map(_is_plain, (*arguments, *stored))):
            return str(error)
    if not arguments:
        return ""
    value = value_of(arguments[0] if len(arguments) == 1 else arguments, name_of_signal, False)
    if type(value) is ObjectDescription:
        return value.text
    return value if type(value) is str else repr(value)


def _is_plain(value: object) -> bool:
    if type(value) is tuple:
        return all(map(_is_plain, value))
    return is_exactly(value, *_PLAIN) or is_standard_value(value)
