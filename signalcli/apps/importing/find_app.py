"""The application in a module whose object wasn't named, as Flask finds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import ModuleType

from signalcli.apps.importing.importer import Loaded, call
from signalcli.apps.importing.target import option
from signalcli.errors import ApplicationError

NAMES = ("app", "application")
FACTORIES = ("create_app", "make_app")
FRAMEWORKS = {("flask", "Flask"), ("quart", "Quart")}
"""The top-level packages of the classes that an application is an instance of, and their names."""


class NoApplication(ApplicationError):
    """Not just one application was found.

    :param message: what to say of it.
    :param made: what the factories returned that were called, and that are none.
    """

    def __init__(self, message: str, made: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.made = tuple(made)


def application_of(loaded: Loaded) -> object:
    """The application itself, for a command that needs it. A factory may be called for it.

    It is the object that was named; else ``app`` or ``application``, else the only instance of
    Flask or Quart, else what ``create_app`` or ``make_app`` returns without arguments.

    :raises NoApplication: if there is none, or more than one.
    :raises ApplicationError: if its factory fails.
    """
    if loaded.named is not None:
        return _checked(loaded.named, loaded)
    values = _values(loaded.module)
    for name in NAMES:
        if is_client_maker(values.get(name)):
            return values[name]
    found = list(_instances(loaded.module))
    if len(found) > 1:
        raise _several(loaded, [name for name, _ in found])
    if found:
        return found[0][1]
    return _made(loaded)


def set_up(loaded: Loaded) -> object:
    """What holds all that is set up, for a command that looks, and needs no application.

    A factory is called as for :func:`application_of`. Without one application, it is what was made
    in looking for it.

    :raises ApplicationError: if a factory fails.
    """
    try:
        return application_of(loaded)
    except NoApplication as none:
        return none.made


def is_client_maker(value: object) -> bool:
    """Whether it is an object with a test client, as every application of Flask or Quart is.

    The class is asked, because a lazy proxy would import or make what it stands for.
    """
    return any("test_client" in vars(base) for base in type(value).__mro__)


def _checked(named: object, loaded: Loaded) -> object:
    if not is_client_maker(named):
        what = f"What '{loaded.target}' returns" if loaded.called else f"'{loaded.target}'"
        raise NoApplication(
            f"{what} is an object of type '{type(named).__name__}', and no application of Flask or "
            f"Quart. Name one, or leave it to be found: {option(loaded.target.module)}"
        )
    return named


def _is_of_framework(value: object) -> bool:
    return any(
        (base.__module__.partition(".")[0], base.__name__) in FRAMEWORKS
        for base in type(value).__mro__
    )


def _values(module: ModuleType) -> dict[str, object]:
    """What is in a module, of which nothing is made for being asked for."""
    return getattr(module, "__dict__", {})


def _instances(module: ModuleType) -> Iterator[tuple[str, object]]:
    """Every application in a module, with the first name that it has."""
    seen = set()
    for name, value in list(_values(module).items()):
        if _is_of_framework(value) and id(value) not in seen:
            seen.add(id(value))
            yield name, value


def _made(loaded: Loaded) -> object:
    """What a factory returns that is called as factories are."""
    from inspect import isroutine

    module = loaded.target.module
    tried, useless = [], []
    for name in FACTORIES:
        factory = _values(loaded.module).get(name)
        if factory is not None and isroutine(factory):
            made = call(factory, module, name, None, loaded.wait)
            if is_client_maker(made):
                return made
            tried.append(f"{name}() returned an object of type '{type(made).__name__}'")
            useless.append(made)
    raise NoApplication(_none(loaded, tried), useless)


def _several(loaded: Loaded, names: list[str]) -> NoApplication:
    module = loaded.target.module
    return NoApplication(
        f"There are {len(names)} applications in '{module}': {', '.join(names)}. "
        f"Name one: {option(module, names[0])}"
    )


def _none(loaded: Loaded, tried: list[str]) -> str:
    """What to say where there is no application."""
    module = loaded.target.module
    candidate = next(_candidates(loaded.module), None)
    asked = "".join(f", and {one}" for one in tried)
    if candidate is None:
        remedy = f"Name what it is: {option(module, 'NAME')}"
    else:
        remedy = f"Is it {option(module, candidate)}?"
    return (
        f"No application in '{module}': {', '.join(NAMES)}, an instance of Flask or Quart, "
        f"{' and '.join(f'{name}()' for name in FACTORIES)} were looked for{asked}. {remedy}"
    )


def _candidates(module: ModuleType) -> Iterator[str]:
    """The functions of a module whose names sound like a factory's."""
    from inspect import isfunction

    for name, value in list(_values(module).items()):
        is_own = isfunction(value) and value.__module__ == module.__name__
        if is_own and any(word in name.lower() for word in ("app", "create", "make", "build")):
            yield name
