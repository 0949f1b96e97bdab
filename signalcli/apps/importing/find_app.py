"""Find the application in a module, as Flask does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import FunctionType, ModuleType
from typing import Any

from signalcli.apps.importing.target import Target, option
from signalcli.apps.importing.web_interfaces import interface_of, is_function
from signalcli.errors import ApplicationError
from signalcli.language.phrases import joined, phrase, sentences
from signalcli.signals.reflection import (
    attributes,
    bases_of,
    builtin_value,
    module_of,
    short_class_name,
)

NAMES = ("app", "application")
FACTORIES = ("create_app", "make_app")
FRAMEWORKS = {("flask", "Flask"), ("quart", "Quart")}
"""The packages and names of the classes of applications."""


def find_application(module: ModuleType, target: Target) -> object | None:
    """Return the application in a module: ``app`` or ``application``, or else the only instance of
    Flask or Quart; ``None`` if there is none.

    :raises ApplicationError: if there are several.
    """
    values: dict[str, object] = attributes(module)
    for name in NAMES:
        if interface_of(values.get(name)) is not None:
            return values[name]
    found = list(_instances(module))
    if len(found) > 1:
        names = [name for name, _ in found]
        raise ApplicationError(
            "There are {number} applications in '{target}': {names}. Name one: {option}",
            number=len(found),
            target=str(target),
            names=joined(names),
            option=option(target.module, names[0]),
        )
    return found[0][1] if found else None


def find_factories(module: ModuleType) -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield the names and functions of ``create_app`` and ``make_app``, if they are there."""
    for name in FACTORIES:
        factory: Any = attributes(module).get(name)
        if is_function(factory):
            yield name, factory


def not_an_application(named: object, target: Target, called: bool) -> ApplicationError:
    """Return the error for a named object, or a factory's result, that is no application."""
    return ApplicationError(
        _RESULT_OF_TYPE if called else _OBJECT_OF_TYPE,
        target=str(target),
        type=short_class_name(type(named)),
        option=option(target.module),
    )


_RESULT_OF_TYPE = phrase(
    "What '{target}' returns is an object of type '{type}', not an application of Flask, Quart, WSGI or "
    "ASGI. Name one, or let signalcli find it: {option}"
)
_OBJECT_OF_TYPE = phrase(
    "'{target}' is an object of type '{type}', not an application of Flask, Quart, WSGI or ASGI. Name one, "
    "or let signalcli find it: {option}"
)


def _is_of_framework(value: object) -> bool:
    return any(
        (module_of(base).partition(".")[0], short_class_name(base)) in FRAMEWORKS
        for base in bases_of(type(value))
    )


def _instances(module: ModuleType) -> Iterator[tuple[str, object]]:
    """Yield every application in a module once, with its first name."""
    seen = set()
    for name, value in list(attributes(module).items()):
        if _is_of_framework(value) and id(value) not in seen:
            seen.add(id(value))
            yield name, value


def no_application(
    target: Target, candidate: str | None, results: Sequence[tuple[str, object]]
) -> ApplicationError:
    """Return the error for a module without an application.

    :param candidate: the name of a function that may be a factory.
    :param results: the calls of factories, and what they returned instead.
    """
    tried = phrase(
        "No application in '{target}': {names}, an instance of Flask or Quart, {factories} were looked for",
        target=str(target),
        names=joined(NAMES),
        factories=joined((f"{name}()" for name in FACTORIES), phrase("{first} and {second}")),
    )
    for call, result in results:
        tried = phrase(
            "{tried}, and {call} returned an object of type '{type}'",
            tried=tried,
            call=call,
            type=short_class_name(type(result)),
        )
    if candidate is None:
        remedy = phrase("Name it: {option}", option=option(target.module, "NAME"))
    else:
        remedy = phrase("Is it {option}?", option=option(target.module, candidate))
    return ApplicationError(sentences(phrase("{tried}.", tried=tried), remedy))


def likely_application(module: ModuleType) -> str | None:
    """Return the name of the application in a module, or of what may be a factory, if there is one."""
    named = [name for name in NAMES if interface_of(attributes(module).get(name)) is not None]
    others = [name for name, _ in (*_instances(module), *find_factories(module))]
    return next(iter([*named, *others]), None) or find_candidate(module)


def find_candidate(module: ModuleType) -> str | None:
    """Return the first function of a module with a name like a factory's, if there is one."""
    module_name = builtin_value(attributes(module).get("__name__"))
    for name, value in list(attributes(module).items()):
        made_in = value.__module__ if type(value) is FunctionType else None
        is_own = type(made_in) is type(module_name) is str and made_in == module_name
        if is_own and any(word in name.lower() for word in ("app", "create", "make", "build")):
            return name
    return None
