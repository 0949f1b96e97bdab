"""Find the object that ``--sender-object`` names: in the application, or in a module."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from shlex import quote
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, NamedTuple
from unicodedata import normalize

from signalcli.apps.hosting.faults import call_operation
from signalcli.apps.hosting.guard import guarded
from signalcli.apps.importing.importer import import_target
from signalcli.apps.importing.load import LoadedApp
from signalcli.apps.importing.locate import did_you_mean, first_of, locate_module
from signalcli.apps.importing.target import FOUND_APP, SENDER_OBJECT, Target, parse_sender_object
from signalcli.errors import ApplicationError, UsageError, closest
from signalcli.language.phrases import phrase, sentences
from signalcli.signals.reflection import (
    attributes,
    bases_of,
    class_attributes,
    class_name,
    is_a,
    is_exactly,
)

_PYTHONS = (
    FunctionType,
    staticmethod,
    classmethod,
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
)
"""The types of attributes of a class whose ``__get__`` is Python's own."""
_MISSING = object()


def find_sender_object(
    text: str, loaded: LoadedApp, wait: float | None, note: Callable[[str], None]
) -> object:
    """Return the object that a text names. Attributes are read without running code if that is possible.

    :param wait: the time limit in seconds of code that must run.
    :param note: takes a sentence about code that ran: a module that was imported, or a property.
    :raises UsageError: if the text can't be parsed, or if there is no such object.
    :raises ApplicationError: if there is no application, or if its code fails.
    """
    target = parse_sender_object(text)
    if target.module:
        found: Any = _imported(target, wait, note)
        before = f"{target.module}:"
    else:
        if loaded.app is None:
            raise ApplicationError(
                loaded.problem
                or phrase("No application in {place} to be the sender.", place=loaded.place)
            )
        found, before = loaded.app, f"{FOUND_APP}."
    for name in filter(None, str(target.attribute).split(".")):
        found = _Owner(found, before).read(normalize("NFKC", name), wait, note)
        before += f"{name}."
    return found


def _imported(target: Target, wait: float | None, note: Callable[[str], None]) -> ModuleType:
    name = locate_module(target).module
    is_new = name not in sys.modules
    module = import_target(target, wait)
    if is_new:
        note(phrase("signalcli imported {module}.", module=name))
    return module


class _Owner(NamedTuple):
    """An object whose attribute is read."""

    thing: Any
    before: str
    """The text before the attribute's name."""

    def read(self, name: str, wait: float | None, note: Callable[[str], None]) -> object:
        descriptor, value = self._static(name)
        if value is not _MISSING:
            return value
        if descriptor is _MISSING and not self._computes_attributes():
            raise self._missing(name)
        text = f"{self.before}{name}"
        with guarded(call_operation(phrase("The attribute '{name}'", name=text)), wait):
            try:
                value = getattr(self.thing, name)
            except AttributeError as error:
                raise self._missing(name) from error
        note(
            phrase(
                _RAN_CODE if descriptor is _MISSING else _RAN_DESCRIPTOR,
                kind=type(descriptor).__name__,
                type=class_name(self._kind),
                attribute=text,
            )
        )
        return value

    @property
    def _kind(self) -> type:
        return self.thing if is_a(self.thing, type) else type(self.thing)

    def _static(self, name: str) -> tuple[object, object]:
        """Return the attribute of the class, and the value if no code but Python's own gives it."""
        thing, of_class = self.thing, self._of_class(name)
        own = attributes(thing)
        if is_a(thing, type):
            own = {}
        is_data = of_class is not _MISSING and _defines(of_class, "__set__")
        if name in own and not is_data:
            return _MISSING, own[name]
        if of_class is _MISSING or not _defines(of_class, "__get__"):
            return of_class, of_class
        on_class = is_a(thing, type) and type(of_class) is property
        if on_class or is_exactly(of_class, *_PYTHONS):
            return of_class, _bound(of_class, thing)
        return of_class, _MISSING

    def _of_class(self, name: str) -> object:
        for base in bases_of(self._kind):
            if name in class_attributes(base):
                return class_attributes(base)[name]
        return _MISSING

    def _computes_attributes(self) -> bool:
        """Return whether attributes may exist that nothing stores."""
        names = ("__getattr__", "__getattribute__")
        own = attributes(self.thing) if is_a(self.thing, ModuleType) else {}
        return "__getattr__" in own or any(
            name in class_attributes(base)
            for base in bases_of(type(self.thing))
            for name in names
            if not any(base is known for known in (object, type, ModuleType))
        )

    def _names(self) -> Iterator[str]:
        for stored in (attributes(self.thing), *map(class_attributes, bases_of(self._kind))):
            yield from (name for name in stored if not name.startswith("_"))

    def _missing(self, name: str) -> UsageError:
        names = list(dict.fromkeys(self._names()))
        close = closest(name, names)
        text = f"{SENDER_OBJECT.option} {quote(f'{self.before}{close}')}"
        if close:
            hint = did_you_mean(text)
        elif names:
            hint = phrase("There are: {names}.", names=first_of(names))
        else:
            hint = phrase("It has no attributes.")
        missing = phrase("No '{name}' in '{owner}'.", name=name, owner=self.before[:-1])
        return UsageError(sentences(missing, hint))


_RAN_DESCRIPTOR = phrase("signalcli ran the {kind} of {type} that gives {attribute}.")
_RAN_CODE = phrase("signalcli ran the code of {type} that gives {attribute}.")


def _defines(value: object, method: str) -> bool:
    return any(method in class_attributes(base) for base in bases_of(type(value)))


def _bound(descriptor: Any, thing: object) -> object:
    """Return what Python makes of an attribute of a class; an empty slot is missing."""
    try:
        if is_a(thing, type):
            return descriptor.__get__(None, thing)
        return descriptor.__get__(thing, type(thing))
    except AttributeError:
        return _MISSING
