"""Parse the value of ``--app`` as Flask does: a module or a file, and an object or a factory.

The values of ``--setup`` and ``--sender-object`` have the same form.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import warnings
from typing import Any, NamedTuple

from signalcli.errors import ApplicationError, SignalcliError, UsageError, closest
from signalcli.language.phrases import phrase, sentences
from signalcli.text import path_from

_UNREADABLE = (SyntaxError, ValueError, TypeError, MemoryError, RecursionError)
"""Errors of Python for text that is not an expression or not a literal."""


class Arguments(NamedTuple):
    """The arguments of a factory. They are literals."""

    positional: tuple[Any, ...] = ()
    named: dict[str, Any] = {}  # noqa: RUF012 - it is never changed


class TargetKind(NamedTuple):
    """What a target is, with the words for errors about it."""

    option: str
    subject: str
    object: str
    neither: str
    """The template of the error for an expression of another form."""
    function: str
    """The template of the subject of errors about its call."""
    module: str
    """The module of the example."""
    name: str
    """The object of the example."""
    call: str
    """The object of the example, with arguments."""

    @property
    def example(self) -> str:
        return phrase("For example: {option}", option=option(self.module, self.name, self))

    @property
    def example_of_a_call(self) -> str:
        return phrase("For example: {option}", option=option(self.module, self.call, self))


APP = TargetKind(
    "--app",
    phrase("An application"),
    phrase("an object"),
    phrase("'{text}' is neither an object's name nor a factory's with its arguments."),
    phrase("The factory '{name}'"),
    "shop",
    "create_app",
    'create_app("test", debug=True)',
)
SETUP = TargetKind(
    "--setup",
    phrase("A setup"),
    phrase("a function"),
    phrase("'{text}' is neither a function's name nor a call of one."),
    phrase("The setup function '{name}'"),
    "shop.plugins",
    "register",
    'register("mail")',
)
SENDER_OBJECT = TargetKind(
    "--sender-object",
    phrase("A sender object"),
    phrase("a name"),
    phrase("'{text}' is neither an object's name nor one of its attributes."),
    phrase("The sender object '{name}'"),
    "shop.models",
    "Order",
    "Order",
)
FOUND_APP = "app"
"""The sender object that is the application itself."""


class Target(NamedTuple):
    """An object to import, usually an application. ``str()`` returns it as typed."""

    module: str
    """A dotted name, or the path of a file or of a package's directory, as typed."""
    expression: str | None = None
    """The text after the colon, as typed; ``None`` if only the module is named."""
    attribute: str | None = None
    """The name in the expression, possibly dotted."""
    arguments: Arguments | None = None
    """The arguments of a call; ``None`` without parentheses."""
    kind: TargetKind = APP

    @classmethod
    def parse(cls, text: str, kind: TargetKind = APP) -> Target:
        """Parse the typed text, or raise UsageError. This imports and evaluates nothing."""
        module, colon, typed = _split(text)
        expression = typed.strip()
        needs = None
        if not text.strip():
            needs = _NEEDS_A_NAME
        elif not module:
            needs = _NEEDS_A_MODULE
        elif (colon or kind is not APP) and not expression:
            needs = _NEEDS_AFTER_ITS_COLON if colon else _NEEDS_AFTER_A_COLON
        if needs is not None:
            message = phrase(needs, subject=kind.subject, object=kind.object, text=text)
            raise UsageError(sentences(message, kind.example))
        _check_module(module, kind)
        if not colon:
            return cls(module)
        return cls(module, expression, *_read(expression, kind), kind)

    @property
    def is_file(self) -> bool:
        """Whether the module is a path: of a file, or of a package's directory."""
        return _is_path(self.module)

    @property
    def call(self) -> str:
        """The text of a call of the object, such as ``create_app("test")``."""
        return str(self.expression) if self.arguments is not None else f"{self.attribute}()"

    def retyped(self, module: str, expression: str | None) -> str:
        """Return the option with another module and object, quoted for the shell."""
        return option(module, expression, self.kind)

    def unknown(self, message: str) -> SignalcliError:
        """Return the error for a name that doesn't exist: an application can't be loaded without it."""
        return (ApplicationError if self.kind is APP else UsageError)(message)

    def __str__(self) -> str:
        return self.module if self.expression is None else f"{self.module}:{self.expression}"


_NEEDS_A_NAME = phrase("{subject} needs a name.")
_NEEDS_A_MODULE = phrase("{subject} needs a module before its colon, and '{text}' has none.")
_NEEDS_AFTER_ITS_COLON = phrase("{subject} needs {object} after its colon, and '{text}' has none.")
_NEEDS_AFTER_A_COLON = phrase("{subject} needs {object} after a colon, and '{text}' has none.")


def option(module: str, expression: str | None = None, kind: TargetKind = APP) -> str:
    """Return the option for an application, or for another kind of target, quoted for the shell."""
    return f"{kind.option} {shlex.quote(str(Target(module, expression)))}"


def parse_sender_object(text: str) -> Target:
    """Return where an object is: ``app`` with attributes, or a module and a name with attributes.

    The target of ``app`` has the module ``""``. This imports and evaluates nothing.

    :raises UsageError: for any other text.
    """
    if ":" in text:
        target = Target.parse(text, SENDER_OBJECT)
        if target.arguments is not None:
            raise UsageError(
                "'{text}' is a call, and this takes a name. Did you mean {option}?",
                text=text,
                option=target.retyped(target.module, target.attribute),
            )
        return target
    root, _, path = text.partition(".")
    is_dotted = all(part.isidentifier() for part in text.split("."))
    if root == FOUND_APP and is_dotted:
        return Target("", path, path, kind=SENDER_OBJECT)
    module, _, name = text.rpartition(".")
    if is_dotted and module:
        hint: str = phrase("Did you mean {option}?", option=option(module, name, SENDER_OBJECT))
    elif closest(root, [FOUND_APP]):
        hint = phrase("Did you mean {option}?", option=f"{SENDER_OBJECT.option} {FOUND_APP}")
    else:
        hint = SENDER_OBJECT.example
    message = phrase(
        "A sender object is {app}, or what can be imported, module:name, and '{text}' is neither.",
        app=FOUND_APP,
        text=text,
    )
    raise UsageError(sentences(message, hint))


def no_package(directory: str, kind: TargetKind) -> str:
    """Return the message for a directory without an ``__init__.py``."""
    inside = os.path.join(directory, "app.py")
    return phrase(
        "'{directory}' is a directory without an __init__.py, so it is not a package. Name a file in it, "
        "such as {option}",
        directory=directory,
        option=option(inside, None if kind is APP else kind.name, kind),
    )


def _split(text: str) -> tuple[str, str, str]:
    """Split at the first colon that no slash follows, as Flask does."""
    colon = re.search(r":(?![\\/])", text)
    if colon is None:
        return text, "", ""
    return text[: colon.start()], ":", text[colon.end() :]


def _is_path(module: str) -> bool:
    return module.endswith(".py") or os.sep in module or module in (os.curdir, os.pardir)


def _check_module(module: str, kind: TargetKind) -> None:
    if _is_path(module):
        path = path_from(module)
        if os.path.isdir(path) and not os.path.isfile(os.path.join(path, "__init__.py")):
            raise UsageError(no_package(module, kind))
        return
    if not all(part.isidentifier() for part in module.split(".")):
        hint: str = kind.example
        if os.path.isfile(path_from(f"{module}.py")):
            hint = phrase("Name the file: {option}", option=option(f"{module}.py", None, kind))
        message = phrase(
            "'{module}' is neither a module's name nor a file that ends in .py.", module=module
        )
        raise UsageError(sentences(message, hint))


def _read(expression: str, kind: TargetKind) -> tuple[str, Arguments | None]:
    """Return the name in an expression, and the arguments if it is a call."""
    parsed = _parsed(expression)
    called = parsed.func if isinstance(parsed, ast.Call) else parsed
    attribute = _dotted(called)
    if attribute is None:
        raise UsageError(sentences(phrase(kind.neither, text=expression), kind.example_of_a_call))
    if not isinstance(parsed, ast.Call):
        return attribute, None
    return attribute, _literals(parsed, expression, kind)


def _parsed(expression: str) -> ast.expr | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about an unknown escape in a string
        try:
            return ast.parse(expression, mode="eval").body
        except _UNREADABLE:
            return None


def _dotted(node: ast.expr | None) -> str | None:
    """Return a name, possibly dotted; ``None`` for anything else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return ".".join((node.id, *names)) if isinstance(node, ast.Name) else None


def _literals(call: ast.Call, expression: str, kind: TargetKind) -> Arguments:
    try:
        if any(one.arg is None for one in call.keywords):  # of ``**``
            raise ValueError
        positional = tuple(map(ast.literal_eval, call.args))
        named = {str(one.arg): ast.literal_eval(one.value) for one in call.keywords}
    except _UNREADABLE:
        message = phrase(
            "The arguments of '{call}' must be literals, because signalcli evaluates no code.",
            call=expression,
        )
        raise UsageError(sentences(message, kind.example_of_a_call)) from None
    return Arguments(positional, named)
