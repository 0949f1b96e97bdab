"""Import a receiver. This runs its code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any

from signalcli.errors import ImportFailed, SignalcliError, UnknownName, UsageError
from signalcli.language.phrases import phrase
from signalcli.receivers.import_names import (
    ImportName,
    module_origin,
    package_spec,
    real,
    real_file,
    unknown_module,
)
from signalcli.receivers.modules import (
    add_to_path,
    attribute_of,
    check_not_hidden,
    import_by_name,
    public_names,
)
from signalcli.signals.tracebacks import current_directory, describe_error, place_of_fault
from signalcli.streams import stdout_to_stderr


def load(name: ImportName) -> Callable[..., Any]:
    """Import a receiver. What its code prints meanwhile goes to standard error.

    :raises UsageError: if it doesn't exist, or can't be called.
    :raises ImportFailed: if its code raises anything but ``KeyboardInterrupt``.
    """
    what = phrase("The receiver '{name}'", name=name)
    module = _file_module(name.module, what) if name.is_file else _module(name, what)

    def missing(owner: object, part: str, before: str) -> SignalcliError:
        known = public_names(owner, callables=f"{before}{part}" == name.attribute)
        where = f"'{name.module}:{before}'".replace(":'", "'").replace(".'", "'")
        remedy = phrase("Name a function that is defined there.")
        return UnknownName("attribute", part, known, place=where, remedy=remedy)

    return check_callable(
        str(name), attribute_of(module, name.attribute, partial(importing, what), missing)
    )


def check_callable(name: str, found: object) -> Callable[..., Any]:
    """Return what was imported, or raise UsageError if it can't be called."""
    if not callable(found):
        raise UsageError(
            "'{name}' is a value of type '{kind}' and can't be called. Name a function, or another "
            "object that can be called.",
            name=name,
            kind=type(found).__name__,
        )
    return found


@contextmanager
def importing(what: str) -> Iterator[None]:
    """Run the import of user code in the block. What it prints goes to standard error.

    :param what: the subject of the error message, such as ``"The receiver 'shop:on_king'"``.
    :raises ImportFailed: if the code raises anything but ``KeyboardInterrupt``. ``SystemExit`` counts
        as a failure; a ``SignalcliError`` passes.
    """
    with stdout_to_stderr():
        try:
            yield
        except (KeyboardInterrupt, SignalcliError):
            raise
        except BaseException as error:
            raise ImportFailed(
                "{what} can't be imported, because {place} raises {error}",
                what=what,
                place=place_of_fault(error),
                error=describe_error(error),
            ) from error


def _module(name: ImportName, what: str) -> ModuleType:
    spec = package_spec(name.package)
    place = None if spec is None else module_origin(spec)
    if spec is None or place is None:
        raise unknown_module(name.package)
    loaded = getattr(sys.modules.get(name.package), "__spec__", None)
    loaded_from = module_origin(loaded) if isinstance(loaded, ModuleSpec) else None
    check_not_hidden(name.package, place, loaded_from, UsageError)
    if name.package not in sys.modules and os.path.dirname(place) == current_directory():
        add_to_path(os.path.dirname(real(place)), first=False)
        _executed(name.package, spec, what)
    return import_by_name(name.module, partial(importing, what), unknown_module)


def _file_module(file: str, what: str) -> ModuleType:
    path = real_file(file)
    already = _imported_from(path)
    if already is not None:
        return already
    stem, number = os.path.basename(file).removesuffix(".py"), 2
    module_name = stem
    while module_name in sys.modules:
        module_name, number = f"{stem}_{number}", number + 1
    loader = SourceFileLoader(module_name, path)  # the target of a link may have no .py
    spec = spec_from_file_location(module_name, path, loader=loader)
    assert spec is not None, "every loader has a spec"
    add_to_path(os.path.dirname(path), first=False)
    return _executed(module_name, spec, what)


def _executed(module_name: str, spec: ModuleSpec, what: str) -> ModuleType:
    """Run the code of exactly the module that was located, even if others have its name."""
    module = module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        with importing(what):
            assert spec.loader is not None, "a found module has a loader"
            spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(module_name, None)
        raise
    return sys.modules.get(module_name, module)  # a module may replace itself


def _imported_from(path: str) -> ModuleType | None:
    """Return the module that was already imported from a file, under any name."""
    for module in list(sys.modules.values()):
        spec = getattr(module, "__spec__", None)
        if isinstance(spec, ModuleSpec) and spec.origin is not None and spec.has_location:
            with suppress(OSError):  # the file was deleted, or is in a ZIP file
                if os.path.samefile(spec.origin, path):
                    return module
    return None
