"""What ``--app`` names: a module or a file, and an object or a factory in it, as Flask reads it."""

from __future__ import annotations

import ast
import os
import re
import shlex
import warnings
from typing import Any, NamedTuple

from signalcli.errors import UsageError
from signalcli.text import path_from

EXAMPLE = "For example: --app shop:create_app"
EXAMPLE_OF_A_CALL = "For example: --app 'shop:create_app(\"test\", debug=True)'"

_UNREADABLE = (SyntaxError, ValueError, TypeError, MemoryError, RecursionError)
"""What Python raises at text that isn't an expression, or isn't a literal."""


class Arguments(NamedTuple):
    """What a factory is called with: literals only."""

    positional: tuple[Any, ...] = ()
    named: dict[str, Any] = {}  # noqa: RUF012 - nobody changes it


class Target(NamedTuple):
    """Which application is meant. ``str()`` gives it as it was typed."""

    module: str
    """A dotted name, or the path of a file or of a package's directory as it was typed."""
    expression: str | None = None
    """What stands after the colon, as it was typed; ``None`` if only the module is named."""
    attribute: str | None = None
    """The name in the expression, or names with dots between."""
    arguments: Arguments | None = None
    """Those of an explicit call; ``None`` if there are no parentheses."""

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read what was typed. Nothing of it is imported or evaluated.

        :raises UsageError: if a part is missing, or can't be what it stands for.
        """
        module, colon, typed = _divided(text)
        expression = typed.strip()
        if not text.strip():
            raise UsageError(f"An application needs a name. {EXAMPLE}")
        if not module:
            raise UsageError(
                f"An application needs a module before its colon, and '{text}' has none. {EXAMPLE}"
            )
        if colon and not expression:
            raise UsageError(
                f"An application needs an object after its colon, and '{text}' has none. {EXAMPLE}"
            )
        _check_module(module)
        if not colon:
            return cls(module)
        return cls(module, expression, *_read(expression))

    @property
    def is_file(self) -> bool:
        """Whether the module is given by its place: a file, or the directory of a package."""
        return _is_place(self.module)

    def __str__(self) -> str:
        return self.module if self.expression is None else f"{self.module}:{self.expression}"


def option(module: str, expression: str | None = None) -> str:
    """What to type for an application, quoted for the shell."""
    return f"--app {shlex.quote(str(Target(module, expression)))}"


def no_package(directory: str) -> str:
    """The sentence for a directory that Python would import, and that has no code of its own."""
    inside = os.path.join(directory, "app.py")
    return (
        f"'{directory}' is a directory without an __init__.py, and so no package. "
        f"Name a file that is in it, such as {option(inside)}"
    )


def _divided(text: str) -> tuple[str, str, str]:
    """The module, the colon if there is one, and what stands after it.

    As Flask does: at the first colon, unless a slash follows it.
    """
    colon = re.search(r":(?![\\/])", text)
    if colon is None:
        return text, "", ""
    return text[: colon.start()], ":", text[colon.end() :]


def _is_place(module: str) -> bool:
    return module.endswith(".py") or os.sep in module or module in (os.curdir, os.pardir)


def _check_module(module: str) -> None:
    if _is_place(module):
        path = path_from(module)
        if os.path.isdir(path) and not os.path.isfile(os.path.join(path, "__init__.py")):
            raise UsageError(no_package(module))
        return
    if not all(part.isidentifier() for part in module.split(".")):
        is_there = os.path.isfile(path_from(f"{module}.py"))
        hint = f"Name the file: {option(f'{module}.py')}" if is_there else EXAMPLE
        raise UsageError(
            f"'{module}' is neither a module's name nor a file that ends in .py. {hint}"
        )


def _read(expression: str) -> tuple[str, Arguments | None]:
    """The name in an expression, and the arguments if it is a call."""
    parsed = _parsed(expression)
    called = parsed.func if isinstance(parsed, ast.Call) else parsed
    attribute = _dotted(called)
    if attribute is None:
        raise UsageError(
            f"'{expression}' is neither an object's name nor a factory's with its arguments. "
            f"{EXAMPLE_OF_A_CALL}"
        )
    if not isinstance(parsed, ast.Call):
        return attribute, None
    return attribute, _literals(parsed, expression)


def _parsed(expression: str) -> ast.expr | None:
    """The expression's tree; ``None`` if it isn't one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an escape in a string that Python doesn't know
        try:
            return ast.parse(expression, mode="eval").body
        except _UNREADABLE:
            return None


def _dotted(node: ast.expr | None) -> str | None:
    """A name, or names with dots between; ``None`` for anything else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return ".".join((node.id, *names)) if isinstance(node, ast.Name) else None


def _literals(call: ast.Call, expression: str) -> Arguments:
    try:
        positional = tuple(ast.literal_eval(argument) for argument in call.args)
        named = {_known(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    except _UNREADABLE:
        raise UsageError(
            f"The arguments of '{expression}' must be literals, because nothing is evaluated. "
            f"{EXAMPLE_OF_A_CALL}"
        ) from None
    return Arguments(positional, named)


def _known(keyword: str | None) -> str:
    """The name of a keyword argument.

    :raises ValueError: for a ``**`` argument, which has none.
    """
    if keyword is None:
        raise ValueError
    return keyword
