"""Importing an application, and calling the factory that is named: its code runs now."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module, invalidate_caches
from types import ModuleType
from typing import Any, NamedTuple

from signalcli.apps.hosting.faults import calling, has_own_frames, importing
from signalcli.apps.hosting.guard import guarded
from signalcli.apps.importing.dotenv import read_environment
from signalcli.apps.importing.locate import SHOWN, Place, here, missing_module, place_of
from signalcli.apps.importing.target import Arguments, Target, no_package, option
from signalcli.apps.ours import import_what_is_ours
from signalcli.errors import ApplicationError, closest
from signalcli.receivers.importer import public_names
from signalcli.signals.functions import message_of

FROM_FLASK = "FLASK_RUN_FROM_CLI"
"""The variable by which the ``flask`` command keeps ``app.run()`` from starting a server."""


class Loaded(NamedTuple):
    """An application that was imported."""

    target: Target
    module: ModuleType
    named: object | None
    """The object that was named, or what the factory returned that was; ``None`` if only the
    module was named."""
    called: bool
    """Whether a factory was called."""
    wait: float
    """How long its code may take, in seconds."""


def load(target: Target, *, wait: float, note: Callable[[str], None]) -> Loaded:
    """Import an application, in the main thread. A factory is called if it is named.

    As with the ``flask`` command the current directory comes first on ``sys.path``, and the
    variables of ``.env`` and ``.flaskenv`` are set. What its code prints goes to standard error.

    :param wait: how long the import, and then the factory, may take, in seconds.
    :param note: takes a sentence that stands beside the output.
    :raises ApplicationError: if it isn't there, isn't ready in time, or its code fails or ends.
    """
    import inspect

    import_what_is_ours()
    place = place_of(target)
    read_environment(note)
    os.environ[FROM_FLASK] = "true"
    module = _imported(target, place, wait)
    if target.attribute is None:
        return Loaded(target, module, None, False, wait)
    named = _named(module, target, wait)
    if not inspect.isroutine(named):
        _check_is_object(target, named)
        return Loaded(target, module, named, False, wait)
    made = call(named, target.module, target.attribute, target.arguments, wait)
    return Loaded(target, module, made, True, wait)


def call(
    factory: Callable[..., Any], module: str, name: str, arguments: Arguments | None, wait: float
) -> object:
    """Call a factory of a module.

    :param module: the module, as it was typed.
    :raises ApplicationError: if it takes other arguments, isn't ready in time, fails or ends, or
        returns nothing.
    """
    positional, named = arguments or Arguments()
    with guarded(calling(f"{module}:{name}"), wait):
        try:
            made = factory(*positional, **named)
        except TypeError as error:
            if has_own_frames(error):  # it was called, then
                raise
            raise _other_arguments(module, name, arguments, error) from error
    return _checked(made, f"The factory '{module}:{name}'")


def _other_arguments(
    module: str, name: str, arguments: Arguments | None, error: TypeError
) -> ApplicationError:
    how = "without arguments" if arguments is None else "with these arguments"
    typed = option(module, f'{name}("…")')
    return ApplicationError(
        f"The factory '{module}:{name}' can't be called {how}: {message_of(error)}. "
        f"Type those that it takes, in quotes for the shell: {typed}"
    )


def _checked(made: object, factory: str) -> object:
    from inspect import iscoroutine

    if iscoroutine(made):
        made.close()
        raise ApplicationError(
            f"{factory} is async, and nothing awaits it here. Name one that isn't."
        )
    if made is None:
        raise ApplicationError(f"{factory} returns nothing. Let it return the application.")
    return made


def _check_is_object(target: Target, named: object) -> None:
    """Make sure that there is an object, and that no call was typed of what isn't called."""
    if named is None:
        raise ApplicationError(
            f"'{target.attribute}' in '{target.module}' is None. Name the factory that makes the "
            f"application: {option(target.module, 'create_app')}"
        )
    if target.arguments is not None:
        raise ApplicationError(
            f"'{target.attribute}' in '{target.module}' is no factory but an object of type "
            f"'{type(named).__name__}', which isn't called. "
            f"Leave the parentheses out: {option(target.module, target.attribute)}"
        )


def _imported(target: Target, place: Place, wait: float) -> ModuleType:
    for directory in (here(), place.root):
        _put_first(directory)
    invalidate_caches()
    place.check_no_other_is_loaded()
    with guarded(importing(target.module), wait):
        try:
            module = import_module(place.module)
        except ModuleNotFoundError as error:
            is_looked_for = f"{place.module}.".startswith(f"{error.name}.")
            if not is_looked_for or has_own_frames(error):
                raise  # it is there, and something that it imports is not
            raise missing_module(target, str(error.name)) from None
    spec = getattr(module, "__spec__", None)  # a module may put anything in its place
    if spec is not None and spec.origin is None and spec.submodule_search_locations is not None:
        raise ApplicationError(no_package(target.module))
    return module


def _put_first(directory: str) -> None:
    if sys.path[:1] != [directory]:
        sys.path.insert(0, directory)


def _named(module: ModuleType, target: Target, wait: float) -> object:
    """The object that the target names in its module."""
    found: object = module
    owner = f"'{target.module}'"
    assert target.attribute is not None, "one is named"
    for part in target.attribute.split("."):
        with guarded(importing(target.module), wait):  # a module may make it now
            try:
                found = getattr(found, part)
            except AttributeError as error:
                raise _missing(found, part, owner, target) from error
        owner = f"'{part}' in {owner}"
    return found


def _missing(owner: object, part: str, where: str, target: Target) -> ApplicationError:
    """There is no such attribute."""
    names = public_names(owner, callables=False)
    path = (target.attribute or "").split(".")
    before = "".join(f"{name}." for name in path[: path.index(part)])
    close = closest(part, names)
    known = [name for name in names if not _is_type(getattr(owner, "__dict__", {}).get(name))]
    if close is not None:
        remedy = f"Did you mean {option(target.module, before + close)}?"
    elif known:
        more = ", …" if len(known) > SHOWN else ""
        example = option(target.module, before + known[0])
        remedy = f"There are: {', '.join(known[:SHOWN])}{more}. For example: {example}"
    else:
        remedy = "Name an application or a factory that is there."
    return ApplicationError(f"No '{part}' in {where}. {remedy}")


def _is_type(value: object) -> bool:
    """Whether it is what a module imports or defines, and no application or factory."""
    return isinstance(value, (type, ModuleType))
