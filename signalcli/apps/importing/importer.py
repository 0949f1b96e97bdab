"""Import the module of a target, return its object, and call functions of the application."""

from __future__ import annotations

from collections.abc import Callable
from importlib import invalidate_caches
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from signalcli.apps.hosting.faults import call_operation, has_own_frames, import_operation
from signalcli.apps.hosting.guard import guarded
from signalcli.apps.importing.find_app import likely_application
from signalcli.apps.importing.locate import (
    checked_current_directory,
    did_you_mean,
    locate_module,
    missing_module,
    there_are,
)
from signalcli.apps.importing.target import APP, Arguments, Target, no_package
from signalcli.errors import ApplicationError, SignalcliError, closest
from signalcli.language.phrases import joined, phrase, sentences
from signalcli.receivers.modules import add_to_path, attribute_of, import_by_name, public_names
from signalcli.signals.reflection import attributes, is_a
from signalcli.signals.tracebacks import message_of


def import_target(target: Target, wait: float | None) -> ModuleType:
    """Import the module of a target in the main thread.

    As with the ``flask`` command, the current directory comes first on ``sys.path``.

    :param wait: the time limit in seconds.
    :raises ApplicationError: if it is missing, exceeds the limit, raises or ends the process.
    """
    place = locate_module(target)
    for directory in (checked_current_directory(), place.root):
        add_to_path(directory, first=True)
    invalidate_caches()
    place.check_not_hidden()
    module = import_by_name(
        place.module,
        lambda: guarded(import_operation(target.module), wait),
        lambda missing: missing_module(target, missing),
    )
    spec = attributes(module).get("__spec__")  # a module may put anything in its place
    if (
        type(spec) is ModuleSpec
        and spec.origin is None
        and spec.submodule_search_locations is not None
    ):
        raise ApplicationError(no_package(target.module, target.kind))
    return module


def object_of(module: ModuleType, target: Target, wait: float | None) -> object:
    """Return the object of a target that names one.

    :param wait: the time limit in seconds of code that computes it.
    :raises ApplicationError: if it doesn't exist, or as for :func:`import_target`.
    """
    assert target.attribute is not None, "one is named"
    return attribute_of(
        module,
        target.attribute,
        lambda: guarded(import_operation(target.module), wait),
        lambda owner, name, before: _missing(owner, name, before, target),
    )


def call_function(
    function: Callable[..., Any], target: Target, wait: float | None, remedy: str
) -> object:
    """Call a factory or a setup with the arguments of its target, and return the result.

    :param wait: the time limit in seconds.
    :param remedy: what the error for a call without an end adds.
    :raises ApplicationError: if it takes other arguments, exceeds the limit, raises, ends the
        process, or is async.
    """
    positional, named = target.arguments or Arguments()
    name = f"{target.module}:{target.attribute}"
    subject = phrase(target.kind.function, name=name)
    with guarded(call_operation(subject, remedy), wait):
        try:
            result = function(*positional, **named)
        except TypeError as error:
            if has_own_frames(error):  # its own code raised it
                raise
            raise _other_arguments(subject, target, error) from error
    return _checked(result, subject, target)


def _other_arguments(subject: str, target: Target, error: TypeError) -> ApplicationError:
    return ApplicationError(
        _WITHOUT_ARGUMENTS if target.arguments is None else _WITH_ARGUMENTS,
        subject=subject,
        error=message_of(error),
        option=target.retyped(target.module, f'{target.attribute}("…")'),
    )


_WITHOUT_ARGUMENTS = phrase(
    "{subject} can't be called without arguments: {error}. Type its arguments, in quotes for the shell: "
    "{option}"
)
_WITH_ARGUMENTS = phrase(
    "{subject} can't be called with these arguments: {error}. Type its arguments, in quotes for the shell: "
    "{option}"
)


def _checked(result: object, subject: str, target: Target) -> object:
    from inspect import iscoroutine

    if iscoroutine(result):
        result.close()
        raise ApplicationError(
            "{subject} is async, and signalcli doesn't await it. Name a plain function.",
            subject=subject,
        )
    if result is None and target.kind is APP:
        raise ApplicationError(
            "{subject} returns nothing. Let it return the application.", subject=subject
        )
    return result


def _missing(owner: object, name: str, before: str, target: Target) -> SignalcliError:
    """Return the error for an attribute that doesn't exist; ``before`` is the path of its owner."""
    names = public_names(owner, callables=False)
    close = closest(name, names)
    known = [name for name in names if not _is_type(attributes(owner).get(name))]
    likely = (
        likely_application(owner) if target.kind is APP and isinstance(owner, ModuleType) else None
    )
    if close is not None:
        remedy = did_you_mean(target.retyped(target.module, before + close))
    elif known:
        remedy = there_are(known, target.retyped(target.module, before + (likely or known[0])))
    else:
        remedy = phrase("Name {object} that exists.", object=target.kind.object)
    owners = reversed([target.module, *before.split(".")[:-1]])
    where = joined(
        (phrase("'{name}'", name=part) for part in owners), phrase("{first} in {second}")
    )
    missing = phrase("No '{name}' in {place}.", name=name, place=where)
    return target.unknown(sentences(missing, remedy))


def _is_type(value: object) -> bool:
    return is_a(value, (type, ModuleType))
