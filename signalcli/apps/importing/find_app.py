"""Find the application in a module, as Flask does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import FunctionType, ModuleType
from typing import Any

from signalcli.apps.importing.interfaces import interface_of, is_function
from signalcli.apps.importing.target import Target, option
from signalcli.errors import ApplicationError
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
            f"There are {len(found)} applications in '{target}': {', '.join(names)}. "
            f"Name one: {option(target.module, names[0])}"
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
    what = f"What '{target}' returns" if called else f"'{target}'"
    return ApplicationError(
        f"{what} is an object of type '{short_class_name(type(named))}', not an application of Flask, "
        f"Quart, WSGI or ASGI. Name one, or let signalcli find it: {option(target.module)}"
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
    tried = "".join(
        f", and {call} returned an object of type '{short_class_name(type(result))}'"
        for call, result in results
    )
    if candidate is None:
        remedy = f"Name it: {option(target.module, 'NAME')}"
    else:
        remedy = f"Is it {option(target.module, candidate)}?"
    return ApplicationError(
        f"No application in '{target}': {', '.join(NAMES)}, an instance of Flask or Quart, "
        f"{' and '.join(f'{name}()' for name in FACTORIES)} were looked for{tried}. {remedy}"
    )


def find_candidate(module: ModuleType) -> str | None:
    """Return the first function of a module with a name like a factory's, if there is one."""
    module_name = builtin_value(attributes(module).get("__name__"))
    for name, value in list(attributes(module).items()):
        made_in = value.__module__ if type(value) is FunctionType else None
        is_own = type(made_in) is type(module_name) is str and made_in == module_name
        if is_own and any(word in name.lower() for word in ("app", "create", "make", "build")):
            return name
    return None
