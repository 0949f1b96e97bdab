"""What surrounds the signals of an application: its modules, error handlers and settings."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from signalcli.apps.describing import callables
from signalcli.signals.reflection import attributes, class_name, is_a
from signalcli.signals.tracebacks import is_installed, is_signalcli, is_stdlib

if TYPE_CHECKING:
    from signalcli.apps.importing.load import LoadedApp


class ErrorHandler(NamedTuple):
    """A function that handles exceptions of a class."""

    exception: str
    """The module and the name of the class."""
    where: str | None
    """The file and line of its definition."""


class AppDetails(NamedTuple):
    """What is known of an application beside its signals."""

    package: str = ""
    """Its top-level package or module."""
    modules: tuple[tuple[str, str], ...] = ()
    """The name and the file of each imported module that isn't installed."""
    error_handlers: tuple[ErrorHandler, ...] = ()
    settings: tuple[tuple[str, bool | None], ...] = ()
    """The settings that are ``True``, ``False`` or ``None``."""


def details_of(loaded: LoadedApp) -> AppDetails:
    """Return the details of an imported application. None of its code runs."""
    own = attributes(loaded.app)
    return AppDetails(
        loaded.package,
        tuple(_modules()),
        tuple(_error_handlers(own.get("error_handler_spec"))),
        tuple(_settings(own.get("config"))),
    )


def _modules() -> Iterator[tuple[str, str]]:
    for name, module in sorted(sys.modules.items()):
        file = attributes(module).get("__file__")
        if type(file) is str and not (is_installed(file) or is_stdlib(file) or is_signalcli(file)):
            yield name, file


def _error_handlers(spec: object) -> Iterator[ErrorHandler]:
    """Yield the handlers in ``error_handler_spec``: by blueprint, status and class."""
    for of_blueprint in _values(spec):
        for of_status in _values(of_blueprint):
            for kind, handler in dict.items(of_status) if is_a(of_status, dict) else ():
                if is_a(kind, type):
                    yield ErrorHandler(class_name(kind), callables.receiver_place(handler))


def _settings(config: object) -> Iterator[tuple[str, bool | None]]:
    settings: Any = config
    for name, value in dict.items(settings) if is_a(config, dict) else ():
        if type(name) is str and (value is None or type(value) is bool):
            yield name, value


def _values(mapping: Any) -> list[Any]:
    return list(dict.values(mapping)) if is_a(mapping, dict) else []
