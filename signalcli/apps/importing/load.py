"""Import an application, make it as Flask does, and call what sets up anything else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from signalcli.apps.importing.dotenv import read_environment
from signalcli.apps.importing.find_app import (
    FRAMEWORKS,
    find_application,
    find_candidate,
    find_factories,
    no_application,
    not_an_application,
)
from signalcli.apps.importing.importer import call_function, import_target, object_of
from signalcli.apps.importing.locate import INIT, checked_current_directory
from signalcli.apps.importing.target import SETUP, Target, option
from signalcli.apps.importing.web_interfaces import interface_of, is_function
from signalcli.errors import ApplicationError, UsageError
from signalcli.language.phrases import Phrase, phrase, sentences
from signalcli.signals.reflection import attributes, short_class_name

if TYPE_CHECKING:
    from signalcli.apps.hosting.app_options import AppOptions

FLASK_APP = "FLASK_APP"
"""The variable that names the application of the ``flask`` command."""
DEFAULT_MODULES = ("wsgi", "app")
"""The modules that Flask tries without that variable."""
FROM_FLASK = "FLASK_RUN_FROM_CLI"
"""The variable that keeps ``app.run()`` from starting a server, as the ``flask`` command does."""
NO_FACTORY = "--no-factory"


class LoadedApp(NamedTuple):
    """An imported application. It keeps alive what only the application's own code made."""

    place: Phrase
    """Its name in errors, such as ``"application 'shop:app'"``."""
    package: str = ""
    """Its top-level package or module. Signals of that are the application's own, even if installed."""
    app: object | None = None
    """The application object, or what else was named; ``None`` if only a module was imported."""
    problem: str | None = None
    """Why that isn't an application of Flask, Quart, WSGI or ASGI."""
    unmade: str | None = None
    """A clause that says why it isn't made, such as ``"shop.create_app() was not called"``."""
    held: tuple[object, ...] = ()
    """The results of other functions that were called."""


class _Found(NamedTuple):
    """The application that was found in a module."""

    app: object | None = None
    problem: ApplicationError | None = None
    unmade: str | None = None
    held: tuple[object, ...] = ()
    is_notable: bool = False
    """Whether the problem is probably a surprise, even if no application is needed."""


def load_and_make(
    how: AppOptions, note: Callable[[str], None], *, needs_app: bool = False
) -> LoadedApp:
    """Import an application in the main thread, make it, and call the setup functions.

    As with the ``flask`` command, the current directory comes first on ``sys.path``, and the
    variables of ``.env`` and ``.flaskenv`` are set. The application is the named object or the result
    of the named factory. If only a module is named, it is ``app`` or ``application``, or else the only
    instance of Flask or Quart, or else the result of ``create_app()`` or ``make_app()``.

    :param note: takes a sentence for standard error, such as one for each call.
    :param needs_app: whether it is an error if there is no application, or more than one.
    :raises UsageError: if a text can't be parsed, or if there is no application here.
    :raises ApplicationError: if something is missing, exceeds the limit, raises or ends the process.
    """
    target = None if how.typed is None else Target.parse(how.typed)
    for setup in how.setups:
        Target.parse(setup, SETUP)
    checked_current_directory()
    read_environment(note)
    os.environ[FROM_FLASK] = "true"
    if target is None:
        target = _default_target(note)
    module = import_target(target, how.wait)
    remedy = "" if needs_app else phrase("It can be left uncalled: {option}", option=NO_FACTORY)
    found = _find(module, target, how.calls_factory, _Calls(how.wait, note, remedy))
    if needs_app and found.problem is not None:
        raise found.problem
    if found.is_notable:
        note(str(found.problem))
    results = set_up(how.setups, how.wait, note)
    problem = None if found.problem is None else str(found.problem)
    held = (*found.held, *results)
    package = _name(module, target).partition(".")[0]
    place = phrase("application '{name}'", name=str(target))
    return LoadedApp(place, package, found.app, problem, found.unmade, held)


class _Calls(NamedTuple):
    """Call functions of the application, with a note for each."""

    wait: float | None
    note: Callable[[str], None]
    remedy: str = ""
    """What an error adds."""

    def call(self, function: Callable[..., Any], module: ModuleType, target: Target) -> object:
        try:
            result = call_function(function, target, self.wait, self.remedy)
        except ApplicationError as error:
            message = sentences(str(error), self.remedy)
            raise ApplicationError(message, details=error.details) from error
        self.note(phrase("signalcli called {call}.", call=_call(module, target)))
        return result


def _call(module: ModuleType, target: Target) -> str:
    """Return the call of a target's object, such as ``shop.create_app()``."""
    return f"{_name(module, target)}.{target.call}"


def _name(module: ModuleType, target: Target) -> str:
    """Return the name of a module, which may have put another object in its place."""
    return str(attributes(module).get("__name__", target.module))


def _default_target(note: Callable[[str], None]) -> Target:
    """Return the application that the ``flask`` command would use in the current directory."""
    named = os.environ.get(FLASK_APP)
    if named:
        variable = f"{FLASK_APP}: {named}"
        note(phrase("Without --app, the application is that of {variable}", variable=variable))
        return Target.parse(named)
    for module in DEFAULT_MODULES:
        for file in (f"{module}.py", os.path.join(module, INIT)):
            if os.path.isfile(file):
                note(phrase("Without --app, the application is that of {file}.", file=file))
                return Target(module)
    raise UsageError(
        "Which application? There is no {variable}, and no wsgi.py or app.py here. Name it: {option}. "
        "The demo application is that of {demo}",
        variable=FLASK_APP,
        option=option("shop", "app"),
        demo="signalcli flask",
    )


def _find(module: ModuleType, target: Target, calls_factory: bool, calls: _Calls) -> _Found:
    if target.attribute is not None:
        return _find_named(module, target, calls_factory, calls)
    try:
        app = find_application(module, target)
    except ApplicationError as several:
        return _Found(problem=several, is_notable=True)
    if app is not None:
        return _Found(app)
    results = []
    for name, factory in find_factories(module):
        named = Target(target.module, name, name)
        if not calls_factory:
            return _not_called(module, named, calls)
        made = calls.call(factory, module, named)
        if interface_of(made) is not None:
            return _Found(made)
        results.append((f"{name}()", made))
    candidate = find_candidate(module)
    problem = no_application(target, candidate, results)
    is_expected = any(name in sys.modules for name, _ in FRAMEWORKS)
    is_notable = candidate is not None and is_expected and not results
    unmade = phrase("no application was made") if is_expected else None
    return _Found(None, problem, unmade, tuple(made for _, made in results), is_notable)


def _find_named(module: ModuleType, target: Target, calls_factory: bool, calls: _Calls) -> _Found:
    named = object_of(module, target, calls.wait)
    is_factory = is_function(named) and interface_of(named) is None
    if is_factory and not calls_factory:
        return _not_called(module, target, calls)
    if is_factory:
        named = calls.call(named, module, target)  # type: ignore[arg-type]
    else:
        _check_is_object(target, named)
    if interface_of(named) is not None:
        return _Found(named)
    return _Found(named, not_an_application(named, target, is_factory))


def _not_called(module: ModuleType, target: Target, calls: _Calls) -> _Found:
    call = _call(module, target)
    calls.note(phrase("{call} was not called, because of {option}.", call=call, option=NO_FACTORY))
    problem = ApplicationError(
        "No application in '{module}' without {call}, which {option} leaves uncalled. Leave out {option}.",
        module=target.module,
        call=call,
        option=NO_FACTORY,
    )
    return _Found(problem=problem, unmade=phrase("{call} was not called", call=call))


def _check_is_object(target: Target, named: object) -> None:
    """Check that the named object exists, and that it was not typed as a call."""
    if named is None:
        raise ApplicationError(
            "'{name}' in '{module}' is None. Name the factory of the application: {option}",
            name=target.attribute,
            module=target.module,
            option=option(target.module, "create_app"),
        )
    if target.arguments is not None:
        raise ApplicationError(
            "'{name}' in '{module}' is not a factory but an object of type '{type}'. Leave the "
            "parentheses out: {option}",
            name=target.attribute,
            module=target.module,
            type=short_class_name(type(named)),
            option=option(target.module, target.attribute),
        )


def set_up(
    setups: Sequence[str], wait: float | None, note: Callable[[str], None]
) -> tuple[object, ...]:
    """Call setup functions, and return their results. See :func:`load_and_make`."""
    calls = _Calls(wait, note)
    return tuple(_set_up(Target.parse(setup, SETUP), calls) for setup in setups)


def _set_up(target: Target, calls: _Calls) -> object:
    module = import_target(target, calls.wait)
    function = object_of(module, target, calls.wait)
    if not callable(function):
        message = phrase(
            "'{name}' in '{module}' is an object of type '{type}', and {option} calls a function.",
            name=target.attribute,
            module=target.module,
            type=short_class_name(type(function)),
            option=SETUP.option,
        )
        raise ApplicationError(sentences(message, SETUP.example))
    return calls.call(function, module, target)
