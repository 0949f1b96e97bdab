"""Read a source file as text: the functions that it defines, and the receivers that it connects."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from signalcli.values.signal_name import SignalName

_DEFAULT_NAMESPACES = {"blinker", "blinker.base", "blinker.default_namespace"}
_SIGNAL_CLASSES = {"blinker.Signal", "blinker.NamedSignal", "blinker.base.Signal"}
_APPLICATIONS = {"Flask", "Quart", "Celery", "create_app", "make_app"}
"""What a module calls that is a program of its own."""


class SignalReference(NamedTuple):
    """The signal of an expression, as far as the text of its file tells."""

    path: str
    """The module and the attribute, such as ``"shop.signals.paid"``; those of the namespace if there is a
    ``name``, or ``"blinker"``."""
    name: str | None = None
    """The text in ``signal("…")``."""

    def is_one_of(self, names: Iterable[str]) -> bool:
        """Return whether a signal with this name and these aliases is meant."""
        if self.name is None:
            return self.path in names
        typed = [SignalName.parse(name) for name in names if ":receiver_" not in name]
        return any(one.name == self.name and self._is_within(one.namespace) for one in typed)

    def _is_within(self, namespace: str | None) -> bool:
        """Return whether the namespace of a name can be the one that the text means."""
        start = (namespace or "").partition("#")[0]
        return not start or f"{self.path}.".startswith(f"{start}.")

    def __str__(self) -> str:
        if self.name is None:
            return self.path
        return f'signal("{self.name}")' if self.path == "blinker" else f"{self.path}/{self.name}"


class SourceFunction(NamedTuple):
    """A function or method."""

    name: str
    """The qualified name, such as ``"Mailer.on_paid"`` or ``"create_app.<locals>.on_paid"``."""
    line: int
    """The first line, which is that of its first decorator."""


class SourceConnect(NamedTuple):
    """A place that connects a receiver."""

    line: int
    receiver: str | None
    """As written, such as ``"mail"`` or ``"self.on_paid"``; ``None`` if it has no name."""
    signal: str
    """The text of the expression."""
    reference: SignalReference | None
    """The signal; ``None`` if the text doesn't tell."""
    function: str | None
    """The qualified name of the function around it; ``None`` if it runs when the module is imported,
    ``"__main__"`` if it runs when that is run as a program."""


class SourceFile(NamedTuple):
    """A source file of an application."""

    module: str
    path: str
    functions: tuple[SourceFunction, ...] = ()
    connects: tuple[SourceConnect, ...] = ()
    imports: frozenset[str] = frozenset()
    """The modules and attributes that it imports."""
    texts: frozenset[str] = frozenset()
    """The texts in it that have dots, as names of modules do."""
    is_program: bool = False
    """Whether it can be run by itself: it asks for ``__main__``, makes an application, or calls anything but
    ``connect`` on a line of its own."""
    signals: frozenset[str] = frozenset()
    """The attributes that it makes with ``Signal()``, such as ``"shop.models.Order.placed"``."""
    problem: str | None = None
    """Why it was not read, as the end of a sentence."""


def parse_source(text: bytes, module: str, path: str, is_package: bool) -> SourceFile:
    """Return what a file has. Raise what :func:`ast.parse` raises if it can't be parsed."""
    reader = _Reader(module, is_package)
    reader.visit(ast.parse(text))
    return SourceFile(
        module,
        path,
        tuple(reader.functions),
        tuple(reader.connects),
        frozenset(reader.imports),
        frozenset(reader.texts),
        reader.is_program,
        frozenset(reader.signals),
    )


class _Reader(ast.NodeVisitor):
    """Collect what a module defines and connects. Names are resolved in the scopes of its text."""

    def __init__(self, module: str, is_package: bool) -> None:
        self.functions: list[SourceFunction] = []
        self.connects: list[SourceConnect] = []
        self.imports: set[str] = set()
        self.texts: set[str] = set()
        self.signals: set[str] = set()
        self.is_program = module.rpartition(".")[2] == "__main__"
        self._module = module
        self._package = module if is_package else module.rpartition(".")[0]
        self._names: list[str] = []
        """The functions and classes around the node, outermost first."""
        self._function: str | None = None
        """The function around it."""
        self._scopes: list[dict[str, ast.expr | SignalReference | None]] = [{}]
        self._stars: list[str] = []

    # names

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.imports.add(alias.name)
            name = alias.asname or alias.name.partition(".")[0]
            self._bind(name, SignalReference(alias.name if alias.asname else name))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        if node.level:
            parts = self._package.split(".")
            base = ".".join([*parts[: len(parts) - node.level + 1], *filter(None, [base])])
        for alias in node.names:
            if alias.name == "*":
                self.imports.add(base)
                self._stars.append(base)
                continue
            self.imports.add(f"{base}.{alias.name}")
            self._bind(alias.asname or alias.name, SignalReference(f"{base}.{alias.name}"))

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._bind_value(target.id, node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if isinstance(node.target, ast.Name) and node.value is not None:
            self._bind_value(node.target.id, node.value)
        self.generic_visit(node)

    def _bind(self, name: str, value: ast.expr | SignalReference) -> None:
        self._scopes[-1][name] = value

    def _bind_value(self, name: str, value: ast.expr) -> None:
        """Bind a name to what its value means, or to the attribute of this module."""
        is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
        if is_text or self._method(value) is value:
            self._bind(name, value)
            return
        reference = self._reference(value)
        if reference is None and self._function is None:
            reference = self._own(name)
            made = self._reference(value.func) if isinstance(value, ast.Call) else None
            if made is not None and made.path in _SIGNAL_CLASSES:
                self.signals.add(reference.path)
        if reference is not None:
            self._bind(name, reference)

    def _own(self, name: str) -> SignalReference:
        """Return an attribute of this module, or of the class around it."""
        return SignalReference(".".join([self._module, *self._names, name]))

    def _value(self, name: str) -> ast.expr | SignalReference | None:
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        return SignalReference(f"{self._stars[-1]}.{name}") if self._stars else None

    def _reference(self, node: ast.expr) -> SignalReference | None:
        """Return the signal, the module or the attribute that an expression means."""
        if isinstance(node, ast.Name):
            value = self._value(node.id)
            return value if isinstance(value, SignalReference) else None
        if isinstance(node, ast.Attribute):
            base = self._reference(node.value)
            return (
                None if base is None or base.name else SignalReference(f"{base.path}.{node.attr}")
            )
        if isinstance(node, ast.Call) and node.args:
            function, name = self._reference(node.func), self._text(node.args[0])
            if name and function and not function.name and function.path.endswith(".signal"):
                path = function.path.removesuffix(".signal")
                return SignalReference("blinker" if path in _DEFAULT_NAMESPACES else path, name)
        return None

    def _text(self, node: ast.expr) -> str | None:
        value = self._value(node.id) if isinstance(node, ast.Name) else node
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value
        return None

    # functions

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if self._function is None:
            self._bind(node.name, self._own(node.name))
        for child in (*node.decorator_list, *node.bases):
            self.visit(child)
        self._inside(node.name, node.body)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        name = ".".join([*self._names, node.name])
        line = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        self.functions.append(SourceFunction(name, line))
        for decorator in node.decorator_list:
            self._decorate(decorator, node.name)
            self.visit(decorator)
        before, self._function = self._function, name
        taken = [one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)]
        self._inside(f"{node.name}.<locals>", node.body, taken)
        self._function = before

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def _inside(self, name: str, body: Sequence[ast.stmt], parameters: Iterable[str] = ()) -> None:
        self._names.append(name)
        self._scopes.append(dict.fromkeys(parameters))
        for child in body:
            self.visit(child)
        self._scopes.pop()
        self._names.pop()

    # connects

    def visit_For(self, node: ast.For) -> None:
        if isinstance(node.target, ast.Name) and isinstance(node.iter, (ast.Tuple, ast.List)):
            for element in node.iter.elts[:1]:
                self._bind_value(node.target.id, element)
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        if "'__main__'" not in ast.unparse(node.test):
            self.generic_visit(node)
            return
        self.is_program = True
        before, self._function = self._function, self._function or "__main__"
        self.generic_visit(node)
        self._function = before

    def visit_Expr(self, node: ast.Expr) -> None:
        before = len(self.connects)
        self.generic_visit(node)
        is_call = isinstance(node.value, (ast.Call, ast.Await)) and len(self.connects) == before
        if is_call and self._function is None and not self._names:
            self.is_program = True

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and len(node.value) < 200 and "." in node.value:
            self.texts.add(node.value.partition(":")[0])

    def visit_Call(self, node: ast.Call) -> None:
        method = self._method(node.func)
        if method is not None and method.attr == "connect" and (node.args or node.keywords):
            named = [one.value for one in node.keywords if one.arg == "receiver"]
            for receiver in [*node.args[:1], *named][:1]:
                self._connect(node.lineno, method, self._name(receiver))
        elif isinstance(node.func, ast.Call) and node.args:
            inner = self._method(node.func.func)
            if inner is not None and inner.attr == "connect_via":
                self._connect(node.lineno, inner, self._name(node.args[0]))
        if self._function is None and self._last_name(node.func) in _APPLICATIONS:
            self.is_program = True
        self.generic_visit(node)

    def _decorate(self, node: ast.expr, function: str) -> None:
        called = node.func if isinstance(node, ast.Call) else node
        method = self._method(called)
        if method is not None and (method.attr == "connect_via" or called is node):
            self._connect(node.lineno, method, function)

    def _method(self, node: ast.expr) -> ast.Attribute | None:
        """Return the expression of a signal's ``connect`` or ``connect_via``, also by another name."""
        value = self._value(node.id) if isinstance(node, ast.Name) else node
        if isinstance(value, ast.Attribute) and value.attr in ("connect", "connect_via"):
            return value
        return None

    def _connect(self, line: int, method: ast.Attribute, receiver: str | None) -> None:
        text, reference = ast.unparse(method.value), self._reference(method.value)
        self.connects.append(SourceConnect(line, receiver, text, reference, self._function))

    def _name(self, node: ast.expr) -> str | None:
        return ast.unparse(node) if isinstance(node, (ast.Name, ast.Attribute)) else None

    def _last_name(self, node: ast.expr) -> str:
        return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
